"""sample_submission.csv: found among the files, read, and kept: the columns and ids of a submission."""
