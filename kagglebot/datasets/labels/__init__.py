"""The labels of training images: cells of tables as classes or sets of classes, encoded as numbers."""
