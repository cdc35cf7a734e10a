"""Whole searches on the practice digits, with real worker processes."""

import math
import multiprocessing
import os
import shutil
import signal
import time
from dataclasses import replace
from pathlib import Path

import optuna
import pytest
from example_definition import THREE_RATES, parse
from fake_driver import T4, install_driver
from optuna.trial import TrialState

from kagglebot.analysis.load import read_summary
from kagglebot.analysis.study_summary import StudySummary
from kagglebot.callbacks.events import Emit, EpochEnded, Event, Note, SearchStarted, TrialEnded, TrialStarted
from kagglebot.datasets.schema import read_schema, save_schema
from kagglebot.errors import DataError, StudyError
from kagglebot.metrics.registry import get_metric
from kagglebot.paths import StudyLocation
from kagglebot.search import tune as tune_module
from kagglebot.search.storage.attributes import RUN
from kagglebot.search.storage.journal import open_storage
from kagglebot.search.storage.optuna_study import open_study
from kagglebot.search.trial.context import SearchContext
from kagglebot.search.tune import TuneStopped, tune
from kagglebot.search.worker_count import Workers
from kagglebot.search.workers.pool import WorkerPool
from kagglebot.training.machine import cards as training_cards

TEXT = """\
family = "mlp"
[space]
units_1 = { low = 16, high = 64 }
learning_rate = { low = 1e-3, high = 1e-2, log = true }
[fixed]
layers = 1
epochs = 2
batch_size = 64
[pruner]
name = "none"
[[trials]]
units_1 = 32
learning_rate = 5e-3
"""

#: A net that some parameters make impossible.
NET_TEXT = """\
family = "cnn"
[space]
filters = { low = 4, high = 8 }
[fixed]
blocks = 2
convolutions = 1
epochs = 2
[pruner]
name = "none"
[[trials]]
filters = 6
"""

#: The rate decides which trial is good: at 1e-7 a net stays at chance, a log loss of ln 10.
METRIC_TEXT = f"""\
{THREE_RATES}
[pruner]
name = "median"
startup_trials = 1
warmup_epochs = 0
"""


def summarise(location: StudyLocation) -> StudySummary:
    return read_summary(location, rows=1200)


def search(location: StudyLocation, data: Path, text: str = TEXT, **options: object) -> list[Event]:
    events: list[Event] = []
    options = {"trials": 1, "timeout_seconds": None, "jobs": 1, **options}
    tune(location, parse(text), data, on_event=events.append, **options)
    return events


def test_runs_just_so_many_more_trials_as_an_uninterrupted_search_would(
    location: StudyLocation, tmp_path: Path, digits_data: Path
) -> None:
    events = search(location, digits_data, trials=2)
    assert [type(event) for event in events if isinstance(event, TrialStarted | EpochEnded | TrialEnded)] == [
        *(TrialStarted, EpochEnded, EpochEnded, TrialEnded) * 2
    ]
    search(location, digits_data, trials=1)
    summary = summarise(location)
    assert [trial.state for trial in summary.trials] == ["complete"] * 3
    assert dict(summary.trials[0].params) == {"units_1": 32, "learning_rate": 5e-3}  # the enqueued one
    best = summary.best
    assert best is not None and best.epochs is not None and best.parameter_count
    assert best.value == max(best.curve) == best.curve[best.epochs - 1]
    assert best.settings["layers"] == 1
    assert summary.seconds > 0

    search(uninterrupted := StudyLocation("digits", "mine", tmp_path / "uninterrupted"), digits_data, trials=3)
    assert [dict(trial.params) for trial in summarise(uninterrupted).trials] == [
        dict(trial.params) for trial in summary.trials
    ]


def test_two_workers_share_the_trials(location: StudyLocation, digits_data: Path) -> None:
    events = search(location, digits_data, trials=4, jobs=2)
    assert {event.worker for event in events if isinstance(event, TrialStarted)} == {0, 1}
    summary = summarise(location)
    assert summary.complete == 4
    assert len({tuple(trial.params.items()) for trial in summary.trials}) == 4


