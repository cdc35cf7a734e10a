import math
import pickle
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from kagglebot.metrics.log_loss import LOG_LOSS
from kagglebot.metrics.registry import get_metric
from kagglebot.models.registry import get_family
from kagglebot.training.curve import Curve
from kagglebot.training.fit import FitCallback, fit, fit_all
from kagglebot.training.learner import FailureKind, Learner, TrainingError
from kagglebot.training.plan import TrainingPlan
from kagglebot.training.registry import make_learner as new_learner
from kagglebot.training.settings import CommonSettings

RNG = np.random.default_rng(0)
LABELS = np.arange(160).astype(np.int64) % 2
IMAGES = (RNG.integers(0, 100, (160, 8, 8, 1)) + 120 * LABELS[:, None, None, None]).astype(np.uint8)
TRAIN, VALID = np.arange(0, 120), np.arange(120, 160)


def make_learner(**settings: object) -> Learner:
    small = {"blocks": 1, "convolutions": 1, "filters": 4, "batch_size": 16, "epochs": 3, "min_steps_per_epoch": 1}
    return new_learner(get_family("cnn"), small | settings, (8, 8, 1), 2, seed=0, pixel_moments=(100.0, 60.0))


class Recorder(FitCallback):
    def __init__(self, afford: float | None = None) -> None:
        self.epochs: list[int] = []
        self.estimates: list[float] = []
        self.shares: list[float] = []
        self._afford = afford

    def limit_epochs(self, done: float, planned: float, epoch_seconds: float) -> float:
        self.estimates.append(epoch_seconds)
        return planned if self._afford is None else self._afford

    def step_ended(self, epoch: int, share: float) -> None:
        self.shares.append(share)

    def epoch_ended(self, epoch: int, curve: Curve) -> None:
        self.epochs.append(epoch)


def run(learner: Learner, callback: FitCallback | None = None, plan: TrainingPlan | None = None) -> Curve:
    return fit(learner, IMAGES, LABELS, TRAIN, VALID, metric="accuracy", plan=plan, callback=callback)


def test_an_epoch_of_few_images_has_smaller_batches() -> None:
    assert make_learner(min_steps_per_epoch=1).steps(120) == 7
    assert make_learner(min_steps_per_epoch=20).steps(120) == 20
    assert make_learner(min_steps_per_epoch=500).steps(120) == 120


def test_validates_after_each_epoch() -> None:
    recorder = Recorder()
    curve = run(make_learner(), recorder)
    assert recorder.epochs == [1, 2, 3]
    assert len(curve.scores) == len(curve.seconds) == 3
    assert recorder.shares == pytest.approx([(step + 1) / 7 for step in range(7)] * 3)  # 120 rows, 16 a step


class InParts(Recorder):
    """Has each epoch validated in so many parts, and may stop after some of them."""

    def __init__(self, parts: int, stop_after: int = 0) -> None:
        super().__init__()
        self.ended: list[tuple[int, float]] = []
        self.stopped: tuple[dict[str, np.ndarray], Curve] | None = None
        self._parts, self._stop_after = parts, stop_after
        self._learner: Learner | None = None

    def stops(self, learner: Learner) -> "InParts":
        self._learner = learner
        return self

    def parts_of_epoch(self) -> int:
        return self._parts

    def part_ended(self, epoch: int, share: float, curve: Curve) -> None:
        self.ended.append((epoch, share))

    def can_go_on(self, curve: Curve) -> None:
        if self._learner is not None and len(curve.parts) == self._stop_after:
            self.stopped = self._learner.state() or {}, replace(curve, parts=list(curve.parts))
            raise KeyboardInterrupt


def test_a_long_epoch_is_validated_within_it_too() -> None:
    recorder = InParts(4)
    curve = run(make_learner(epochs=2, batch_size=15), recorder)  # eight steps
    assert recorder.ended == [(epoch, share) for epoch in (1, 2) for share in (0.25, 0.5, 0.75)]
    assert [part.epochs for part in curve.parts] == [0.25, 0.5, 0.75, 1.25, 1.5, 1.75]
    assert len(curve.scores) == len(curve.seconds) == 2
    one = InParts(1)
    run(make_learner(epochs=1), one)
    assert one.ended == []


