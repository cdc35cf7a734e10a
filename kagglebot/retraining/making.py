"""How the final models of a trial are made: from its checkpoint, from nothing, or of the nets of its folds."""

from enum import StrEnum
from pathlib import Path

from kagglebot.analysis.study_summary import StudySummary
from kagglebot.analysis.trial_result import TrialResult
from kagglebot.datasets.schema import Schema
from kagglebot.errors import StudyError
from kagglebot.retraining.final_model import FinalModel, Recipe, model_path
from kagglebot.training.files.checkpoints import StoredCheckpoint, checkpoint_key, chosen_path, more_epochs
from kagglebot.training.keras.backends import default_backend, installed
from kagglebot.training.provenance import versions

#: Added to the seed for each further model of the same trial.
_NEXT_SEED = 1_000_003
#: Seconds of training below which a model is trained from nothing: its checkpoint would save little.
_SHORT = 30.0


class Making(StrEnum):
    """How the final model of a trial is made."""

    FURTHER = "further"  #: Trained further from the trial's checkpoint, where there is one.
    FROM_SCRATCH = "from_scratch"  #: Trained from nothing.
    NOW = "now"  #: The trial's checkpoint as it is; of a trial with folds the nets of these, where they are kept.
    FOLDS = "folds"  #: The nets of the trial's folds as they are, averaged.

    def label(self, label: str) -> str:
        """Return what a model is called that would be ``label``, trained on all rows."""
        words = {Making.NOW: "checkpoint of ", Making.FOLDS: "folds of "}
        return words.get(self, "") + label

    @classmethod
    def asked(cls, *, from_scratch: bool, now: bool = False) -> "Making":
        """Return what these options ask for."""
        return cls.NOW if now else cls.FROM_SCRATCH if from_scratch else cls.FURTHER


def making_of(trial: TrialResult, summary: StudySummary, folder: Path, schema: Schema, making: Making) -> Making:
    """Return how the model of a trial is made: of the nets of its folds where they are asked for and are there."""
    asked = making is Making.NOW or (making is Making.FURTHER and summary.final.folds == "average")
    return Making.FOLDS if asked and _count_nets(trial, folder, schema) else making


def is_soon_made(trial: TrialResult, folder: Path, schema: Schema, making: Making) -> bool:
    """Return whether a trial's model is there without much training: of what is kept, or in half a minute."""
    if making is Making.FOLDS:
        return bool(_count_nets(trial, folder, schema))
    if making is Making.FROM_SCRATCH or (making is Making.FURTHER and _is_short(trial)):
        return _is_short(trial)
    return find_checkpoint(trial, folder, schema) is not None


def _is_short(trial: TrialResult) -> bool:
    """Return whether its model is trained from nothing, as a checkpoint would save little."""
    return (trial.epochs or 1) * trial.pace <= _SHORT


def models_of(
    summary: StudySummary, trial: TrialResult, folder: Path, schema: Schema, making: Making, *, copy: int = 0
) -> list[tuple[TrialResult, FinalModel]]:
    """Return a trial with the model to make of it, or with the net of each of its folds.

    ``copy`` counts further models, each with a seed of its own and trained from nothing, as a net that begins with
    the same weights would add little; what is taken as it is only counts once more.
    """
    folds = range(_count_nets(trial, folder, schema)) if making is Making.FOLDS else (None,)
    return [(trial, _final_model(summary, trial, folder, schema, making, copy=copy, fold=fold)) for fold in folds]


def _final_model(
    summary: StudySummary,
    trial: TrialResult,
    folder: Path,
    schema: Schema,
    making: Making,
    *,
    copy: int,
    fold: int | None,
) -> FinalModel:
    now, split = making in (Making.NOW, Making.FOLDS), summary.split
    seed = (trial.seed + _NEXT_SEED * copy * (not now)) % (1 << 31)
    start, note = None, ""
    if now or (making is Making.FURTHER and not copy and not _is_short(trial)):
        start = find_checkpoint(trial, folder, schema)
        note = "" if start else f"The checkpoint of trial {trial.number} is missing or of another version."
    if now and start is None:
        raise StudyError(note, f"Run: kagglebot submit {summary.study} --trial {trial.number}")
    if making is Making.FURTHER and summary.final.folds == "average" and split and split.folds:
        note = f"The nets of trial {trial.number}'s folds are missing or of another version."
    recipe = Recipe(
        family=trial.family,
        settings=trial.settings,
        epochs=trial.epochs or 1,
        planned=trial.planned or trial.epochs or 1,
        curve=trial.curve,
        metric=summary.metric,
        seed=seed,
        digest=schema.digest,
        images=schema.limited(summary.images),
        tta=trial.tta,
        further=None if start is None else 0 if now else more_epochs(trial.epochs or 1, summary.final.more_epochs),
        sealed=(split.sealed, split.seed) if split and split.sealed else None,
        adjustment=trial.adjustment,
        fold=fold,
    )
    about = {
        "how": recipe.how(trial.number),
        "competition": summary.competition,
        "study": summary.study,
        "trial": trial.number,
        "validation_score": trial.value,
    }
    path = model_path(folder, trial.family, trial.number, seed if copy else None, now=now, fold=fold)
    backend = trial.backend if trial.backend in installed() else default_backend()
    from_scratch = making is Making.FROM_SCRATCH
    return FinalModel(path, recipe, about, backend, start=start, from_scratch=from_scratch, note=note)


def find_checkpoint(trial: TrialResult, folder: Path, schema: Schema) -> StoredCheckpoint | None:
    """Return the checkpoint of a trial, if it is there, of this data and of the versions that are installed."""
    found = _stored(trial, folder, schema)
    return found if found and found.is_there else None


def _count_nets(trial: TrialResult, folder: Path, schema: Schema) -> int:
    """Return of how many folds a trial's checkpoint has the net; 0 without one, or of another version."""
    found = _stored(trial, folder, schema)
    return found.count_nets() if found else 0


def _stored(trial: TrialResult, folder: Path, schema: Schema) -> StoredCheckpoint | None:
    here = versions()
    if any(here.get(name, version) != version for name, version in trial.versions.items()):
        return None
    key = checkpoint_key(trial.settings, trial.seed, schema.digest, trial.made_with)
    return StoredCheckpoint(chosen_path(folder, trial.number), key)