def test_a_worker_whose_memory_has_grown_makes_room_for_another(
    location: StudyLocation, digits_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kagglebot.search.workers.local_pool.GROWTH_BYTES", -1)
    search(location, digits_data, trials=2)
    study, _ = open_study(location, parse(TEXT), get_metric("accuracy"))
    assert [trial.state for trial in study.trials] == [TrialState.COMPLETE] * 2
    assert len({trial.user_attrs[RUN]["lock"] for trial in study.trials}) == 2  # each process has its own


def test_ends_in_time_with_a_usable_best(location: StudyLocation, digits_data: Path) -> None:
    slow = TEXT.replace("epochs = 2", "epochs = 5000").replace("batch_size = 64", "batch_size = 16")
    search(location, digits_data, slow, trials=None, timeout_seconds=10)
    summary = summarise(location)
    assert summary.running == 0
    # Far from chance, on a slow machine too.
    assert summary.best is not None and summary.best.value is not None and summary.best.value > 0.4
    assert summary.best.planned is not None and summary.best.planned < 5000


def test_a_search_in_which_no_trial_ended_says_so(location: StudyLocation, digits_data: Path) -> None:
    def said(**options: object) -> str:
        events = search(location, digits_data, **options)
        return " ".join(event.text for event in events if isinstance(event, Note))

    assert said(timeout_seconds=60) == ""  # one trial
    assert "No trial began within 0.2 s, as no worker was ready" in said(timeout_seconds=0.2, trials=None)


def test_trials_behind_the_others_are_pruned(location: StudyLocation, digits_data: Path) -> None:
    text = TEXT.replace('name = "none"', 'name = "median"\nstartup_trials = 1\nwarmup_epochs = 0')
    text = text.replace("epochs = 2", "epochs = 4").replace("high = 1e-2", "high = 1.0")
    text += "[[trials]]\nunits_1 = 16\nlearning_rate = 0.9\n"
    search(location, digits_data, text, trials=2)
    pruned = summarise(location).trials[1]
    assert pruned.state == "pruned"
    assert pruned.epochs_run < 4
    assert "behind" in pruned.reason
    assert summarise(location).saved_seconds > 0


def test_an_impossible_net_fails_by_its_parameter_and_the_study_goes_on(
    location: StudyLocation, digits_data: Path
) -> None:
    text = NET_TEXT.replace("blocks = 2\n", "").replace("[fixed]", "blocks = { low = 2, high = 6 }\n[fixed]")
    text = text.replace("filters = 6\n", "filters = 6\nblocks = 6\n") + "[[trials]]\nfilters = 5\nblocks = 2\n"
    search(location, digits_data, text, trials=2)
    failed, complete = summarise(location).trials
    assert (failed.state, complete.state) == ("failed", "complete")
    assert "blocks" in failed.reason


def test_the_same_settings_are_not_trained_twice(location: StudyLocation, digits_data: Path) -> None:
    text = TEXT[: TEXT.index("[space]")] + "[space]\nunits_1 = { low = 4, high = 5 }\n"
    text += TEXT[TEXT.index("[fixed]") : TEXT.index("[[trials]]")]
    events = search(location, digits_data, text, trials=5)
    assert any(isinstance(event, Note) and "has been tried" in event.text for event in events)
    trained = [trial for trial in summarise(location).trials if trial.seconds > 0]
    assert sorted(trial.params["units_1"] for trial in trained) == [4, 5]


def test_a_killed_workers_trial_runs_again_once(location: StudyLocation, digits_data: Path) -> None:
    """Killed without a word in the middle of a trial: another worker takes its settings up."""
    killed: list[int] = []

    def kill_once(event: Event) -> None:
        if isinstance(event, EpochEnded) and not killed:
            import psutil

            for child in psutil.Process().children():
                if "spawn_main" in " ".join(child.cmdline()):
                    killed.append(child.pid)
                    child.send_signal(signal.SIGKILL)

    text = TEXT.replace("epochs = 2", "epochs = 60")  # it is dead before they end
    tune(location, parse(text), digits_data, trials=1, timeout_seconds=None, jobs=1, on_event=kill_once)
    assert killed
    summary = summarise(location)
    assert [trial.state for trial in summary.trials] == ["interrupted", "complete"]
    assert dict(summary.trials[0].params) == dict(summary.trials[1].params)


@pytest.mark.parametrize("signals", [[signal.SIGINT], [signal.SIGTERM, signal.SIGTERM]])  # twice, as by `timeout`
def test_stopped_by_the_user_nothing_finished_is_lost(
    signals: list[signal.Signals], location: StudyLocation, digits_data: Path
) -> None:
    text = TEXT.replace("epochs = 2", "epochs = 5000")
    sent: list[signal.Signals] = []

    def stop(event: Event) -> None:
        if isinstance(event, EpochEnded) and not sent:
            sent.extend(signals)
            for number in signals:
                os.kill(os.getpid(), number)

    with pytest.raises(TuneStopped):
        tune(location, parse(text), digits_data, trials=3, timeout_seconds=None, jobs=1, on_event=stop)
    summary = summarise(location)
    assert [trial.state for trial in summary.trials] == ["interrupted", "waiting"]
    assert summary.trials[0].reason == "stopped by the user"
    assert dict(summary.trials[1].params) == {}  # not taken up yet
    assert summary.running == 0


def test_a_second_ctrl_c_kills_the_workers_and_their_trial_runs_again_another_time(
    location: StudyLocation, digits_data: Path
) -> None:
    signalled: list[float] = []

    def stop_twice(event: Event) -> None:
        if isinstance(event, EpochEnded) and not signalled:
            signalled.append(time.monotonic())
            for worker in multiprocessing.active_children():
                os.kill(worker.pid or 0, signal.SIGSTOP)  # it cannot end by itself before the second Ctrl-C
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)

    text = TEXT.replace("epochs = 2", "epochs = 5000")
    with pytest.raises(TuneStopped):
        tune(location, parse(text), digits_data, trials=3, timeout_seconds=None, jobs=1, on_event=stop_twice)
    summary = summarise(location)
    assert [trial.state for trial in summary.trials] == ["interrupted", "waiting"]
    assert summary.trials[0].reason == "its process was killed"
    assert summary.running == 0


