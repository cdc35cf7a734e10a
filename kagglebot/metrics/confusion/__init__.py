"""Metrics of the confusion matrix: how many rows of each class are taken for which, however sure the net is."""
