"""One trial and its final model, on data in memory."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import optuna
import pytest
import small_backbone
from trial_context import trial_context

from kagglebot.datasets.dataset import Dataset
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.datasets.schema import Schema
from kagglebot.metrics.registry import get_metric
from kagglebot.models.registry import known_families
from kagglebot.retraining.final_model import Recipe, model_path, train_final
from kagglebot.retraining.predict import model_rule, predict_test
from kagglebot.search.trial.objective import run_trial
from kagglebot.search.trial.outcome import TrialOutcome
from kagglebot.study_config.load import parse_definition
from kagglebot.training.files.oof_predictions import oof_path, read_oof, trial_key

CLASSES = ("cactus", "dune", "sky")
SHAPE = (12, 12, 3)
RULE = ImageRule((12, 12), "pad", 3)


@pytest.fixture(scope="module")
def _small_backbone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with small_backbone.small_backbone(tmp_path_factory.mktemp("weights")):
        yield


def coloured(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Images whose class is which of the three colours is bright."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count, dtype=np.int64) % 3
    images = rng.integers(0, 60, (count, *SHAPE)).astype(np.uint8)
    for row, label in enumerate(labels):
        images[row, :, :, label] += 150
    return images, labels


# What `pretrained` learns from such images is scored in tests/cli/whole_commands/test_pretrained.py.
@pytest.mark.usefixtures("_small_backbone")
@pytest.mark.parametrize("family", sorted(known_families().keys() - {"pretrained"}))
def test_every_family_learns_named_classes_from_colour_images(family: str, tmp_path: Path) -> None:
    images, labels = coloured(240, 0)
    hidden_images, hidden_labels = coloured(30, 1)
    facts = {"competition": "deserts", "layout": "folders", "id_column": "id", "target_column": "name"}
    schema = Schema(
        **facts,
        metric="log_loss",
        train_rows=240,
        test_rows=30,
        image_shape=(99, 99, 3),  # of the files; the study's rule decides what a net sees
        classes=CLASSES,
        digest="0",
    )
    dataset = Dataset(schema, images, labels, hidden_images, tuple(map(str, range(30))))
    text = f'family = "{family}"\n[fixed]\nepochs = 6\nbatch_size = 16\n'
    if family == "finetuned":
        text += f'backbone = "{small_backbone.NAME}"\nlearning_rate = 0.01\nbackbone_rate = 1.0\n'
    text += '[images]\nsize = 12\nfit = "pad"\nchannels = 3\n'
    definition = parse_definition(text.encode(), Path("mine.toml"), "mine")
    study = optuna.create_study(direction="minimize")
    context = trial_context(
        tmp_path,
        study,
        "log_loss",
        definition=definition,
        dataset=dataset,
        limits=known_families()[family].limits(SHAPE),
    )
    assert run_trial(context, study.ask()) is TrialOutcome.COMPLETE
    (trial,) = study.trials
    assert trial.value is not None and trial.value == min(trial.user_attrs["result"]["curve"]) < 0.2

    run, result = trial.user_attrs["run"], trial.user_attrs["result"]
    path = oof_path(tmp_path, 0)
    kept = read_oof(path, trial_key(run["settings"], run["seed"], "0", run.get("weights")), rows=240, classes=3)
    np.testing.assert_array_equal(kept.rows, context.splits[0][1])
    expected = result["tta_score"] if result["tta"] else result["plain_score"]
    adjusted = get_metric("log_loss").adjusted_score(labels[kept.rows], kept.probabilities)
    assert adjusted == pytest.approx(expected)
    assert result["plain_score"] == pytest.approx(result["curve"][result["epoch"] - 1], rel=1e-3)

    path = model_path(tmp_path, family, 0)
    recipe = Recipe(
        family=family,
        settings=trial.user_attrs["run"]["settings"],
        epochs=6,
        planned=6,
        curve=tuple(trial.user_attrs["result"]["curve"]),
        metric="log_loss",
        seed=0,
        digest="0",
        images=definition.images.rule,
    )
    train_final(dataset, recipe, path, about={})
    assert model_rule(path) == RULE
    chosen = predict_test(dataset, [path]).argmax(axis=1)
    assert [CLASSES[index] for index in chosen] == [CLASSES[label] for label in hidden_labels]


def test_a_net_that_takes_more_memory_than_there_is_fails_before_it_is_built(tmp_path: Path) -> None:
    images, labels = coloured(240, 0)
    definition = parse_definition(b'family = "cnn"\n', Path("mine.toml"), "mine")
    study = optuna.create_study(direction="minimize")
    context = trial_context(
        tmp_path,
        study,
        "log_loss",
        definition=definition,
        dataset=SimpleNamespace(
            train_images=images, train_labels=labels, schema=SimpleNamespace(classes=CLASSES, digest="0")
        ),
        memory=5e8,
    )
    assert run_trial(context, study.ask()) is TrialOutcome.FAILED
    result = study.trials[0].user_attrs["result"]
    assert result["kind"] == "out_of_memory" and "0.5 GB are free for a worker" in result["reason"]
