"""Studies read from their storages."""

import warnings
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.trial import FrozenTrial, TrialState

from kagglebot.analysis.study_summary import StudySummary
from kagglebot.analysis.trial_result import TrialResult
from kagglebot.datasets.dataset import open_rows
from kagglebot.errors import DataError, StudyError
from kagglebot.kaggle.names import NAME
from kagglebot.metrics.registry import get_metric
from kagglebot.paths import StudyLocation, WorkspacePaths
from kagglebot.search.storage.attributes import (
    AGAIN,
    DEFINITION,
    OTHER_SEED_OF,
    PART_SCORES,
    RESULT,
    RUN,
    failure_kind,
    is_skipped,
    stored_metric,
)
from kagglebot.search.storage.journal import load_study, open_storage, study_exists
from kagglebot.search.storage.rdb import storage_errors
from kagglebot.study_config.load import load_definition, stored_definition
from kagglebot.study_config.schema import Definition
from kagglebot.system.storage_url import shown
from kagglebot.training.provenance import read_made_with
from kagglebot.training.settings_aliases import current_result, current_settings

_STATES = {
    TrialState.WAITING: "waiting",
    TrialState.RUNNING: "running",
    TrialState.COMPLETE: "complete",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
}
#: Complete trials from which importances are meaningful.
ENOUGH_FOR_IMPORTANCES = 10
#: The trials that count as the best for importances: this share, at least so many, at most that share.
_BEST_SHARE, _LEAST_BEST, _MOST_BEST = 0.1, 5, 0.5


class NoTrials(StudyError):
    """A study has not been tuned yet."""


def read_summary(
    location: StudyLocation, *, rows: int, classes: int = 1, digest: str = "", importances: bool = False
) -> StudySummary:
    """Read a study of a training set with so many rows and classes, and on demand the parameters' importances.

    ``digest`` is the key of that data; see ``StudySummary``.

    Raises:
        NoTrials: It has not been tuned yet.
        StudyError: Its storage cannot be read.
    """
    with storage_errors(location.url):
        study, trials = None, []
        if study_exists(location.folder, location.url):
            storage = open_storage(location.folder, location.url, read_only=True)
            study = load_study(storage, location.key)
            trials = study.get_trials(deepcopy=False) if study else []
    if trials and study and DEFINITION not in study.user_attrs:
        raise StudyError(
            f"The storage of '{location.study}' is damaged: it has trials, and no definition of the study.",
            f"Run: {location.tune_command}, which records it again.",
        )
    if study is None or DEFINITION not in study.user_attrs:
        where = f" in {shown(location.url)}" if location.url else ""
        raise NoTrials(
            f"The study '{location.study}' has no trials for {location.competition}{where} yet.",
            f"Run: {location.tune_command}",
        )
    definition = stored_definition(study.user_attrs[DEFINITION], location.study)
    return StudySummary(
        study=location.study,
        competition=location.competition,
        metric=get_metric(stored_metric(study)).name,
        family=", ".join(definition.families),
        validation=definition.validation.text(),
        validation_rows=definition.validation.rows(rows, classes),
        trials=tuple(_result(trial, definition) for trial in trials if not is_skipped(trial)),
        importances=_importances(study) if importances else {},
        defaults=definition.written_defaults(),
        images=definition.images.rule,
        space=definition.space,
        pruner=definition.pruner.name,
        split=definition.validation,
        digest=digest,
        final=definition.final,
    )


def summarise(folder: WorkspacePaths, location: StudyLocation, *, importances: bool = False) -> StudySummary:
    """Read a study.

    Raises:
        StudyError: It has no trials yet.
    """
    schema = folder.schema(location.competition)
    summary = read_summary(
        location,
        rows=schema.train_rows,
        classes=len(schema.classes),
        digest=schema.digest,
        importances=importances,
    )
    return _with_groups(summary, schema.group, folder.data(location.competition)) if schema.groups else summary


def _with_groups(summary: StudySummary, group: str, data: Path) -> StudySummary:
    """Return a summary that says by what whole groups are held out, with their number and that of their rows."""
    validation, rows, count = summary.split, summary.validation_rows, 0
    with suppress(DataError):  # the data is damaged: the trials can be listed without it
        labels, groups = open_rows(data)
        splits = validation.splits(labels, groups) if validation else []
        rows = sum(len(valid_rows) for _, valid_rows in splits)
        if group and groups is not None:  # else only copies of an image stay together
            count = sum(len(np.unique(groups[valid_rows])) for _, valid_rows in splits)
    text = validation.text(group) if validation else summary.validation
    return replace(summary, group=group, validation=text, validation_rows=rows, validation_groups=count)


