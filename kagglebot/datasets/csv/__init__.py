"""Large CSV files read fast and in bounded memory."""
