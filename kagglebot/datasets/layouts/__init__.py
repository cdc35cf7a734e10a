"""Layouts a competition can come in; one module each."""
