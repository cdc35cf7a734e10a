"""A submission from a workspace: a file as it is, or what a model predicts, sent once."""

from dataclasses import replace
from pathlib import Path

from kagglebot.kaggle.client import KaggleClient, open_client
from kagglebot.paths import WorkspacePaths
from kagglebot.retraining.plan import Plan
from kagglebot.retraining.selection import train_planned
from kagglebot.submission.ledger import Entry, Ledgers
from kagglebot.submission.predictions import file_digest, predict_once
from kagglebot.submission.records import Submitted
from kagglebot.submission.upload_once import check_possible, send
from kagglebot.system.logging import LOGGER, study_log
from kagglebot.system.progress import ProgressCallback, log_phases


def submit_file(
    folder: WorkspacePaths,
    competition: str,
    file: Path,
    message: str | None,
    on_progress: ProgressCallback | None,
    **how: bool,
) -> Submitted:
    """Submit a file as it is; ``how`` as in ``send``.

    Raises:
        SubmissionError: The file does not fit, or no submission is possible now.
        KaggleError: Kaggle said no, or cannot be reached.
    """
    said = message or f"kagglebot: {file.name}"
    entry = Entry(competition, str(file), file_digest(file), model="file", message=said)
    with study_log(folder.root / "studies" / competition, f"submit {file}"):
        return _send(folder, open_client(on_progress), entry, on_progress, **how)


def submit_planned(
    folder: WorkspacePaths, plan: Plan, message: str | None, on_progress: ProgressCallback | None, **how: bool
) -> Submitted:
    """Train what is not there yet, predict the test set and submit that; ``how`` as in ``send``.

    Raises:
        SubmissionError: The predictions do not fit, or no submission is possible now.
        KaggleError: Kaggle said no, or cannot be reached.
    """
    location = folder.location(plan.summary.competition, plan.summary.study)
    with study_log(location.folder, f"submit {plan.label}"):
        return _predict_and_send(folder, plan, message, on_progress, **how)


def _predict_and_send(
    folder: WorkspacePaths, plan: Plan, message: str | None, on_progress: ProgressCallback | None, **how: bool
) -> Submitted:
    client = open_client(on_progress)
    summary, label, score = plan.summary, plan.label, plan.validation_score
    name, study = summary.competition, summary.study
    if not how["dry_run"] and (
        how["again"] or not Ledgers(folder.studies_folder).may_hold(name, study, label, plan.names)
    ):
        check_possible(client, name, late=how["late"])  # before an hour of training, not after
    models = train_planned(folder, plan, on_progress)
    path = folder.location(name, study).folder / "submissions" / f"{label.replace(' ', '-')}.csv"
    predict_once(
        folder.data(name),
        [model.path for model in models],
        path,
        reuse=all(model.reused for model in models),
        on_progress=log_phases(on_progress),
    )
    said = "no score" if score is None else f"validation {summary.measure.text} {score:.5f}"
    entry = Entry(
        name,
        str(path),
        file_digest(path),
        study=study,
        model=label,
        trial=plan.trial,
        members=plan.names,
        validation_score=score,
        message=message or f"kagglebot {study} {label}, {said}",
    )
    submitted = _send(folder, client, entry, on_progress, **how)
    if not plan.scores:
        return replace(submitted, why=models[0].why)
    together = plan.ensemble(models)
    return replace(submitted, model=together.to_json(), single_score=together.single_score)


def _send(
    folder: WorkspacePaths, client: KaggleClient, entry: Entry, on_progress: ProgressCallback | None, **how: bool
) -> Submitted:
    name = entry.competition
    ledger = Ledgers(folder.studies_folder).of(name, entry.study)
    entry, new = send(client, ledger, entry, folder.data(name), on_progress=log_phases(on_progress), **how)
    LOGGER.info("submission %s: %s, public score %s", entry.ref or "(none)", entry.status, entry.public_score)
    return Submitted(
        competition=name,
        study=entry.study or None,
        file=Path(entry.file),
        rows=entry.rows,
        validation_score=entry.validation_score,
        public_score=entry.public_score,
        status="dry-run" if how["dry_run"] else entry.status,
        ref=entry.ref,
        metric=folder.schema(name).metric,
        model={"file": entry.file} if entry.trial is None else {"trial": entry.trial},
        new=new,
    )
