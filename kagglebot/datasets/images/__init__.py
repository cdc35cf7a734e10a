"""Image files, decoded in parallel to arrays of one shape."""
