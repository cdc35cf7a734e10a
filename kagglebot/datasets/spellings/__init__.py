"""Different spellings of the same number, file name or class: told as one, and written as others are."""
