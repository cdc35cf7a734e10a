"""A layout: image files, and a ``labels.json`` with the class of each training image by its file name."""

import json
from pathlib import Path

import numpy as np
from kagglebot.datasets.layouts._base import CompetitionFiles, ImageFiles, LayoutResult

from kagglebot.errors import DataError
from kagglebot.system.progress import ProgressCallback


class JsonLabels:
    """Labels in ``labels.json``: ``{"0001.png": "cat", "0002.png": "dog"}``."""

    name = "json-labels"

    def recognises(self, corpus: CompetitionFiles) -> bool:
        """Return whether there are a ``labels.json`` and images."""
        return corpus.find("labels.json") is not None and bool(corpus.images)

    def read(self, corpus: CompetitionFiles, target: Path, on_progress: ProgressCallback) -> LayoutResult:
        """Return the images of ``labels.json`` to train on, and those of the sample submission to predict.

        Raises:
            DataError: ``labels.json`` is damaged, or an image is missing.
        """
        path = corpus.find("labels.json")
        try:
            labels: dict[str, str] = json.loads(path.read_text()) if path else {}
        except ValueError as error:
            raise DataError(f"labels.json is not JSON: {error}.", "Fetch the competition again.") from error
        images = {image.name: image for image in corpus.images}
        if missing := [name for name in (*labels, *corpus.sample.ids) if name not in images]:
            raise DataError(f"There is no image {missing[0]!r}.", "Fetch the competition again.")
        names = list(labels)
        return LayoutResult(
            images=ImageFiles(
                train=tuple(images[name] for name in names),
                test=tuple(images[name] for name in corpus.sample.ids),
            ),
            labels=np.array([labels[name] for name in names]),
            where=lambda row: f"labels.json, {names[row]!r}",
            test_ids=(),
            test_rows=len(corpus.sample.ids),
            where_test=lambda row: f"sample_submission.csv, row {row + 1}",
        )
