"""A study with complete, pruned, failed and interrupted trials."""

from dataclasses import replace

import pytest

from kagglebot.analysis.study_summary import StudySummary
from kagglebot.analysis.trial_result import TrialResult


def _settings(number: int) -> dict[str, object]:
    return {
        "blocks": 2 + number % 3,
        "convolutions": 1 + number % 2,
        "filters": 8 + 4 * (number % 7),
        "kernel": 3,
        "batch_norm": number % 2 == 0,
        "learning_rate": 0.003 * (1 + number % 5),
        "optimizer": ("adam", "adamw", "sgd")[number % 3],
        "epochs": 6 + number % 5,
    }


def _trial(number: int) -> TrialResult:
    epochs = 6 + number % 5
    curve = tuple(1 - (0.5 + number / 40) / (epoch + 1) ** 2 for epoch in range(1, epochs + 1))
    common = {"number": number, "params": _settings(number), "planned": epochs}
    if number % 4 == 3:
        return TrialResult(state="pruned", curve=curve[: 2 + number % 3], seconds=20.0, **common)
    return TrialResult(
        state="complete",
        value=max(curve),
        epochs=epochs - number % 2,
        curve=curve,
        seconds=60.0 + number,
        parameter_count=12_345 + number,
        **common,
    )


@pytest.fixture
def summary() -> StudySummary:
    trials = [_trial(number) for number in range(16)]
    trials.append(TrialResult(16, "failed", params=_settings(16), reason="loss is not a number"))
    trials.append(TrialResult(17, "interrupted", params=_settings(17)))
    return StudySummary(
        study="cnn",
        competition="digit-recognizer",
        metric="accuracy",
        family="cnn",
        validation="15 % of rows held out, stratified, seed 42",
        validation_rows=6300,
        trials=tuple(trials),
        importances={"learning_rate": 0.52, "filters": 0.31, "blocks": 0.12, "epochs": 0.05},
    )


@pytest.fixture
def empty() -> StudySummary:
    return StudySummary("cnn", "digit-recognizer", "accuracy", "cnn", "15 % of rows held out", 6300, ())


@pytest.fixture
def lucky(summary: StudySummary) -> StudySummary:
    """The same night with errors and log losses: the best trial by both is not the one with the highest score."""
    highest = max(trial.value for trial in summary.trials if trial.value is not None)
    trials = tuple(
        replace(trial, score_error=0.01, log_loss=0.03 if trial.value == highest else 0.01)
        for trial in summary.trials
    )
    return replace(summary, trials=trials)


@pytest.fixture
def losses(summary: StudySummary) -> StudySummary:
    """The same night by log loss: what was the score above is now what it lacks of 1."""
    trials = tuple(
        replace(
            trial,
            value=None if trial.value is None else 1 - trial.value,
            curve=tuple(1 - score for score in trial.curve),
        )
        for trial in summary.trials
    )
    return replace(summary, metric="log_loss", trials=trials)