@pytest.mark.parametrize(
    ("batch_size", "shares", "ends"), [(50, [0.5], [0.5]), (24, [0.4, 0.8], [0.375, 0.75]), (120, [], [])]
)
def test_of_few_steps_those_count_that_are_about_where_a_part_ends(
    batch_size: int, shares: list[float], ends: list[float]
) -> None:
    few = InParts(8)
    curve = run(make_learner(epochs=1, batch_size=batch_size), few)
    assert few.ended == [(1, share) for share in shares]
    assert [part.epochs for part in curve.parts] == ends


def test_a_training_that_is_cut_ends_where_it_would_be_validated_once() -> None:
    recorder = InParts(4)
    recorder._afford = 1.5
    curve = run(make_learner(epochs=9, batch_size=15), recorder, TrainingPlan(9))
    assert [part.epochs for part in curve.parts] == [0.25, 0.5, 0.75, 1.25] and len(curve.scores) == 2


NET = {"blocks": 1, "filters": 4, "dropout": 0.3, "rotation": 10.0}


@pytest.mark.parametrize(
    ("family", "settings"),
    [
        ("cnn", {**NET, "ema_epochs": 1.0, "batch_statistics": "plain"}),
        ("cnn", {**NET, "schedule": "plateau", "residual": True}),
        ("dense", {"layers": 1, "units_1": 8, "dropout": 0.3, "batch_norm": True}),
        ("mlp", {"layers": 1, "units_1": 8, "batch_size": 1}),
    ],
)
def test_validation_within_epochs_changes_nothing_that_is_learned(
    family: str, settings: dict[str, object]
) -> None:
    def trained(parts: int) -> tuple[dict[str, np.ndarray], Curve, np.ndarray]:
        small = {"batch_size": 16, "epochs": 2, **settings}
        learner = new_learner(get_family(family), small, (8, 8, 1), 2, seed=0, pixel_moments=(100.0, 60.0))
        curve = run(learner, InParts(parts))
        learner.settle(IMAGES, TRAIN)
        state = learner.state()
        assert state is not None
        return state, curve, learner.predict(IMAGES)

    plain, parted = trained(1), trained(4)
    assert len(parted[1].parts) == 6 and not plain[1].parts
    assert plain[0].keys() == parted[0].keys()
    assert all(np.array_equal(value, parted[0][name]) for name, value in plain[0].items())
    assert parted[1].scores == plain[1].scores
    np.testing.assert_array_equal(parted[2], plain[2])


def test_a_training_that_goes_on_does_not_repeat_what_was_validated() -> None:
    whole = run(make_learner(epochs=2, batch_size=15), InParts(4))
    stopping = make_learner(epochs=2, batch_size=15)
    stopped, going_on = InParts(4, stop_after=4).stops(stopping), InParts(4)
    with pytest.raises(KeyboardInterrupt):
        run(stopping, stopped)
    assert stopped.stopped is not None
    state, curve = stopped.stopped
    resumed = make_learner(epochs=2, batch_size=15)
    resumed.restore(state)
    after = fit(
        resumed, IMAGES, LABELS, TRAIN, VALID, metric="accuracy", plan=None, callback=going_on, before=curve
    )
    assert going_on.ended == [(2, 0.5), (2, 0.75)]
    assert after.parts == whole.parts and after.scores == whole.scores


def test_an_epochs_time_is_known_once_and_early() -> None:
    recorder = Recorder()
    run(make_learner(), recorder)
    assert len(recorder.estimates) == 1


@pytest.mark.parametrize(("afford", "steps"), [(2, 14), (1.5, 11)])
def test_a_shortened_training_ends_its_schedule_where_need_be_within_an_epoch(afford: float, steps: int) -> None:
    learner, plan, recorder = make_learner(epochs=9), TrainingPlan(9), Recorder(afford)
    curve = run(learner, recorder, plan)
    assert (plan.asked, plan.planned) == (9, 2)
    assert len(curve.scores) == 2 and len(recorder.shares) == steps
    assert (
        float(np.asarray(learner._optimizer._groups[0][-1].learning_rate)) < 0.1 * learner.settings.learning_rate
    )


def test_a_training_whose_loss_stalls_ends_there() -> None:
    settings = {"layers": 1, "units_1": 8, "batch_size": 16, "epochs": 50, "tolerance": 100.0, "patience": 3}
    learner = new_learner(get_family("mlp"), settings, (8, 8, 1), 2, seed=0, pixel_moments=(100.0, 60.0))
    recorder, plan = Recorder(), TrainingPlan(50)
    curve = run(learner, recorder, plan)
    assert len(curve.scores) == plan.planned == 4
    assert recorder.shares[-1] == 1.0


