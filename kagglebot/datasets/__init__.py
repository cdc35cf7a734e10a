"""Datasets of competitions: fetched archives unpacked, recognised and decoded once, then opened from disk.

Other rooms use these modules:

- ``fetch``: a competition from Kaggle to a dataset on disk; ``ingest``: the same from an archive that is here.
- ``local_source``: data that is on this machine already, also that of a notebook on Kaggle.
- ``fetch_request``: the competition, its metric and the user's choices.
- ``dataset``: the ``Dataset`` of images and labels, opened from disk; ``dataset_copy``: copies on other machines.
- ``schema``: the facts about a dataset, in one record and one file.
- ``sample_submission``: the columns and ids of a submission.
- ``splits``: training and validation rows.
- ``images.resize_rule``: the shape that images are resized to.
- ``layouts``: the forms in which competitions hold images and labels, and what a new one needs.
- ``labels.label_sets``: the labels of images of several classes, as a matrix of 0 and 1.
- ``unlabelled``: test images decoded from a folder of files, in a notebook on Kaggle.

All others are its own; ``decoding`` goes through them, from the files of a competition to arrays.
"""
