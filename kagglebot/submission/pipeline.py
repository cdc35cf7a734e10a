"""A submission from start to finish: choose, train, predict, check, send."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from kagglebot.analysis.best_trial.optimism import find_optimism
from kagglebot.datasets.dataset import load_dataset
from kagglebot.datasets.sample_submission.read import read_sample
from kagglebot.errors import KaggleError
from kagglebot.kaggle.client import KaggleClient, open_client
from kagglebot.paths import WorkspacePaths
from kagglebot.pretrained.weights import own_weights
from kagglebot.retraining.choice.planning import plan as choose
from kagglebot.retraining.making import Making
from kagglebot.retraining.plan import Plan
from kagglebot.retraining.records import TrainedEnsemble, TrainedModel
from kagglebot.retraining.sealed_score import score_sealed
from kagglebot.retraining.train import train_planned
from kagglebot.submission.csv_check import check_submission
from kagglebot.submission.export.export import export_model
from kagglebot.submission.ledger import Ledger, LedgerEntry, Ledgers
from kagglebot.submission.notebooks.asked import AskedFile
from kagglebot.submission.notebooks.contents import prepare
from kagglebot.submission.notebooks.flow import ASKED, FlowOptions, submit_notebook
from kagglebot.submission.preconditions import check_preconditions
from kagglebot.submission.predictions import predict_once
from kagglebot.submission.records import Submitted
from kagglebot.submission.status import wait_for_score
from kagglebot.submission.upload_once import upload_once
from kagglebot.system.files.digest import file_digest
from kagglebot.system.logging import LOGGER, study_log
from kagglebot.system.progress import ProgressCallback, log_phases


@dataclass(frozen=True)
class SubmitOptions:
    """Options of a submission.

    Attributes:
        dry_run: Write and check the file, but do not upload it.
        wait: Wait for Kaggle's score.
        again: Submit a file that Kaggle already has once more.
        late: Submit after the deadline too.
        gpu: Run the notebook on a GPU, where the competition takes notebooks.
        message: The description on Kaggle; None for one made of the study, the model and its score.
    """

    dry_run: bool = False
    wait: bool = True
    again: bool = False
    late: bool = False
    gpu: bool = False
    message: str | None = None


def submit_model(
    workspace: WorkspacePaths,
    competition: str,
    study: str | None,
    *,
    trial: int | None,
    ensemble: int | None,
    cheaper: bool = False,
    making: Making = Making.FURTHER,
    options: SubmitOptions,
    on_progress: ProgressCallback | None,
) -> Submitted:
    """Submit what a trial's model, or an ensemble, predicts for the test set; train the models first if needed.

    Without ``study``, that with the best trial is taken; without ``trial`` and ``ensemble``, the best trial, or a
    ``cheaper`` one.

    Raises:
        StudyError: There is no such study or trial, or none is complete.
        SubmissionError: The file does not fit, or no submission is possible now.
        KaggleError: Kaggle refused, or cannot be reached.
    """
    plan = choose(workspace, competition, study, trial, ensemble, cheaper=cheaper, making=making)
    location = workspace.location(competition, plan.summary.study)
    with study_log(location.folder, f"submit {plan.label}"), own_weights(workspace.settings.weights):
        client = open_client(on_progress)
        by_notebook = _takes_notebooks(client, competition, options)
        if _will_upload(workspace, plan, options):  # before an hour of training, not after it
            check_preconditions(client, competition, late=options.late, by_notebook=by_notebook)
        models = train_planned(workspace, plan, on_progress)
        file = location.folder / "submissions" / f"{plan.label.replace(' ', '-')}.csv"
        predict_once(
            workspace.data(competition),
            [model.path for model in models],
            file,
            reuse=all(model.reused for model in models),
            adjustment=plan.adjustment,
            on_progress=log_phases(on_progress),
        )
        send: _Send = _uploaded
        if by_notebook:
            send = _by_notebook(workspace, plan.record(models), location.folder)
        submitted = _check_and_send(
            workspace, client, _entry(plan, file, options), options, on_progress, send=send
        )
    said = [sentence for model in models for sentence in (model.rebuilt, model.note) if sentence]
    submitted = replace(submitted, rebuilt=tuple(said), left_out=plan.left_out)
    if plan.choice is not None and not cheaper:
        optimism = find_optimism(plan.summary, location.folder, load_dataset(workspace.data(competition)))
        submitted = replace(submitted, why=plan.choice.reason, optimism=optimism)
    if not plan.scores:
        (model,) = models
        return replace(
            submitted,
            why=model.why,
            how=model.how,
            sealed_score=model.sealed_score,
            sealed_error=model.sealed_error,
            sealed_rows=model.sealed_rows,
        )
    together = plan.ensemble(models)
    sealed = score_sealed(workspace.data(competition), plan, [each.path for each in models])
    return replace(
        submitted,
        model=together.to_json(),
        single_score=together.single_score,
        **sealed._asdict(),
    )


def submit_file(
    workspace: WorkspacePaths,
    competition: str,
    file: Path,
    *,
    options: SubmitOptions,
    on_progress: ProgressCallback | None,
) -> Submitted:
    """Submit a file as it is.

    Raises:
        SubmissionError: The file does not fit, or no submission is possible now.
        KaggleError: Kaggle refused, or cannot be reached.
    """
    message = options.message or f"kagglebot: {file.name}"
    entry = LedgerEntry(competition, str(file), file_digest(file), model="file", message=message)
    with study_log(workspace.studies_folder / competition, f"submit {file}"):
        return _check_and_send(workspace, open_client(on_progress), entry, options, on_progress)


def _will_upload(workspace: WorkspacePaths, plan: Plan, options: SubmitOptions) -> bool:
    """Return whether the model's predictions are certain to be uploaded: Kaggle cannot have them yet."""
    if options.dry_run:
        return False
    ledgers = Ledgers(workspace.studies_folder)
    summary = plan.summary
    return options.again or not ledgers.may_include(summary.competition, summary.study, plan.label, plan.names)


