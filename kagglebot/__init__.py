"""kagglebot: an image-classification competition from Kaggle to a score, unattended."""

__version__ = "0.1.0"
