"""Classes in the files' own names: train/cat.0.jpg, train/dog_12.jpg."""

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from kagglebot.datasets.layouts.layout import CompetitionFiles, LayoutResult
from kagglebot.datasets.layouts.path_labels import labelled_by_path, training_images
from kagglebot.system.progress import ProgressCallback

_NAME = re.compile(r"(.*[^\W\d_].*?)[ ._-]*\(?[0-9]+\)?")


class ClassNames:
    """Training images named by their class and a number."""

    name = "class-names"

    def recognises(self, files: CompetitionFiles) -> bool:
        """Return whether most training images are named so, by two classes or more, on average twice each."""
        classes = _classes(files)
        names = [name for name in classes.values() if name]
        return 2 * len(names) > len(classes) and 2 <= len(set(names)) <= len(names) / 2

    def read(self, files: CompetitionFiles, target: Path, on_progress: ProgressCallback) -> LayoutResult:
        """List the images with the classes in their names; see ``Layout.read``."""
        return labelled_by_path(files, _classes(files), "no class is in their name")


def _classes(files: CompetitionFiles) -> Mapping[PurePosixPath, str]:
    """Return the class in the name of each training image; empty where there is none."""
    matches = {path: _NAME.fullmatch(files.index.stem(path.name)) for path in training_images(files)}
    return {path: match[1] if match else "" for path, match in matches.items()}
