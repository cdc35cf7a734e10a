"""The views of the commands in the terminal, one module each; each has functions that return what rich prints."""
