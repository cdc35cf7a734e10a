"""A model with all that predicts with it, as a folder for a Kaggle notebook without internet."""

import json
import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from kagglebot.datasets.schema import Schema, save_schema
from kagglebot.errors import UsageError
from kagglebot.retraining.models import TrainedModel
from kagglebot.submission.export import inference_script
from kagglebot.submission.export.notebook import notebook, readme
from kagglebot.system.files import disk_errors, move_into_place

#: Not .zip: Kaggle would unpack it. Python imports from it whatever its ending.
SOURCES = "kagglebot.pyz"
_SCRIPT, _NOTEBOOK, _README = "inference.py", "notebook.ipynb", "README.md"
_LONG_AGO = (2020, 1, 1, 0, 0, 0)  # one date for all: the same sources give the same file


@dataclass(frozen=True)
class Exported:
    """A folder that predicts in a Kaggle notebook; ``files`` are the names in it."""

    model: TrainedModel
    folder: Path
    files: tuple[str, ...]
    size_bytes: int


def write_export(model: TrainedModel, schema: Schema, folder: Path) -> Exported:
    """Write the folder, whole or not at all; an earlier export there is replaced.

    Args:
        model: The trained model; its card lies beside it.
        schema: What was learned about its competition.
        folder: Where to; its parents are made.

    Raises:
        UsageError: The folder holds something that no export wrote.
        DataError: The disk refuses.
    """
    folder = folder.resolve()
    with disk_errors(f"write {folder}"):
        _check_free(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as incoming:
            new = Path(incoming) / "new"
            new.mkdir()
            _fill(new, model, schema)
            if folder.exists():
                folder.rename(Path(incoming) / "old")
            move_into_place(new, folder)
        files = sorted(path for path in folder.iterdir())
        size = sum(path.stat().st_size for path in files)
    return Exported(model, folder, tuple(path.name for path in files), size)


def _check_free(folder: Path) -> None:
    ours = all((folder / name).is_file() for name in (SOURCES, _SCRIPT, _NOTEBOOK))
    if folder.exists() and not ours and not (folder.is_dir() and not any(folder.iterdir())):
        raise UsageError(
            f"{folder} is there already, and is no export.", "Choose a folder that is empty or new with --to."
        )


def _fill(folder: Path, model: TrainedModel, schema: Schema) -> None:
    shutil.copyfile(model.path, folder / model.path.name)
    card = model.path.with_suffix(".json")
    shutil.copyfile(card, folder / card.name)
    save_schema(folder, schema)
    _pack_sources(folder / SOURCES)
    shutil.copyfile(inference_script.__file__, folder / _SCRIPT)
    (folder / _NOTEBOOK).write_text(json.dumps(notebook(model), indent=1) + "\n", encoding="utf-8")
    (folder / _README).write_text(readme(model, schema), encoding="utf-8")


def _pack_sources(target: Path) -> None:
    package = Path(__file__).parents[2]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(package.rglob("*.py")):
            entry = zipfile.ZipInfo(f"{package.name}/{path.relative_to(package).as_posix()}", _LONG_AGO)
            packed.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
