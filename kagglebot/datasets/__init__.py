"""Datasets of competitions: fetched archives unpacked, recognised and decoded once, then opened from disk.

Data goes one way. ``fetching`` takes a download through these folders, in this order:

- ``archive``: unpacked; ``records``: TFRecords and JSON written as image files.
- ``sample_submission``: the columns and ids that a submission needs.
- ``layouts``: where images and labels are; ``tables`` reads CSV and JSON, ``spellings`` compares what is in them.
- ``images``: decoded; ``image_checks``: those without a picture, and copies.
- ``labels``: encoded as numbers; ``grouping``: rows that stay on one side of a split.
- ``submission_format``: what a submission holds.
- ``cache``: the arrays on disk, which ``dataset`` opens.

Other rooms use these modules:

- ``fetching.fetch``: a competition from Kaggle to a dataset on disk; ``fetching.ingest``: the same from an archive
  that is here; ``fetching.local_source``: data on this machine already, also that of a notebook on Kaggle.
- ``fetch_request``: the competition, its metric and the user's choices.
- ``dataset``: the ``Dataset`` of images and labels, opened from disk; ``dataset_copy``: copies on other machines.
- ``schema``: the facts about a dataset, in one record and one file.
- ``sample_submission``: the columns and ids of a submission.
- ``splits``: training and validation rows.
- ``spellings.values``: whether two cells of a table mean the same.
- ``images.resize_rule``: the shape that images are resized to.
- ``layouts``: the forms in which competitions hold images and labels, and what a new one needs.
- ``labels.label_sets``: the labels of images of several classes, as a matrix of 0 and 1.
- ``unlabelled``: test images decoded from a folder of files, in a notebook on Kaggle.
- ``cleaning``: what can be made again, for ``kagglebot clean``.
"""
