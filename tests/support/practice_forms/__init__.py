"""Small practice competitions of every form that Kaggle has."""

from practice_forms.write import LAYOUTS, write_form

__all__ = ["LAYOUTS", "write_form"]
