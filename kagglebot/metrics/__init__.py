"""What competitions are scored by."""
