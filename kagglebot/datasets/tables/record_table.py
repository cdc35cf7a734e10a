"""The table that is written beside the images of TFRecords and JSON, where it is and what it is called."""

from pathlib import Path, PurePosixPath

#: The table of the labelled records: the path of each image, and its other features.
TABLE = PurePosixPath("records/train.csv")


def table_name(path: Path) -> str:
    """Return what a table is called in sentences: that of records with its folder, as Kaggle's files have none."""
    return str(TABLE) if path.parts[-2:] == TABLE.parts else path.name
