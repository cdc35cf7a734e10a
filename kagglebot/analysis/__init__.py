"""The analysis of finished trials, without training anything.

Others use ``load`` (studies read from their storages), ``study_summary`` and ``trial_result`` (their trials as
plain values), ``build_analysis`` and ``study_analysis`` (significance, marginals, confusion, recommendations),
``best_trial`` (the trial that the final model is trained from), ``comparison`` (several studies) and
``dataframes`` (pandas).
"""
