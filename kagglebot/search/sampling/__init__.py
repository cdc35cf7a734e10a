"""Optuna's samplers and pruners, by the names that study definitions use."""
