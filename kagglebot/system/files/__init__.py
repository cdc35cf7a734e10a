"""Files: written whole, read with errors that say what to do, in their formats and encodings."""
