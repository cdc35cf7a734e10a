"""Decoded arrays on disk, and the locks around them."""
