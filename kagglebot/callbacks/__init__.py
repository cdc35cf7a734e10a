"""What follows a search while it runs: its events, and who is told."""