def test_an_incompatible_change_of_the_definition_is_told_and_a_wider_range_is_not(
    location: StudyLocation, digits_data: Path
) -> None:
    study, _ = open_study(location, parse(TEXT), get_metric("accuracy"))
    study.tell(study.ask(), 0.1)
    with pytest.raises(StudyError, match="fixed settings") as caught:
        search(location, digits_data, TEXT.replace("layers = 1", "layers = 2"))
    assert "Copy the new definition" in caught.value.hint
    events = search(location, digits_data, TEXT.replace("high = 64", "high = 65"))
    assert any(isinstance(event, Note) and "changed" in event.text for event in events)
    assert summarise(location).complete == 2


def test_folds_score_every_row_once_and_their_mean_decides(location: StudyLocation, digits_data: Path) -> None:
    text = TEXT + "[validation]\nfolds = 3\n"
    events = search(location, digits_data, text.replace("[[trials]]\nunits_1 = 32\nlearning_rate = 5e-3\n", ""))
    scores = [event.score for event in events if isinstance(event, EpochEnded)]
    assert len(scores) == 3 * 2
    summary = summarise(location)
    (trial,) = summary.trials
    means = [sum(scores[epoch::2]) / 3 for epoch in range(2)]
    assert trial.curve == pytest.approx(means)
    assert trial.value == pytest.approx(max(means))
    assert summary.validation_rows == 1200
    assert "3 folds" in summary.validation


def scored_by(metric: str, digits: Path, folder: Path) -> Path:
    """The practice digits as they are when `fetch --metric` said so."""
    if not folder.exists():
        shutil.copytree(digits, folder)
    save_schema(folder, replace(read_schema(folder), metric=metric))
    return folder


@pytest.fixture
def log_loss_data(digits_data: Path, tmp_path: Path) -> Path:
    return scored_by("log_loss", digits_data, tmp_path / "digits")


def test_the_lowest_log_loss_is_the_best_and_the_worse_trial_is_pruned(
    location: StudyLocation, log_loss_data: Path
) -> None:
    events = search(location, log_loss_data, METRIC_TEXT, trials=3)
    assert events[0] == SearchStarted(
        get_metric("log_loss"), 3, study=location.study, competition=location.competition, folder=location.folder
    )
    summary = summarise(location)
    assert summary.metric == "log_loss"
    chance, good, behind = summary.trials
    assert [trial.state for trial in summary.trials] == ["complete", "complete", "pruned"]
    assert chance.value == pytest.approx(math.log(10), abs=0.5)
    assert behind.epochs_run < 3
    assert good.value == min(good.curve)
    assert good.value is not None and 0 < good.value < 0.7
    assert summary.best == good
    assert summary.top() == [good, chance]
    assert summary.to_json()["best"]["value"] == good.value
    study = optuna.load_study(study_name=location.key, storage=open_storage(location.folder))
    assert study.best_trial.number == good.number


