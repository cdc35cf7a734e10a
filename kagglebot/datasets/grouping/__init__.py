"""Training rows that stay on one side of a split: those of one patient or driver, and copies of an image."""
