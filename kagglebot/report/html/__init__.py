"""A study as one HTML file that opens from disk: ``page`` puts it together from the other modules' pieces."""
