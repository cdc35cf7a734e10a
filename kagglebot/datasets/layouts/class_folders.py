"""One folder a class: train/cat/1.png, train/dog/2.png."""

import re
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath

from kagglebot.datasets.layouts.image_files.image_index import parts_below, side_of
from kagglebot.datasets.layouts.label_table import refuse_patients
from kagglebot.datasets.layouts.layout import CompetitionFiles, LayoutResult
from kagglebot.datasets.layouts.path_labels import HELD_OUT, labelled_by_path, training_images
from kagglebot.system.progress import ProgressCallback

_COPY = re.compile(r"([ _-]+copy)?( ?\([0-9]+\))?$", re.IGNORECASE)


class ClassFolders:
    """Training images in a folder of their class's name."""

    name = "class-folders"

    def recognises(self, files: CompetitionFiles) -> bool:
        """Return whether the training images are in folders of two classes or more."""
        return len({*_classes(files).values()} - {""}) > 1

    def read(self, files: CompetitionFiles, target: Path, on_progress: ProgressCallback) -> LayoutResult:
        """List the images with their folders; see ``Layout.read``."""
        refuse_patients(files)
        labels = _classes(files)
        held_out = _held_out(files, set(labels.values()) - {""})
        notes = [
            f"{len(held_out):,} images such as {path} have a class too: they are trained on." for path in held_out
        ]
        notes = [*notes[:1], *_alike({*labels.values()} - {""})]
        return labelled_by_path(files, {**labels, **held_out}, "they lie in no folder of a class", notes)


def only_folder(files: CompetitionFiles) -> str:
    """Return the folder of a class that holds all training images; empty where there are several or none."""
    folders = {path.parent for path in training_images(files)}
    folder, *others = folders or {PurePosixPath()}
    inside = not others and side_of(folder) == "train" and side_of(folder / "image") == "train"
    return str(folder) if inside else ""


def _alike(classes: Collection[str]) -> list[str]:
    """Return a note for each class whose folder is called like that of another, but for case or as a copy."""
    folders: dict[str, list[str]] = {}
    for name in sorted(classes):
        folders.setdefault(_COPY.sub("", name).casefold(), []).append(name)
    return [
        f"The folders {' and '.join(names)} are classes of their own: move the images into one if they are not."
        for names in folders.values()
        if len(names) > 1
    ]


def _classes(files: CompetitionFiles) -> Mapping[PurePosixPath, str]:
    """Return the class of each training image: the first folder in which they differ; empty outside of one."""
    below = training_images(files)
    if not below:
        return {}
    first, last = min(below.values()), max(below.values())  # what these two share, all between them do
    pairs = zip(first, last, strict=False)
    depth = next((level for level, pair in enumerate(pairs) if pair[0] != pair[1]), 0)
    return {path: parts[depth] if len(parts) > depth + 1 else "" for path, parts in below.items()}


def _held_out(files: CompetitionFiles, classes: Collection[str]) -> dict[PurePosixPath, str]:
    """Return the class of each image in a folder of a class that lies in one called valid or the like."""
    beside = [path for path in files.images if side_of(path) is None and HELD_OUT.search(str(path.parent).lower())]
    folders = {path: parts_below(path, HELD_OUT)[:-1] for path in beside}
    labels = {path: next((part for part in parts if part in classes), "") for path, parts in folders.items()}
    return {path: label for path, label in labels.items() if label}
