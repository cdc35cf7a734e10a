"""Studies: definitions, Optuna storage, the objective, pruning, workers, resume."""
