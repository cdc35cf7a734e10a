"""What this process may use of the machine: CPU cores, memory, graphics cards."""
