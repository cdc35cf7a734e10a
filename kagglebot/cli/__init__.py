"""The command line. Only this package prints; ``commands`` has a module for each command."""
