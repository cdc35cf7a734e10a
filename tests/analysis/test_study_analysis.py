import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from finished_studies import make_study

from kagglebot.analysis.build_analysis import analyse_study, build_analysis
from kagglebot.analysis.marginals import find_marginals
from kagglebot.analysis.study_summary import StudySummary
from kagglebot.analysis.trial_result import TrialResult
from kagglebot.study_config.space import Dimension
from kagglebot.training.files.oof_predictions import OofPredictions, oof_path, save_oof
from kagglebot.workspace import Workspace


def complete(number: int, value: float, **params: object) -> TrialResult:
    return TrialResult(
        number,
        "complete",
        value,
        params={"filters": 8 + number, **params},
        curve=(value,),
        epochs=1,
        family="cnn",
    )


def study(*trials: TrialResult, **more: object) -> StudySummary:
    return StudySummary("net", "digits", "accuracy", "cnn", "", 400, trials, **more)  # type: ignore[arg-type]


def test_the_best_is_compared_with_defaults_next_median_and_first() -> None:
    trials = [complete(0, 0.90), complete(1, 0.95), complete(2, 0.94), complete(3, 0.80)]
    found = build_analysis(study(*trials, defaults={"filters": 16}))
    (setting,) = found.settings
    assert (setting.name, setting.value, setting.default, setting.differs) == ("filters", 9, 16, True)
    significance = found.significance
    assert significance is not None and significance.error == pytest.approx((0.95 * 0.05 / 400) ** 0.5)
    assert significance.within == (2,) and significance.significant is False
    assert [significance.lead, significance.over_median, significance.over_first] == pytest.approx(
        [0.01, 0.03, 0.05]
    )
    assert found.history == ((0, 0.90), (1, 0.95))


def test_lower_is_better_where_the_metric_says_so() -> None:
    losses = replace(study(complete(0, 0.9), complete(1, 0.2), complete(2, 0.3)), metric="log_loss")
    found = build_analysis(losses, error=0.05)
    assert found.significance is not None and found.significance.lead == pytest.approx(0.1)
    assert found.significance.within == () and found.significance.significant is True
    assert found.history == ((0, 0.9), (1, 0.2))
    unknown = build_analysis(losses).significance
    assert unknown is not None and unknown.error is None and unknown.significant is None


def test_with_groups_the_error_is_of_the_predictions_or_stored_and_never_of_rows() -> None:
    trial = replace(complete(0, 0.95), score_error=0.04)
    grouped = study(trial, complete(1, 0.92), validation_groups=20)
    for error, found in ((0.02, 0.02), (None, 0.04)):
        significance = build_analysis(grouped, error=error).significance
        assert significance is not None and (significance.error, significance.groups) == (found, 20)
        assert significance.within == ((1,) if found == 0.04 else ())
    early = build_analysis(study(replace(trial, score_error=None), validation_groups=20)).significance
    assert early is not None and early.error is None


def test_equal_settings_count_once() -> None:
    first, again = complete(0, 0.95), replace(complete(1, 0.95), params={"filters": 8})
    significance = build_analysis(study(first, again, complete(2, 0.90))).significance
    assert significance is not None and significance.within == () and significance.lead == pytest.approx(0.05)


def test_pruned_trials_that_were_ahead_of_the_best_are_listed() -> None:
    best = TrialResult(0, "complete", 0.9, curve=(0.5, 0.7, 0.9), epochs=3, planned=3, seconds=30)
    behind = TrialResult(1, "pruned", curve=(0.4,), planned=4, seconds=10)
    ahead = TrialResult(2, "pruned", curve=(0.4, 0.8), planned=4, seconds=20)
    pruning = build_analysis(study(best, behind, ahead, pruner="median")).pruning
    assert pruning.ahead == (2,)
    assert (pruning.trials, pruning.epochs_run, pruning.epochs_planned) == (2, 3, 8)
    assert pruning.saved_seconds == pytest.approx(30 + 20)
    assert pruning.share == pytest.approx(50 / 110)


def test_a_trial_that_was_pruned_within_its_first_epoch_has_saved_the_others() -> None:
    best = TrialResult(0, "complete", 0.9, curve=(0.5, 0.9), epochs=2, planned=2, seconds=20)
    within = TrialResult(1, "pruned", planned=4, seconds=5, part=0.5)
    repeated = TrialResult(2, "pruned", reason="same settings as trial 1")
    found = build_analysis(study(best, within, repeated, pruner="median"))
    assert (found.pruning.trials, found.pruning.epochs_run, found.pruning.epochs_planned) == (1, 0, 4)
    assert found.pruning.saved_seconds == pytest.approx(35) and found.typical_pruned is None
    assert found.pruning.ahead == ()


