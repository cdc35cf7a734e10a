"""Files, logging, progress and CPUs."""