def _entry(plan: Plan, file: Path, options: SubmitOptions) -> LedgerEntry:
    summary, score = plan.summary, plan.validation_score
    scored = "no score" if score is None else f"validation {summary.measure.text} {score:.5f}"
    return LedgerEntry(
        summary.competition,
        str(file),
        file_digest(file),
        study=summary.study,
        model=plan.label,
        trial=plan.trial,
        members=plan.names,
        validation_score=score,
        message=options.message or f"kagglebot {summary.study} {plan.label}, {scored}",
    )


#: Makes a submission, and returns the entry and whether it was made now. None: a dry run, or a notebook runs.
_Send = Callable[
    [KaggleClient, Ledger, LedgerEntry, SubmitOptions, ProgressCallback], tuple[LedgerEntry, bool] | None
]


def _uploaded(
    client: KaggleClient, ledger: Ledger, entry: LedgerEntry, options: SubmitOptions, report: ProgressCallback
) -> tuple[LedgerEntry, bool] | None:
    if options.dry_run:
        return None
    return upload_once(client, ledger, entry, again=options.again, late=options.late, on_progress=report)


def _by_notebook(workspace: WorkspacePaths, trained: TrainedModel | TrainedEnsemble, folder: Path) -> _Send:
    """Return what submits a trained model by a notebook of the user's."""

    def send(
        client: KaggleClient, ledger: Ledger, entry: LedgerEntry, options: SubmitOptions, report: ProgressCallback
    ) -> tuple[LedgerEntry, bool] | None:
        competition = entry.competition
        exported = export_model(workspace, trained, None, report)
        contents = prepare(exported.folder, competition, client.username, gpu=options.gpu)
        if options.dry_run:
            workspace.note(contents.described(again=options.again))
            return None
        output = folder / "submissions" / f"{entry.model.replace(' ', '-')}-notebook.csv"
        sample, schema = read_sample(workspace.data(competition)), workspace.schema(competition)
        return submit_notebook(
            client,
            ledger,
            replace(entry, file=str(output), digest=contents.digest),
            contents,
            asked=AskedFile(workspace.studies_folder / competition / ASKED),
            check_output=lambda path: check_submission(path, sample, schema),
            options=FlowOptions(options.wait, options.again, options.late),
            on_note=workspace.note,
            on_progress=report,
        )

    return send


def _takes_notebooks(client: KaggleClient, competition: str, options: SubmitOptions) -> bool:
    """Return whether the competition takes notebooks only; a dry run needs no network, and finds out if it can."""
    with suppress(*([KaggleError] if options.dry_run else [])):
        return client.competition(competition).notebooks_only
    return False


def _check_and_send(
    workspace: WorkspacePaths,
    client: KaggleClient,
    entry: LedgerEntry,
    options: SubmitOptions,
    on_progress: ProgressCallback | None,
    *,
    send: _Send = _uploaded,
) -> Submitted:
    competition, report = entry.competition, log_phases(on_progress)
    data, schema = workspace.data(competition), workspace.schema(competition)
    entry = replace(entry, rows=check_submission(Path(entry.file), read_sample(data), schema))
    ledger = Ledgers(workspace.studies_folder).of(competition, entry.study)
    sent = send(client, ledger, entry, options, report)
    new = sent is not None and sent[1]
    if sent is not None:
        entry = sent[0]
        if options.wait or not new:  # Kaggle may have scored, or refused, what was submitted before
            seconds = None if options.wait else 0.0
            entry = wait_for_score(client, ledger, entry, timeout_seconds=seconds, on_progress=report)
    status = "dry-run" if options.dry_run else entry.status if sent is not None else "running"
    LOGGER.info("submission %s: %s, public score %s", entry.ref or "(none)", status, entry.public_score)
    return Submitted(
        competition=competition,
        study=entry.study or None,
        file=Path(entry.file),
        rows=entry.rows,
        validation_score=entry.validation_score,
        public_score=entry.public_score,
        status=status,
        ref=entry.ref,
        metric=schema.metric,
        model={"file": entry.file} if entry.trial is None else {"trial": entry.trial},
        label=entry.model if entry.study else "",
        new=new,
        notebook=entry.notebook,
    )
