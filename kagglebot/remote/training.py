"""The training of final models on Kaggle's machine, from a plan made here to the models in the study's folder."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from filelock import FileLock

from kagglebot.errors import StudyError
from kagglebot.models.base import BACKBONE
from kagglebot.models.registry import get_family
from kagglebot.paths import JOURNAL, WorkspacePaths
from kagglebot.pretrained.backbones import find_backbone
from kagglebot.pretrained.weights import find_weights, own_weights
from kagglebot.remote.flow import carry_out, log_in
from kagglebot.remote.job import Job, Kind
from kagglebot.remote.pack import pack, packing
from kagglebot.remote.session import Session
from kagglebot.remote.study_archive import copy_out, has_file, write_archive
from kagglebot.remote.there import STUDY, plan_asked
from kagglebot.retraining.model_card import card_path
from kagglebot.retraining.plan import Plan
from kagglebot.retraining.records import TrainedModel
from kagglebot.retraining.train import train_planned
from kagglebot.study_config.limits import check_limits
from kagglebot.system.files.disk_errors import disk_errors
from kagglebot.system.logging import study_log
from kagglebot.system.progress import ProgressCallback, log_phases
from kagglebot.training.files.checkpoints import chosen_path
from kagglebot.training.registry import split_settings

TRAINING = Kind("train", "training-on-kaggle", "training", "trains", "Models that were finished are here.")


def train_on_kaggle(
    workspace: WorkspacePaths,
    plan: Plan,
    *,
    threads: int | None,
    from_scratch: bool,
    gpu: bool,
    on_progress: ProgressCallback | None,
) -> tuple[TrainedModel, ...]:
    """Train the models of a plan that are not here yet on Kaggle's machine, and bring them home.

    A training that is there already, or on its way, is brought home first.

    Args:
        workspace: The workspace; it is told what will be made in the user's account, before it is made.
        plan: What to train.
        threads: As for ``train_planned``.
        from_scratch: Whether the plan is of models that are trained from nothing.
        gpu: Train on a GPU.
        on_progress: Called with each step.

    Returns:
        The models, as ``train_planned`` does.

    Raises:
        StudyError: The study is in a database, or the training there ended with an error; models that were
            finished are here then.
        SubmissionError: The dataset or the notebook failed.
        KaggleError: Kaggle refused, or cannot be reached.
        DataError: Pretrained weights cannot be had, a file is damaged, or the disk refuses.
    """
    check_limits(threads=threads)
    location, report = workspace.location(plan.summary.competition, plan.summary.study), log_phases(on_progress)
    trials = [trial.number for trial, _ in plan.members]
    asked = {"trials": trials, "from_scratch": from_scratch, "threads": threads, "gpu": gpu}
    job = Job(location, TRAINING)

    def take(session: Session) -> None:
        _bring_models(workspace, session.archive, session.options)

    with job.alone(), study_log(location.folder, f"train {plan.label} on Kaggle"):
        before = _missing(plan, threads)
        if (packed := job.asked()) is not None:
            if packed["asked"] != asked:
                job.note_other(workspace, "it comes home first")
            carry_out(workspace, job, log_in(workspace, on_progress), take, report)
        if _missing(plan, threads):
            client = log_in(workspace, on_progress)
            _pack(workspace, job, plan, asked, report)
            carry_out(workspace, job, client, take, report)
        if missing := _missing(plan, threads):
            raise StudyError(
                f"Kaggle's notebook trained no {missing[0].stem} that is one of this study: {missing[0]}.",
                "Run `kagglebot train` without --on kaggle to train it here.",
            )
        models = train_planned(workspace, plan, on_progress, threads)
    return tuple(replace(model, reused=model.path not in before) for model in models)


def _missing(plan: Plan, threads: int | None) -> list[Path]:
    """Return the files of the models that are not here."""
    return [each.path for _, each in plan.members if not replace(each, threads=threads).is_there]


def _pack(
    workspace: WorkspacePaths, job: Job, plan: Plan, asked: Mapping[str, Any], report: ProgressCallback
) -> None:
    """Write the files of the dataset: of the study the journal, and the checkpoints of the trials."""
    location = job.location
    options = {"competition": location.competition, "study": location.study, "asked": asked, "gpu": asked["gpu"]}
    options["training"] = {name: asked[name] for name in ("trials", "from_scratch", "threads")}
    chosen = [chosen_path(location.folder, number) for number in dict.fromkeys(asked["trials"])]
    with own_weights(workspace.settings.weights), packing(job.folder) as new:
        weights = _weights(plan, report)
        target = new / "1"
        schema = workspace.schema(location.competition)
        pack(target, schema, options, families=plan.summary.family.split(", "), weights=weights)
        files = [location.folder / JOURNAL, *filter(Path.is_file, chosen)]
        write_archive(target / STUDY, {path.relative_to(location.folder).as_posix(): path for path in files}, {})


def _weights(plan: Plan, report: ProgressCallback) -> dict[str, Path]:
    """Return the files of pretrained weights that the models need, by their published names; download them first.

    Raises:
        StudyError: A model needs a preset of KerasHub, which is a folder.
        DataError: They cannot be had.
    """
    files = dict[str, Path]()
    for trial, member in plan.members:
        family, settings = get_family(member.recipe.family), member.recipe.settings
        if family.fetch is None:
            continue
        family.fetch(split_settings(family, settings)[0], report)
        backbone = find_backbone(str(settings.get(BACKBONE)))
        if backbone is None or not (path := find_weights(backbone).path).is_file():
            raise StudyError(
                f"The net of trial {trial.number} begins with weights that are a folder, which stays here.",
                "Train it here, or choose another trial with --trial.",
            )
        files[backbone.file] = path
    return files


def _bring_models(workspace: WorkspacePaths, archive: Path, asked: Mapping[str, Any]) -> None:
    """Copy the models that a training asked for, and made, into the study's folder; those that are here stay."""
    for _, planned in plan_asked(workspace, asked).members:
        member = replace(planned, threads=asked["training"]["threads"])
        model, card = member.path, card_path(member.path)
        if not has_file(archive, f"models/{card.name}"):
            continue
        with disk_errors(f"write {model}"):
            model.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(model.with_suffix(".lock")):
                if member.is_there:
                    continue
                card.unlink(missing_ok=True)  # first: a model counts as trained only with a card of its own
                copy_out(archive, f"models/{model.name}", model)
                copy_out(archive, f"models/{card.name}", card)
