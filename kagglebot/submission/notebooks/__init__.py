"""Submissions to competitions that take notebooks only.

Doors: ``flow`` (from an export to a submission) and ``made`` (what lies in the user's account). A step looks on
Kaggle for what it is about to make, by a mark of the contents, makes it if it is not there, and waits for it:
``dataset_step``, ``notebook_step``.
"""
