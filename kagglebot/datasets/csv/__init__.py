"""Fast, bounded reading of large CSV files."""
