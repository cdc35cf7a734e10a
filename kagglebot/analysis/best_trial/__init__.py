"""What is known of a study's best trial: why it is the best, whether its lead is chance, and how lucky it was."""
