"""One folder a class: train/cat/1.png, train/dog/2.png."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from kagglebot.datasets.layouts.image_names import labelled_by_path, training_images
from kagglebot.datasets.layouts.layout import CompetitionFiles, LayoutResult
from kagglebot.system.progress import ProgressCallback


class ClassFolders:
    """Training images in a folder of their class's name."""

    name = "class-folders"

    def recognises(self, files: CompetitionFiles) -> bool:
        """Return whether the training images are in folders of two classes or more."""
        return len({*_classes(files).values()} - {""}) > 1

    def read(self, files: CompetitionFiles, target: Path, on_progress: ProgressCallback) -> LayoutResult:
        """List the images with their folders; see ``Layout.read``."""
        return labelled_by_path(files, _classes(files), "they lie in no folder of a class")


def _classes(files: CompetitionFiles) -> Mapping[PurePosixPath, str]:
    """Return the class of each training image: the first folder in which they differ; empty outside of one."""
    below = training_images(files)
    if not below:
        return {}
    first, last = min(below.values()), max(below.values())  # what these two share, all between them do
    pairs = zip(first, last, strict=False)
    depth = next((level for level, pair in enumerate(pairs) if pair[0] != pair[1]), 0)
    return {path: parts[depth] if len(parts) > depth + 1 else "" for path, parts in below.items()}
