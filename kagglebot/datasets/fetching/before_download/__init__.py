"""What Kaggle tells before a download: the metric, the files and their size, and whether they are in scope."""
