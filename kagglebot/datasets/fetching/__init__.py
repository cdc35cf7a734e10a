"""A fetch, from Kaggle's list of files to decoded arrays on disk; ``fetch`` calls the others.

In the order of the work: ``before_download`` and ``local_source`` look at what there is, ``ingest`` unpacks it,
``decoding`` recognises and reads it, ``competition_images`` decodes image files, and ``training_labels`` labels.
"""
