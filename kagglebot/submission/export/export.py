"""The export of a model or an ensemble: a folder with all that a Kaggle notebook without internet needs."""

import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from kagglebot.datasets.schema import Schema, save_schema
from kagglebot.errors import UsageError
from kagglebot.models.registry import get_family
from kagglebot.paths import WorkspacePaths
from kagglebot.retraining.model_card import card_path, card_recipe, read_card
from kagglebot.retraining.predict import final_predictor, model_rule
from kagglebot.retraining.records import TrainedEnsemble, TrainedModel
from kagglebot.submission.export import inference_script
from kagglebot.submission.export.inference import ENSEMBLE
from kagglebot.submission.export.notebook import notebook, readme
from kagglebot.submission.export.sources import pack_sources
from kagglebot.system.files.atomic_write import move_into_place
from kagglebot.system.files.disk_errors import disk_errors
from kagglebot.system.files.json_file import write_json
from kagglebot.system.logging import study_log
from kagglebot.system.progress import ProgressCallback, log_phases
from kagglebot.training.registry import split_settings

#: Not .zip, as Kaggle would unpack that. Python imports from a zip file with any suffix.
SOURCES = "kagglebot.pyz"
_SCRIPT, _NOTEBOOK, _README = "inference.py", "notebook.ipynb", "README.md"


@dataclass(frozen=True)
class Exported:
    """A folder with a model or an ensemble, and the code that predicts with it in a Kaggle notebook.

    Attributes:
        trained: The model, or the ensemble.
        folder: The folder.
        files: The names of its files.
        size_bytes: Their size together, in bytes.
    """

    trained: TrainedModel | TrainedEnsemble
    folder: Path
    files: tuple[str, ...]
    size_bytes: int


def export_model(
    workspace: WorkspacePaths,
    trained: TrainedModel | TrainedEnsemble,
    to: Path | None,
    on_progress: ProgressCallback | None,
) -> Exported:
    """Export a model or an ensemble to a folder, completely or not at all; replace an earlier export.

    Args:
        workspace: The workspace.
        trained: What was trained, with the card of each model beside it.
        to: The folder to write, whose parents are created; None for ``export/trial-N`` or ``export/ensemble-K`` in
            the study's folder.
        on_progress: Called when the folder is written.

    Raises:
        UsageError: The folder holds something that is not an export.
        DataError: A model does not predict, or the disk refuses.
    """
    study_folder = workspace.location(trained.competition, trained.study).folder
    chosen = to or study_folder / "export" / trained.label.replace(" ", "-")
    folder, schema = Path(os.path.realpath(chosen)), workspace.schema(trained.competition)
    log_phases(on_progress)("writing", 0, None)
    with study_log(study_folder, f"export {trained.label} to {chosen}"), disk_errors(f"write {folder}"):
        _check_free(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as incoming:
            new = Path(incoming) / "new"
            new.mkdir()
            _fill(new, trained, schema)
            if folder.exists():
                folder.rename(Path(incoming) / "old")
            move_into_place(new, folder)
        files = sorted(path for path in folder.iterdir())
        size = sum(path.stat().st_size for path in files)
    return Exported(trained, folder, tuple(path.name for path in files), size)


def _check_free(folder: Path) -> None:
    ours = all((folder / name).is_file() for name in (SOURCES, _SCRIPT, _NOTEBOOK))
    if folder.exists() and not ours and not (folder.is_dir() and not any(folder.iterdir())):
        raise UsageError(
            f"{folder} exists already, and is not an export.", "Choose an empty or new folder with --to."
        )


def _fill(folder: Path, trained: TrainedModel | TrainedEnsemble, schema: Schema) -> None:
    for model in {model.path: model for model in trained.models}.values():
        recipe = card_recipe(read_card(model.path))
        family = get_family(recipe["family"])
        family.check_export(split_settings(family, recipe["settings"])[0])
        # What cannot predict here cannot do so there.
        final_predictor(model.path, model_rule(model.path).resized_shape(schema.image_shape), len(schema.classes))
        for path in (model.path, card_path(model.path)):
            shutil.copyfile(path, folder / path.name)
    if isinstance(trained, TrainedEnsemble):
        models = [model.path.stem for model in trained.models]
        write_json(folder / ENSEMBLE, {"adjustment": list(trained.adjustment), "models": models})
    save_schema(folder, schema)
    families = {read_card(model.path)["recipe"]["family"] for model in trained.models}
    needed = {"families": families, "metrics": {schema.metric}, "layouts": {schema.layout}}
    pack_sources(folder / SOURCES, {f"kagglebot.{kind}": names for kind, names in needed.items()})
    shutil.copyfile(inference_script.__file__, folder / _SCRIPT)
    (folder / _NOTEBOOK).write_text(json.dumps(notebook(trained), indent=1) + "\n", encoding="utf-8")
    (folder / _README).write_text(readme(trained, schema), encoding="utf-8")
