"""The image files of a competition: found by name, of one size, those to predict, those that are not read."""
