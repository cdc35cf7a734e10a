"""What work on Kaggle takes along: kagglebot, what is asked for, weights and packages."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kagglebot.datasets.schema import Schema
from kagglebot.remote import program
from kagglebot.remote.packages import download_packages
from kagglebot.remote.there import OPTIONS
from kagglebot.submission.export.sources import pack_sources
from kagglebot.system.files.atomic_write import move_into_place
from kagglebot.system.files.disk_errors import disk_errors
from kagglebot.system.files.json_file import write_json

#: In the dataset: kagglebot's sources, named so that Kaggle leaves them packed, and what the notebook runs.
SOURCES, PROGRAM = "kagglebot.pyz", "job.py"


@contextmanager
def packing(target: Path) -> Iterator[Path]:
    """Yield a new folder, which takes the place of ``target`` at the end of the block, completely or not at all.

    Raises:
        DataError: The disk refuses.
    """
    with disk_errors(f"write {target}"):
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as incoming:
            new = Path(incoming) / "new"
            new.mkdir()
            yield new
            if target.exists():  # left by a process that was killed while it removed it
                target.rename(Path(incoming) / "old")
            move_into_place(new, target)


def pack(
    target: Path,
    schema: Schema,
    asked: Mapping[str, Any],
    *,
    families: Iterable[str],
    weights: Mapping[str, Path],
) -> None:
    """Write what a notebook needs, but for the study, to a new folder.

    Args:
        target: The folder.
        schema: The competition's schema.
        asked: What is asked for.
        families: The model families that are needed there.
        weights: Files of pretrained weights, by their published names.

    Raises:
        DataError: A file cannot be read, or packages cannot be downloaded.
    """
    needed = {"families": set(families), "metrics": {schema.metric}, "layouts": {schema.layout}}
    target.mkdir()
    pack_sources(target / SOURCES, {f"kagglebot.{kind}": names for kind, names in needed.items()})
    shutil.copyfile(program.__file__, target / PROGRAM)
    for name, path in weights.items():
        shutil.copyfile(path, target / name)
    download_packages(target)
    data = {"choices": {**schema.choices, "metric": schema.metric}, "digest": schema.digest}
    write_json(target / OPTIONS, {**asked, **data, "weights": sorted(weights)})
