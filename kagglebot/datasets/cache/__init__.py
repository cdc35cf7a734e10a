"""Decoded arrays and file lists on disk, under a key made from their content, and the locks around them."""
