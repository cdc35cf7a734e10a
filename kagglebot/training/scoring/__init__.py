"""The scores of a net: validation, the standard error of a score, and test-time augmentation."""