def test_a_continued_trial_is_not_compared_with_its_own_start() -> None:
    began = complete(0, 0.94)
    went_on = replace(complete(2, 0.95), params={"filters": 8, "epochs": 40}, continues=0)
    significance = build_analysis(study(began, complete(1, 0.90), went_on)).significance
    assert significance is not None and significance.within == () and significance.next_best == 1


def test_a_continued_trial_is_found_by_number_where_others_are_missing() -> None:
    began = complete(2, 0.94)
    went_on = replace(complete(3, 0.95), params={"filters": 8, "epochs": 40}, continues=2)
    significance = build_analysis(study(complete(0, 0.90), began, went_on)).significance
    assert significance is not None and significance.within == () and significance.next_best == 0


def test_failures_are_counted_by_reason() -> None:
    failed = [TrialResult(n, "failed", reason="out of memory" if n else "no number") for n in range(3)]
    assert build_analysis(study(*failed)).failures == (("out of memory", 2), ("no number", 1))


def test_failures_of_a_kind_are_counted_together_whatever_their_reason() -> None:
    failed = [
        TrialResult(0, "failed", reason="the loss is no longer a number", failure_kind="diverged"),
        TrialResult(1, "failed", reason="blocks: 6 is too deep"),
        TrialResult(2, "failed", reason="the predictions are no longer numbers", failure_kind="diverged"),
    ]
    (reason, count), other = build_analysis(study(*failed)).failures
    assert reason.endswith("no longer numbers") and count == 2
    assert other == ("blocks: 6 is too deep", 1)


def test_marginals_of_depth_width_and_epochs_come_first() -> None:
    trials = [complete(n, 0.9 + n / 200, blocks=1 + n % 2, epochs=5, kernel=3 + 2 * (n % 2)) for n in range(8)]
    pruned = TrialResult(8, "pruned", params={"blocks": 1, "filters": 9}, curve=(0.5,))
    blocks, filters, kernel = find_marginals(study(*trials, pruned))  # epochs never differ
    assert (blocks.name, filters.name, kernel.name) == ("blocks", "filters", "kernel")
    one, two = blocks.bins
    assert (one.low, len(one.trials), one.pruned, one.best, one.median) == (1, 4, 1, 0.93, pytest.approx(0.915))
    assert (two.best, two.pruned) == (pytest.approx(0.935), 0)
    assert len(filters.bins) == 4  # eight widths, two to a range
    assert (filters.bins[0].low, filters.bins[0].high) == (8, 9)
    assert sum(len(each.trials) for each in filters.bins) == 8


def recommendations(summary: StudySummary, **more: object) -> list[str]:
    return [f"{each.reason} {each.command}" for each in build_analysis(summary, **more).recommendations]  # type: ignore[arg-type]


def many(best: int = 3, **more: object) -> StudySummary:
    return study(*(complete(n, 0.99 if n == best else 0.8) for n in range(24)), **more)


def test_without_a_complete_trial_more_trials_are_recommended() -> None:
    assert recommendations(study(TrialResult(0, "running"))) == [
        "No trial is complete yet. kagglebot tune net --trials 10"
    ]


def test_the_best_trial_is_recommended_for_submission() -> None:
    lucky, best = (
        replace(complete(number, value), score_error=0.02, log_loss=loss)
        for number, value, loss in ((0, 0.95, 0.3), (1, 0.94, 0.2))
    )
    for submitted, again in (("trial 1", False), ("trial 0", True)):
        analysis = build_analysis(study(lucky, best), submitted={submitted})
        commands = [each.command for each in analysis.recommendations]
        assert ("kagglebot submit net --best" in commands) == again


def test_more_trials_for_a_new_study_and_submission_for_an_old_one() -> None:
    assert "kagglebot tune net --trials 20" in recommendations(study(complete(0, 0.9)))[0]
    assert recommendations(many())[0].endswith("kagglebot submit net --best")
    assert recommendations(many(), submitted={"trial 3"}) == []
    assert "came late" in recommendations(many(best=22))[0]


def test_commands_name_the_competition_where_there_are_several() -> None:
    (step,) = build_analysis(many(), option=" --competition signs").recommendations
    assert step.command == "kagglebot submit net --best --competition signs"


def test_an_ensemble_of_trials_that_do_not_differ_significantly() -> None:
    near = study(*(complete(n, 0.9) for n in range(24)))
    (why,) = (each for each in recommendations(near, submitted={"trial 0"}) if "--ensemble" in each)
    assert "23 other trials are not significantly worse than the best" in why
    assert not any("--ensemble" in each for each in recommendations(near, submitted={"trial 0", "ensemble 5"}))


RATE = Dimension(low=0.001, high=0.02, log=True)


