"""The formats of image files: which there are, and those that Pillow does not read by itself."""
