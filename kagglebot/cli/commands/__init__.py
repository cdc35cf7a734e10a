"""One module a command: arguments in, a `Workspace` method called, its result drawn."""