@pytest.mark.parametrize(
    ("name", "value", "dimension", "told"),
    [
        ("filters", 32, Dimension(low=8, high=32, step=4), "filters = 32 (try high = 44)"),
        ("learning_rate", 0.02, RATE, "learning_rate = 0.02 (try high = 0.04)"),
        ("learning_rate", 0.001, RATE, "learning_rate = 0.001 (try low = 0.0005)"),
        ("filters", 16, Dimension(low=8, high=32, step=4), None),
        ("dropout", 0.0, Dimension(low=0.0, high=0.4), None),  # no net drops less than nothing
        ("blocks", 3, Dimension(low=1, high=3), None),  # the images carry no more
        ("optimizer", "sgd", Dimension(choices=("adam", "sgd")), None),
    ],
)
def test_a_wider_range_where_the_best_is_at_the_end_of_an_important_one(
    name: str, value: object, dimension: Dimension, told: str | None
) -> None:
    trials = [replace(complete(n, 0.9), params={name: value if n == 0 else 0, "n": n}) for n in range(24)]
    summary = study(*trials, space={name: dimension}, importances={name: 0.8, "n": 0.2})
    limits, submitted = {"blocks": 3}, {"trial 0", "ensemble 5"}
    found = recommendations(summary, submitted=submitted, limits=limits)
    if told is None:
        assert found == []
    else:
        assert told in found[0] and "): widen [space] in studies/net.toml. kagglebot tune net" in found[0]
        (copied,) = recommendations(summary, submitted=submitted, limits=limits, shipped=True)
        assert "): copy the shipped definition with `kagglebot init --study net`, then widen [space] in" in copied
        assert not recommendations(replace(summary, importances={name: 0.1, "n": 0.9}), submitted=submitted)


def test_a_pruner_that_never_prunes() -> None:
    for shipped, copied in (
        (False, ""),
        (True, "copy the shipped definition with `kagglebot init --study net`, then "),
    ):
        (found,) = (each for each in recommendations(many(pruner="median"), shipped=shipped) if "pruned" in each)
        assert "pruned none of 24 trials: to save time, " + copied + "lower warmup_epochs" in found
    assert not any("pruned none" in each for each in recommendations(many(pruner="none")))


def test_many_failures_come_first() -> None:
    trials = [complete(0, 0.9), *(TrialResult(n, "failed", reason="out of memory") for n in (1, 2, 3))]
    assert recommendations(study(*trials))[0].startswith("3 of 4 trials failed")


def test_a_study_is_analysed_with_its_out_of_fold_predictions(studied: Path) -> None:
    analysis = Workspace(studied).analysis("net")
    summary, confusion = analysis.summary, analysis.confusion
    assert summary.best is not None and confusion is not None
    assert confusion.trial == summary.best.number
    assert confusion.wrong == round((1 - (summary.best.value or 0)) * 600)
    assert sum(summary.importances.values()) == pytest.approx(1)
    assert json.loads(json.dumps(analysis.to_json()))["significance"]["rows"] == 600
    elsewhere = analyse_study(summary, studied, studied / "data" / "digits-practice")
    assert elsewhere.confusion is None and "has no out-of-fold predictions" in elsewhere.no_confusion
    assert elsewhere.significance == analysis.significance


def test_the_rows_of_a_trial_that_was_cut_off_are_counted_by_its_predictions(
    tmp_path: Path, studied: Path
) -> None:
    shutil.copytree(studied, tmp_path, symlinks=True, dirs_exist_ok=True)
    whole = Workspace(tmp_path).analysis("net")
    assert whole.summary.best is not None and whole.significance is not None
    path = oof_path(tmp_path / "studies" / "digits-practice" / "net", whole.summary.best.number)
    with np.load(path) as kept:
        rows, probabilities, key = kept["rows"][:240], kept["probabilities"][:240], str(kept["key"])
    save_oof(path, OofPredictions(rows, probabilities), key)
    cut = Workspace(tmp_path).analysis("net")
    assert cut.confusion is not None and cut.significance is not None
    assert (cut.significance.rows, cut.confusion.rows, whole.significance.rows) == (240, 240, 600)
    assert cut.significance.lead is None and cut.significance.next_best == whole.significance.next_best


def test_a_copy_of_a_shipped_definition_is_told_where_the_workspace_has_none(
    tmp_path: Path, studied: Path
) -> None:
    shutil.copytree(studied, tmp_path, symlinks=True, dirs_exist_ok=True)
    own = tmp_path / "studies" / "cnn.toml"
    definition = (tmp_path / "studies" / "net.toml").read_text()
    own.write_text(definition.replace("low = 4, high = 24", "low = 2, high = 6"))  # the longest are the best
    make_study(tmp_path, "cnn", 20, np.random.default_rng(7))

    def widening() -> str:
        (found,) = (
            each.reason for each in Workspace(tmp_path).analysis("cnn").recommendations if "[space]" in each.reason
        )
        return found

    assert widening().endswith(": widen [space] in studies/cnn.toml.")
    own.unlink()
    assert "copy the shipped definition with `kagglebot init --study cnn`, then widen" in widening()
