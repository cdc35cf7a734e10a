"""Sphinx configuration for `make docs`: a static site that loads nothing from other hosts."""

from typing import Any

from kagglebot.version import __version__

project = "kagglebot"
author = "the kagglebot authors"
release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
napoleon_attr_annotations = False
source_suffix = {".md": "markdown"}
myst_heading_anchors = 3
html_theme = "furo"
html_title = "kagglebot"
html_show_copyright = False
html_theme_options = {"navigation_with_keys": True}


def _tables(*arguments: Any) -> None:
    """Rewrite Markdown tables of a docstring as reStructuredText, which autodoc reads."""
    lines: list[str] = arguments[-1]
    rewritten: list[str] = []
    for line, before in zip(lines, ["", *lines], strict=False):
        if not line.startswith("| "):
            rewritten.append(line)
        elif not line.startswith("| ---"):
            if not before.startswith("| "):
                rewritten += [".. list-table::", "   :header-rows: 1", ""]
            cells = [cell.strip().replace("`", "``") for cell in line.strip("| ").split("|")]
            rewritten += [f"   {'  ' if place else '* '}- {cell}" for place, cell in enumerate(cells)]
    lines[:] = rewritten


def setup(app: Any) -> None:
    """Register it."""
    app.connect("autodoc-process-docstring", _tables)
