"""The command line: one small module a command; the only room that prints."""
