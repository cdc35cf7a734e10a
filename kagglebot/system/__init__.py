"""Helpers for all rooms: files, logging, progress callbacks, plugins, CPU cores."""
