"""Layouts of images whose pixels are in a table."""
