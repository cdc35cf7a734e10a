"""Searches on Kaggle's own machines.

Door: ``flow``. A private dataset takes kagglebot, the definition and the study's folder there (``pack``), a
private notebook runs the search (``program``, then ``there``), and the trials come back into the same study
(``bring_home``). The folder travels as one file each way: ``study_archive``.
"""
