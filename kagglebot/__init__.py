"""kagglebot: an image-classification competition from Kaggle to a score, unattended."""

from kagglebot.workspace import Workspace

__all__ = ["Workspace"]
__version__ = "0.1.0"
