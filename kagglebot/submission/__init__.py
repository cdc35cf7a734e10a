"""From a model's predictions to a score on Kaggle.

Doors: ``pipeline`` (submit a model or a file), ``status`` (scores, leaderboard), ``ledger`` (what was submitted),
``records`` and ``dataframes`` (results), ``export.export`` (a model for a Kaggle notebook), and ``notebooks.made``
(what lies in the user's account). How a file is submitted only once is in ``upload_once``; how a notebook is, in
``notebooks.flow``.
"""
