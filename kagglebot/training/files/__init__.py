"""The files of a training: checkpoints, out-of-fold predictions, and what all model files share."""
