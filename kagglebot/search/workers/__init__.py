"""The workers of a search: their processes, their loop, and what happens when they die."""
