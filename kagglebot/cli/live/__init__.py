"""What moves on the screen while a search runs."""
