"""A layout: image files, and a ``labels.json`` with the class of each training image by its file name."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from kagglebot import CompetitionFiles, DataError, ImageFiles, LayoutResult


class JsonLabels:
    """Labels in ``labels.json``: ``{"0001.png": "cat", "0002.png": "dog"}``."""

    name = "json-labels"

    def recognises(self, files: CompetitionFiles) -> bool:
        """Return whether there are a ``labels.json`` and images."""
        return files.find("labels.json") is not None and bool(files.images)

    def read(self, files: CompetitionFiles, target: Path, on_progress: Any) -> LayoutResult:
        """Return the images of ``labels.json`` to train on, and those of the sample submission to predict.

        Raises:
            DataError: ``labels.json`` is damaged, or an image is missing.
        """
        path = files.find("labels.json")
        try:
            labels: dict[str, str] = json.loads(path.read_text()) if path else {}
        except ValueError as error:
            raise DataError(f"labels.json is not JSON: {error}.", "Fetch the competition again.") from error
        images = {image.name: image for image in files.images}
        if missing := [name for name in (*labels, *files.sample.ids) if name not in images]:
            raise DataError(f"There is no image {missing[0]!r}.", "Fetch the competition again.")
        names = list(labels)
        return LayoutResult(
            images=ImageFiles(
                train=tuple(images[name] for name in names),
                test=tuple(images[name] for name in files.sample.ids),
            ),
            labels=np.array([labels[name] for name in names]),
            locate_label=lambda row: f"labels.json, {names[row]!r}",
            test_ids=(),
            test_rows=len(files.sample.ids),
            locate_test_row=lambda row: f"sample_submission.csv, row {row + 1}",
        )
