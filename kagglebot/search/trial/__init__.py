"""One trial, from its settings to its score."""