def find_study(folder: WorkspacePaths, competition: str, study: str) -> StudySummary:
    """Read the study of that name, with the importances of its parameters.

    Raises:
        StudyError: There is no such study, or it has no trials yet.
    """
    location = folder.location(competition, study)
    try:
        return summarise(folder, location, importances=True)
    except StudyError:
        if not location.folder.is_dir():
            load_definition(folder.root, study)  # raises where the name itself is unknown
        raise


def find_studies(folder: WorkspacePaths, competitions: list[str], *, every: bool = False) -> list[StudySummary]:
    """Read all studies of some competitions that have trials; note those whose storage cannot be read.

    Raises:
        StudyError: ``every`` study is needed, and the storage of one cannot be read; or none can be read.
    """
    found: list[StudySummary] = []
    left_out: list[tuple[str, str]] = []
    for name in competitions:
        # A link is followed even if its folder is gone: the error names it.
        places = (folder.root / "studies" / name).glob("*")
        folders = sorted(path.name for path in places if path.is_dir() or path.is_symlink())
        for study in filter(NAME.fullmatch, folders):
            try:
                found.append(summarise(folder, folder.location(name, study)))
            except NoTrials:  # with submissions of files only
                continue
            except StudyError as error:
                if every:
                    raise
                left_out.append((f"The study '{study}' is left out: {error.message}", error.hint))
    for text, hint in left_out if found else left_out[1:]:
        folder.note(f"{text} {hint}")
    if left_out and not found:
        text, hint = left_out[0]
        raise StudyError(f"No study can be listed. {text}", hint)
    return found


def _result(trial: FrozenTrial, definition: Definition) -> TrialResult:
    run: dict[str, Any] = trial.user_attrs.get(RUN, {})
    result = current_result(trial.user_attrs.get(RESULT, {}))
    state = _STATES[trial.state]
    if state == "failed" and result.get("state") in ("interrupted", "died", None):
        state = "interrupted"
    reported = [trial.intermediate_values[epoch] for epoch in sorted(trial.intermediate_values)]
    curve = tuple(result.get("curve") or reported)
    return TrialResult(
        number=trial.number,
        state=state,
        value=trial.value if trial.state == TrialState.COMPLETE else None,
        params=dict(trial.params),
        settings=current_settings(run.get("settings", {})),
        epochs=result.get("epoch", result.get("best_epoch")),  # the first version's name of it
        planned=result.get("planned") or run.get("settings", {}).get("epochs"),
        curve=curve,
        part=max((epochs for epochs, *_ in trial.user_attrs.get(PART_SCORES, ())), default=0.0),
        seconds=float(result.get("seconds", 0.0)),
        reason=result.get("reason", ""),
        failure_kind=failure_kind(result) if state == "failed" else "",
        parameter_count=result.get("parameter_count"),
        seed=int(run.get("seed", 0)),
        tta=bool(result.get("tta")),
        plain_score=result.get("plain_score"),
        tta_score=result.get("tta_score"),
        adjustment=tuple(result.get("adjustment", ())),
        unadjusted_score=result.get("unadjusted_score"),
        continues=run.get("continues"),
        other_seed_of=trial.user_attrs.get(OTHER_SEED_OF),
        epochs_before=int(result.get("epochs_before", 0)),
        repeats=trial.user_attrs.get(AGAIN),
        pace=result.get("epoch_seconds") or 0.0,
        made_with=read_made_with(run),
        family=definition.family_of(trial.params),
        score_error=result.get("score_error"),
        log_loss=result.get("log_loss"),
        rows=result.get("rows"),
        features_seconds=result.get("features_seconds"),
        features_share=result.get("features_share"),
    )


def _importances(study: optuna.Study) -> dict[str, float]:
    """Return PED-ANOVA importances: it is fast, and handles parameters that only some trials have."""
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if len(complete) < ENOUGH_FOR_IMPORTANCES or len({trial.value for trial in complete}) < 2:
        return {}
    # The best tenth, but of few trials a larger share.
    share = min(_MOST_BEST, max(_BEST_SHARE, _LEAST_BEST / len(complete)))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            evaluator = optuna.importance.PedAnovaImportanceEvaluator(target_quantile=share)
            found = dict(optuna.importance.get_param_importances(study, evaluator=evaluator))
    except (ValueError, RuntimeError):  # no parameter varies
        return {}
    known = len(found) < 2 or len(set(found.values())) > 1  # even shares mean that they are not known
    return found if known else {}
