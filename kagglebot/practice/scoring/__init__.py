"""The scores of submissions: true labels that are hidden, metrics by Kaggle's names, and what a file scores.

Doors: ``score.score``, ``metrics`` and ``true_labels``.
"""
