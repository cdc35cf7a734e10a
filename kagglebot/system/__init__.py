"""What every room may use: files, the log, progress callbacks, plugins, and the number of CPUs."""
