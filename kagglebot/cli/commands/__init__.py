"""The commands, a module each: parse the arguments, call a method of ``Workspace``, print its result."""
