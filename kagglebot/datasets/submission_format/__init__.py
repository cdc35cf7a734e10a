"""The format of a submission, from the sample submission, the classes and the metric."""
