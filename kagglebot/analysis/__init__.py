"""The analysis of finished trials, without training anything.

Others use ``load`` (studies read from their storages), ``study_summary`` and ``trial_result`` (their trials as
plain values), ``build_analysis`` and ``study_analysis`` (significance, marginals, confusion, recommendations),
``one_standard_error`` (the trial that the final model is trained from), ``comparison`` (several studies) and
``dataframes`` (pandas).
"""
