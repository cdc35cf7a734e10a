"""Metrics of competitions, one file each.

Doors: ``registry`` finds a metric by kagglebot's or by Kaggle's name; ``metric.Metric`` is the class of them all;
``ranking`` orders models by score beyond chance, then by log loss; ``confusion`` has the metrics of the confusion
matrix, and ``adjustments`` what several metrics choose classes by. A new metric is its file and one line in
``registry``, or an entry point of another package in the group ``kagglebot.metrics``.
"""
