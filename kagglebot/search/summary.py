"""A study's storage read into plain results."""

import warnings
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from kagglebot.datasets.metrics import get_metric
from kagglebot.errors import StudyError
from kagglebot.search.definition import Definition
from kagglebot.search.results import StudySummary, TrialResult
from kagglebot.search.storage import load_study, open_storage, study_exists
from kagglebot.search.study import DEFINITION, RESULT, RUN, Place, stored_metric
from kagglebot.training.backends import DEFAULT

_STATES = {
    TrialState.WAITING: "waiting",
    TrialState.RUNNING: "running",
    TrialState.COMPLETE: "complete",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
}
#: Complete trials from which importances mean something.
ENOUGH_FOR_IMPORTANCES = 10


def read_summary(place: Place, *, rows: int, importances: bool = False) -> StudySummary:
    """Read a study.

    Args:
        place: Where it lives.
        rows: Rows of the training set, of which a part was held out.
        importances: Whether to work out how much each parameter mattered.

    Raises:
        StudyError: It has not been tuned yet.
    """
    study = None
    if study_exists(place.folder, place.url):
        study = load_study(open_storage(place.folder, place.url), place.key)
    if study is None or DEFINITION not in study.user_attrs:
        raise StudyError(
            f"The study '{place.study}' has no trials for {place.competition} yet.",
            f"Run: kagglebot tune {place.study} --competition {place.competition}",
        )
    definition = Definition(**study.user_attrs[DEFINITION])
    return StudySummary(
        study=place.study,
        competition=place.competition,
        metric=get_metric(stored_metric(study)).name,
        family=definition.family,
        validation=definition.validation.text(),
        validation_rows=definition.validation.rows(rows),
        trials=tuple(_result(trial) for trial in study.get_trials(deepcopy=False)),
        importances=_importances(study) if importances else {},
        defaults=definition.defaults(),
        images=definition.images.rule,
    )


def _result(trial: FrozenTrial) -> TrialResult:
    run: dict[str, Any] = trial.user_attrs.get(RUN, {})
    result: dict[str, Any] = trial.user_attrs.get(RESULT, {})
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
        settings=run.get("settings", {}),
        epochs=result.get("epoch", result.get("best_epoch")),  # the first version's name of it
        planned=result.get("planned") or run.get("settings", {}).get("epochs"),
        curve=curve,
        seconds=float(result.get("seconds", 0.0)),
        reason=result.get("reason", ""),
        weights=result.get("weights"),
        seed=int(run.get("seed", 0)),
        backend=run.get("backend", DEFAULT),
        views=bool(result.get("views")),
        plain_score=result.get("plain_score"),
        views_score=result.get("views_score"),
    )


def _importances(study: optuna.Study) -> dict[str, float]:
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if len(complete) < ENOUGH_FOR_IMPORTANCES or len({trial.value for trial in complete}) < 2:
        return {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return dict(optuna.importance.get_param_importances(study))
    except (ValueError, RuntimeError):  # no parameter varies, or none is common to all
        return {}
