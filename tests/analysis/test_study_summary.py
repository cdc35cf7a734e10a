"""Why a study has no complete trial, in one sentence with what helps."""

import pytest

from kagglebot.analysis.best_trial.one_standard_error import select_best
from kagglebot.analysis.study_summary import StudySummary
from kagglebot.analysis.trial_result import TrialResult
from kagglebot.errors import StudyError


@pytest.mark.parametrize(
    ("ended", "why", "help"),
    [
        ([], "none had the time to begin", "workers take seconds to start: kagglebot tune mine --timeout 600"),
        (["waiting"], "none had the time to begin", "--timeout 600"),
        (["waiting", "running"], "1 running", "--timeout 600"),
        (
            [("interrupted", "out of time after epoch 1 of 2")],
            "1 interrupted (out of time after epoch 1 of 2)",
            "Give it more time",
        ),
        (
            [("failed", "memory ran out.", "out_of_memory")] * 3,
            "3 failed (memory ran out)",
            "a smaller batch_size",
        ),
        (
            [("failed", "the loss is no longer a number", "diverged")] * 2
            + [("failed", "other"), ("interrupted", "")],
            "3 failed (2 times: the loss is no longer a number); 1 interrupted",
            "Try a lower learning_rate",
        ),
        ([("failed", "a"), ("failed", "b")], "2 failed (for example: a)", "kagglebot studies mine"),
        ([("pruned", "worse than the median")], "1 pruned (worse than the median)", "[pruner]"),
        ([("failed", ""), ("pruned", "")], "1 failed; 1 pruned", "Correct that in its definition"),
    ],
)
def test_why_no_trial_is_complete(ended: list[str | tuple[str, ...]], why: str, help: str) -> None:
    rows = [(each,) if isinstance(each, str) else each for each in ended]
    trials = tuple(
        TrialResult(number, state, reason="".join(rest[:1]), failure_kind="".join(rest[1:]))
        for number, (state, *rest) in enumerate(rows)
    )
    with pytest.raises(StudyError) as caught:
        StudySummary("mine", "digits-practice", "accuracy", "mlp", "", 200, trials).choose()
    assert caught.value.message == f"The study 'mine' has no complete trial for digits-practice: {why}."
    assert help in caught.value.hint


@pytest.mark.parametrize(
    ("share", "seconds", "help"),
    [
        (None, None, "or fewer epochs or smaller models in its definition."),
        (1.0, 90.0, "or fewer epochs or smaller models in its definition."),
        (0.0, None, "computed before the first epoch, once for all trials: kagglebot tune mine --timeout 600"),
        (
            0.4,
            100.0,
            "as 40% of the features are on disk and are not computed again: kagglebot tune mine --timeout 600",
        ),
        (0.1, 1000.0, "kagglebot tune mine --timeout 1800"),
    ],
)
def test_who_has_no_time_for_features_is_told_so(share: float | None, seconds: float | None, help: str) -> None:
    reason = "out of time while features were computed; what there is of them is kept"
    trial = TrialResult(0, "interrupted", reason=reason, features_share=share, features_seconds=seconds)
    error = StudySummary("mine", "photos", "accuracy", "pretrained", "", 200, (trial,)).none_complete()
    assert error.hint.endswith(help)


def test_trials_of_other_data_are_ranked_only_where_there_are_no_others() -> None:
    old = TrialResult(0, "complete", 0.99, made_with={"digest": "old"})
    new = TrialResult(1, "complete", 0.9, made_with={"digest": "new"})
    unknown = TrialResult(2, "complete", 0.8)  # of version 0.1
    for trials, best in (((old, new, unknown), 1), ((old,), 0), ((old, unknown), 2)):
        summary = StudySummary("mine", "digits", "accuracy", "mlp", "", 200, trials, digest="new")
        assert summary.top()[0].number == best
    assert StudySummary("mine", "digits", "accuracy", "mlp", "", 200, (old, new)).top()[0].number == 0


def test_another_seed_of_a_net_is_never_better_than_the_trial_that_it_repeats() -> None:
    values = ((0, 0.9, None), (1, 0.95, 0), (2, 0.8, None), (3, 0.7, 2), (4, 0.97, 9))
    trials = tuple(TrialResult(number, "complete", value, other_seed_of=of) for number, value, of in values)
    summary = StudySummary("mine", "digits", "accuracy", "mlp", "", 200, trials)
    assert [trial.number for trial in summary.top()] == [4, 0, 1, 2, 3]  # trial 9 is gone
    assert select_best(summary).trial.number == 0 and not select_best(summary).reason
