"""This process and those that it starts: signals, environment variables, standard streams, garbage collection."""
