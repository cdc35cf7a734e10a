"""Two files of kagglebot 0.1: ``source.json``, and ``contents.json`` beside the arrays.

They held what is now in ``competition.json`` (version 2) and ``files.npz``. They are only read, so that data
fetched by 0.1 stays in use without being unpacked or decoded again. One that is missing or damaged counts as
unknown.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kagglebot.datasets.digests import data_digest
from kagglebot.errors import DataError
from kagglebot.system.files.json_file import read_json

_SOURCE = "source.json"


def upgrade(folder: Path, value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a ``competition.json`` of version 1 in ``folder`` as version 2 writes it, as far as it is known."""
    source, contents = _read_source(folder), _read_contents(folder, value.get("digest"))
    upgraded = {**value, "data_notes": value.get("assumptions", [])}
    if "answer" in value:
        upgraded["prediction_kind"] = value["answer"]
    if contents:
        notes = contents["notes"]
        upgraded |= {
            "data_notes": notes,
            "format_notes": value.get("assumptions", [])[len(notes) :],
            "training_classes": contents["classes"],
            "labels_in_table": contents["in_table"],
            "image_files": bool(contents["train_files"]),
            "resized": contents["resized"],
        }
    if source and contents and data_digest(source["content"], value.get("choices", {})) == value.get("digest"):
        upgraded |= {"archive": source["archive"], "content": source["content"]}
    return upgraded


def read_file_lists(folder: Path, digest: str) -> tuple[dict[str, int], list[str], list[str]] | None:
    """Return the sizes of the unpacked files and the files of the training and test rows; None where unknown."""
    source, contents = _read_source(folder), _read_contents(folder, digest)
    if not source or not contents:
        return None
    return source["files"], contents["train_files"], contents["test_files"]


def remove_source(folder: Path) -> None:
    """Remove ``source.json``, once other arrays than those of 0.1 are in use."""
    (folder / _SOURCE).unlink(missing_ok=True)


def _read(path: Path, keys: set[str]) -> dict[str, Any]:
    """Return what a file holds, and nothing where it is missing or damaged: then it is fetched again."""
    try:
        value = read_json(path)
    except DataError:
        return {}
    return value if isinstance(value, dict) and keys <= value.keys() else {}


def _read_source(folder: Path) -> dict[str, Any]:
    return _read(folder / _SOURCE, {"archive", "content", "files"})


def _read_contents(folder: Path, digest: object) -> dict[str, Any]:
    keys = {"notes", "classes", "in_table", "train_files", "test_files", "resized"}
    return _read(folder / "cache" / str(digest) / "contents.json", keys)
