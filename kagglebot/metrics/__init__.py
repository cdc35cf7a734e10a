"""Metrics of competitions, one file each.

Doors: ``registry`` finds a metric by kagglebot's or by Kaggle's name; ``metric.Metric`` is the class of them all;
``calibration`` compares models by log loss where their scores are equal. A new metric is its file and one line in
``registry``, or an entry point of another package in the group ``kagglebot.metrics``.
"""
