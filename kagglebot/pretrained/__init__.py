"""Backbones with weights learned on ImageNet.

Doors: ``backbones.BACKBONES`` has them by name, ``weights.load_weights`` sets their weights.
"""
