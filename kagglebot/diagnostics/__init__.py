"""Checks and benchmarks of this machine."""
