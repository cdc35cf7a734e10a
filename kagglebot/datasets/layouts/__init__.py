"""Layouts: the forms in which competitions hold images and labels, one module each.

A layout of another package imports what it needs from here, and is found by an entry point in the group
``kagglebot.layouts`` that names a ``Layout`` instance, or a class that takes no arguments.
"""

from kagglebot.datasets.layouts.layout import CompetitionFiles, ImageFiles, Layout, LayoutResult
from kagglebot.datasets.layouts.registry import LAYOUTS, known_layouts, recognise

__all__ = ["LAYOUTS", "CompetitionFiles", "ImageFiles", "Layout", "LayoutResult", "known_layouts", "recognise"]
