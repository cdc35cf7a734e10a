"""The version of kagglebot."""

__version__ = "0.1.0"
