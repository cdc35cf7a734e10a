"""What follows a search while it runs: events, and callbacks that handle them."""
