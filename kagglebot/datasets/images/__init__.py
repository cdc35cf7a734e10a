"""Image files decoded to arrays of one shape."""
