"""The states of a trial's nets that are taken while it trains."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import optuna
from counted_net import CountedNet
from trial_context import trial_context

from kagglebot.metrics.registry import get_metric
from kagglebot.search.trial.fit.callback import TrialCallback
from kagglebot.search.trial.promotion import Start
from kagglebot.training.curve import Curve
from kagglebot.training.plan import TrainingPlan


def trial_callback(folder: Path, *, folds: int, epochs: int) -> TrialCallback:
    study, dataset = optuna.create_study(direction="maximize"), SimpleNamespace(train_images=None)
    splits = [(np.arange(800), np.arange(350))] * folds
    context = trial_context(folder, study, "accuracy", splits, dataset=dataset)
    return TrialCallback(context, study.ask(), TrainingPlan(epochs))


def train(callback: TrialCallback, net: CountedNet, scores: tuple[float, ...], folder: Path) -> None:
    """Train a net on a fold, in which its epochs have these scores."""
    curve = Curve(get_metric("accuracy"))
    callback.split_began(net, Start(0, "key", folder / "running.npz"))
    for epoch, score in enumerate(scores, start=1):
        curve.scores.append(score)
        curve.seconds.append(1.0)
        net.epochs = epoch
        callback.epoch_ended(epoch, curve)


def test_an_epoch_that_scores_no_better_within_chance_is_chosen_and_a_worse_one_is_not(tmp_path: Path) -> None:
    callback, net = trial_callback(tmp_path, folds=1, epochs=5), CountedNet()
    train(callback, net, (0.5, 0.9, 0.895, 0.8), tmp_path)  # the standard error is 0.016
    states = callback.checkpoints
    assert states.chosen is not None and states.chosen.scores == (0.5, 0.9, 0.895)
    callback.split_ended()
    assert net.epochs == 3  # what it predicts now is of the chosen epoch
    assert states.end is not None and states.end.state == {"epochs": 4}


def test_in_each_fold_the_epoch_is_chosen_by_all_folds_so_far(tmp_path: Path) -> None:
    callback = trial_callback(tmp_path, folds=3, epochs=3)
    predicted = []
    for scores in ((0.5, 0.9, 0.6), (0.5, 0.7, 0.8)):
        net = CountedNet()
        train(callback, net, scores, tmp_path)
        callback.split_ended()
        predicted.append(net.epochs)
    assert predicted == [2, 2]  # alone, the second would choose its third epoch
    train(callback, CountedNet(), (0.9,), tmp_path)
    callback.end_in_time()  # before the third fold has come to its end
    states = callback.checkpoints
    assert states.chosen is not None and states.chosen.scores == (0.5, 0.7)  # of the second fold


def test_the_chosen_net_is_kept_with_the_statistics_that_it_predicts_with(tmp_path: Path) -> None:
    class Normalised(CountedNet):
        settled = False

        def state(self) -> dict[str, Any]:
            return {"epochs": self.epochs, "settled": self.settled}

        def settle(self, images: object, rows: np.ndarray) -> bool:
            assert len(rows) == 800  # those that it learned from
            self.settled = True
            return True

    callback, net = trial_callback(tmp_path, folds=1, epochs=3), Normalised()
    train(callback, net, (0.5, 0.9, 0.6), tmp_path)
    callback.split_ended()
    states = callback.checkpoints
    assert net.settled  # before it predicts
    assert states.chosen is not None and states.chosen.state == {"epochs": 2, "settled": True}
    assert states.end is not None and states.end.state == {"epochs": 3, "settled": False}  # it may learn on
