"""Sphinx configuration for `make docs`: a static site that loads nothing from other hosts."""

from kagglebot.version import __version__

project = "kagglebot"
author = "the kagglebot authors"
release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
autodoc_typehints = "description"
napoleon_use_ivar = True
source_suffix = {".md": "markdown"}
myst_heading_anchors = 3
html_theme = "furo"
html_title = "kagglebot"
html_show_copyright = False
html_theme_options = {"navigation_with_keys": True}
