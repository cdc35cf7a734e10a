"""Small practice competitions of the other forms, for ``python -m kagglebot.practice --layout NAME``."""

from kagglebot.practice.forms.write import LAYOUTS, write_form

__all__ = ["LAYOUTS", "write_form"]
