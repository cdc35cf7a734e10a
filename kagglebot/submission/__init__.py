"""From a model's predictions to a score on Kaggle.

Other packages use ``pipeline`` (submit a model or a file), ``status`` (scores, leaderboard), ``ledger`` (what was
submitted), ``records`` and ``dataframes`` (results), and ``export.export`` (a model for a Kaggle notebook).
``upload_once`` is how a file is submitted only once.
"""
