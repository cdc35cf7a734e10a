"""Where a study's trials are stored."""
