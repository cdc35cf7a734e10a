"""Worker processes for image files: the pool, the loop of a worker, and its work."""