def test_a_loss_that_is_no_number_ends_the_training_with_a_reason() -> None:
    with pytest.raises(TrainingError, match="no longer a number") as caught:
        run(
            make_learner(
                optimizer="sgd",
                learning_rate=10.0,
                batch_norm=False,
                preprocessing="raw",
                convolutions=4,
                filters=64,
            )
        )
    assert caught.value.kind is FailureKind.DIVERGED


@pytest.mark.parametrize("statistics", ["augmented", "plain"])
def test_the_final_training_repeats_what_was_validated(statistics: str) -> None:
    """On the same rows, with the same seed, the final model is the validated one."""
    settings = {"batch_statistics": statistics, "rotation": 90.0}
    validated, final = make_learner(**settings), make_learner(**settings)
    curve = fit(validated, IMAGES, LABELS, np.arange(160), VALID, metric="accuracy")
    assert validated.settle(IMAGES, np.arange(160)) == (statistics == "plain")
    fit_all(final, IMAGES, LABELS, np.arange(len(LABELS)), epochs=3, plan=TrainingPlan(3), validated=curve)
    np.testing.assert_allclose(final.predict(IMAGES), validated.predict(IMAGES), atol=1e-5)


class Scripted:
    """Answers each epoch with another confidence in the truth."""

    parameter_count, finished = 1, False

    def __init__(self, confidences: list[float]) -> None:
        self.settings = CommonSettings(epochs=len(confidences))
        self.improved: list[bool] = []
        self._confidences = confidences

    def prepare(self, *arguments: object) -> None:
        pass

    def steps(self, rows: int) -> int:
        return 1

    def run_epoch(self, *arguments: object, on_step: Callable[[float], None] | None, **options: object) -> None:
        if on_step is not None:
            on_step(1.0)

    def epoch_ended(self, *, improved: bool) -> None:
        self.improved.append(improved)

    def settle(self, *arguments: object) -> None:
        pass

    def predict(self, images: np.ndarray, rows: np.ndarray) -> np.ndarray:
        right = self._confidences[len(self.improved)]
        return np.where(LABELS[rows, None] == np.arange(2), right, 1 - right).astype(np.float32)


def test_a_falling_log_loss_is_an_improvement_in_the_validated_training_and_in_the_final_one() -> None:
    """What the schedule "plateau" hears."""
    validated, final = Scripted([0.6, 0.7, 0.65, 0.8]), Scripted([0.6] * 4)
    curve = fit(validated, IMAGES, LABELS, TRAIN, VALID, metric="log_loss")
    assert curve.best == LOG_LOSS.adjusted_score(LABELS[VALID], Scripted([0.8]).predict(IMAGES, VALID))
    assert validated.improved == [True, True, False, True]
    fit_all(final, IMAGES, LABELS, np.arange(len(LABELS)), epochs=4, plan=TrainingPlan(4), validated=curve)
    assert final.improved == validated.improved


def test_an_epoch_is_scored_by_what_other_groups_decide() -> None:
    groups = np.arange(160) // 10
    labels, of_group = groups % 2, np.random.default_rng(1).random(16)  # only labels of its group could correct it

    class Dim(Scripted):
        def predict(self, images: np.ndarray, rows: np.ndarray) -> np.ndarray:
            said = of_group[groups[rows]]
            return np.stack([1 - said, said], axis=1).astype(np.float32)

    curve = fit(Dim([0.5]), IMAGES, labels, TRAIN, VALID, metric="kappa", groups=groups)
    probabilities, kappa = Dim([0.5]).predict(IMAGES, VALID), get_metric("kappa")
    assert curve.best == kappa.adjusted_score(labels[VALID], probabilities, groups[VALID])
    assert curve.best < kappa.adjusted_score(labels[VALID], probabilities)


def test_answers_that_are_no_numbers_end_the_training_with_a_reason() -> None:
    with pytest.raises(TrainingError, match="predictions are no longer numbers") as caught:
        fit(Scripted([0.6, math.nan]), IMAGES, LABELS, TRAIN, VALID, metric="accuracy")
    assert caught.value.kind is FailureKind.DIVERGED


def test_an_error_keeps_its_kind_on_the_way_from_a_worker_process() -> None:
    error = pickle.loads(pickle.dumps(TrainingError("memory ran out", "hint", FailureKind.OUT_OF_MEMORY)))
    assert (error.message, error.hint, error.kind) == ("memory ran out", "hint", FailureKind.OUT_OF_MEMORY)
