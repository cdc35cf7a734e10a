"""The view of one study, in the terminal."""
