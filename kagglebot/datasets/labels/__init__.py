"""The labels of training images: read from tables, as classes or sets of classes, and encoded as numbers."""
