"""What training knows of this machine: its cards, memory and speed, and how processes are set up on it."""
