"""Searches and trainings on Kaggle's own machines.

Doors: ``search``, ``training``. A private dataset takes kagglebot and what is needed of the study there
(``pack``), a private notebook carries it out (``program``, then ``there``), and what it made comes back into the
study: trials (``bring_home``) and models. ``flow`` has the way there and back of both: a ``job``, done in
one ``session`` or several. Files travel as one each way: ``study_archive``.
"""
