"""One folder a class: train/cat/1.png, train/dog/2.png."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from kagglebot.datasets.layouts._base import CompetitionFiles, LayoutResult
from kagglebot.datasets.layouts._files import SIDES, labelled_by_place, training_images
from kagglebot.system.progress import ProgressCallback


class ClassFolders:
    """Training images in a folder of their class's name."""

    name = "class-folders"

    def recognises(self, corpus: CompetitionFiles) -> bool:
        """Say whether the training images lie in folders of two classes or more."""
        return len({*_classes(corpus).values()} - {""}) > 1

    def read(self, corpus: CompetitionFiles, target: Path, on_progress: ProgressCallback) -> LayoutResult:
        """List the images with their folders; see ``Layout.read``."""
        return labelled_by_place(corpus, _classes(corpus), "they lie in no folder of a class")


def _classes(corpus: CompetitionFiles) -> Mapping[PurePosixPath, str]:
    """Give each training image its class: the first folder in which they differ; empty outside of one."""
    below = {path: _below_train(path) for path in training_images(corpus)}
    if not below:
        return {}
    first, last = min(below.values()), max(below.values())  # what these two share, all between them do
    depth = next((place for place, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), 0)
    return {path: parts[depth] if len(parts) > depth + 1 else "" for path, parts in below.items()}


def _below_train(path: PurePosixPath) -> tuple[str, ...]:
    """Give the parts of a path below the folder that says ``train``."""
    parts = path.parts
    start = next((place for place, part in enumerate(parts[:-1]) if SIDES["train"].search(part.lower())), -1)
    return parts[start + 1 :]
