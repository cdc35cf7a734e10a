"""Optuna samplers and pruners by name."""