@pytest.mark.parametrize("metric", ["log_loss", "macro_f1"])
def test_trials_scored_by_another_metric_end_the_study_and_stay(
    location: StudyLocation, digits_data: Path, tmp_path: Path, metric: str
) -> None:
    study, _ = open_study(location, parse(METRIC_TEXT), get_metric("accuracy"))
    study.tell(study.ask(), 0.9)
    with pytest.raises(StudyError, match=f"scored by accuracy, .* scored by {get_metric(metric).text}") as caught:
        search(location, scored_by(metric, digits_data, tmp_path / "digits"), METRIC_TEXT)
    assert "NEW-NAME" in caught.value.hint
    assert "fetch digits --metric accuracy" in caught.value.hint
    summary = summarise(location)
    assert (summary.metric, summary.complete) == ("accuracy", 1)


def test_what_cannot_be_validated_leaves_no_study(
    location: StudyLocation, digits_data: Path, tmp_path: Path
) -> None:
    one_row = METRIC_TEXT + "[validation]\nfraction = 0.0005\n"
    with pytest.raises(DataError, match="AUC needs two"):
        search(location, scored_by("auc", digits_data, tmp_path / "digits"), one_row)
    assert not location.folder.exists()


@pytest.mark.parametrize("elsewhere", [False, True], ids=["journal", "database"])
def test_a_folder_that_is_deleted_ends_the_search_with_one_sentence(
    elsewhere: bool, tmp_path: Path, digits_data: Path
) -> None:
    url = f"sqlite:///{tmp_path}/study.db" if elsewhere else None
    location = StudyLocation("digits", "mine", tmp_path / "study", url)

    def delete(event: Event) -> None:
        if isinstance(event, EpochEnded) and event.epoch == 2:
            shutil.rmtree(location.folder)

    options = {"timeout_seconds": None, "jobs": 1, "on_event": delete}
    with pytest.raises(StudyError, match=r"^The folder .*study was deleted or moved"):
        tune(location, parse(METRIC_TEXT.replace("epochs = 3", "epochs = 60")), digits_data, trials=9, **options)
    assert not multiprocessing.active_children()


class _IdlePool(WorkerPool):
    """Runs nothing."""

    def start(self) -> None:
        """Start nothing."""

    def is_working(self) -> bool:
        """Return that nothing runs."""
        return False

    listen = kill = close = start  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("found", "cards", "told"),
    [
        (1, ("GPU-0", "GPU-1"), []),
        (0, (), ["A GPU is idle, Tesla T4: TensorFlow finds no CUDA. Run: pip install"]),
    ],
)
def test_nets_are_trained_on_cards_and_an_idle_one_is_noted_once(
    found: int,
    cards: tuple[str, ...],
    told: list[str],
    location: StudyLocation,
    digits_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    install_driver(tmp_path, monkeypatch, T4, T4)
    monkeypatch.setattr(training_cards, "count_cards", lambda backend: found)
    pools: list[Workers | str | None] = []

    def make_pool(
        search: SearchContext, study: optuna.Study, trials: int, emit: Emit, where: Workers
    ) -> WorkerPool:
        pools.append(where)
        return _IdlePool(search, study, emit, multiprocessing.get_context("spawn").Event())

    monkeypatch.setattr(tune_module, "_make_pool", make_pool)
    events = search(location, digits_data, NET_TEXT, trials=2, jobs=2)
    (workers,) = pools
    assert isinstance(workers, Workers) and (workers.count, workers.cards) == (2, cards)
    notes = [event.text for event in events if isinstance(event, Note)]
    assert [note[: len(start)] for note, start in zip(notes, told, strict=True)] == told
    monkeypatch.setattr(training_cards, "count_cards", lambda backend: pytest.fail("the perceptron needs no card"))
    search(replace(location, study="other", folder=tmp_path / "other"), digits_data, TEXT)
