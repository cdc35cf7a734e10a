"""The shipped studies: those of the original notebook start with its own settings."""

from pathlib import Path

import optuna
import pytest

from kagglebot.models.cnn import CnnParameters
from kagglebot.models.registry import get_family
from kagglebot.study_config.load import load_definition
from kagglebot.study_config.schema import Definition
from kagglebot.study_config.space import BACKGROUND
from kagglebot.training.registry import split_settings

SEVEN = [
    (10, 10),
    (10, 20, 10),
    (10, 80, 240, 80, 10),
    (10, 20, 40, 80, 40, 20, 10),
    (10, 20, 40, 80, 160, 80, 40, 20, 10),
    (10, 80, 240, 960, 240, 80, 10),
    (10, 80, 240, 480, 960, 480, 240, 80, 10),
]


def shipped(name: str) -> Definition:
    return load_definition(Path("/nowhere"), name)


def first(name: str, number: int = 0) -> tuple:
    definition = shipped(name)
    settings = definition.settings(definition.enqueued()[number])
    return split_settings(get_family(definition.family), settings)


def test_the_seven_perceptrons_are_the_first_seven_trials_on_raw_pixels() -> None:
    for number, widths in enumerate(SEVEN):
        net, training = first("seed-mlp", number)
        assert net.widths == widths
        assert (training.preprocessing, training.optimizer, training.batch_size) == ("raw", "adam", 200)
    assert shipped("seed-mlp").validation.fraction == 0.3


def test_scaling_is_a_pair_of_trials() -> None:
    (raw, raw_training), (scaled, scaled_training) = first("seed-mlp", 2), first("seed-mlp", 7)
    assert raw == scaled
    assert (raw_training.preprocessing, scaled_training.preprocessing) == ("raw", "scale256")


def test_the_dense_net_comes_first_under_adam_then_under_sgd() -> None:
    net, training = first("seed-dense")
    assert net.widths == (1024, 512, 256, 128, 32)
    assert (training.optimizer, training.learning_rate, training.epochs) == ("adam", 1e-3, 20)
    assert (training.batch_size, training.preprocessing) == (500, "scale256")
    assert first("seed-dense", 1)[1].optimizer == "sgd"


@pytest.mark.parametrize(
    ("name", "blocks"),
    [
        ("seed-cnn2", [(2, 32, 5), (2, 64, 3)]),
        ("seed-cnn3", [(2, 32, 5), (2, 64, 3), (2, 128, 2)]),
        ("seed-epochs", [(2, 32, 5), (2, 64, 3), (2, 128, 2)]),
    ],
)
def test_the_seeds_cnns(name: str, blocks: list) -> None:
    net, training = first(name)
    assert isinstance(net, CnnParameters)
    assert [net.block(index) for index in range(net.blocks)] == blocks
    assert (net.head, net.dense_units, net.batch_norm) == ("dense", 256, False)
    assert (training.epochs, training.batch_size) == (10, 500)


def test_the_undone_step_searches_epochs_alone() -> None:
    definition = shipped("seed-epochs")
    assert list(definition.space) == ["epochs"]
    assert (definition.space["epochs"].low, definition.space["epochs"].high) == (1, 30)


def test_the_notebooks_recipe() -> None:
    net, training = first("seed-augmented")
    assert (net.dropout, net.head_dropout) == (0.25, 0.5)
    assert (training.rotation, training.zoom, training.shift) == (10.0, 0.1, 0.1)
    assert (training.optimizer, training.schedule, training.epochs) == ("rmsprop", "plateau", 30)


@pytest.mark.parametrize(("name", "family"), [("cnn", "cnn"), ("photo", "cnn")])
def test_nets_that_learn_from_augmented_images_predict_with_the_statistics_of_plain_ones(
    name: str, family: str
) -> None:
    assert shipped(name).of_family(family).defaults()["batch_statistics"] == "plain"


@pytest.mark.parametrize("name", ["cnn", "photo"])
def test_the_default_studies_average_two_nets(name: str) -> None:
    assert shipped(name).final.nets == 2


def test_the_default_study_gives_its_last_half_to_its_best_nets() -> None:
    promotion = shipped("cnn").promotion
    assert promotion is not None and promotion.last_share == 0.5


def test_the_study_for_photographs_weighs_classes_and_mirrors_what_lies_beyond_the_border() -> None:
    photo = shipped("photo")
    assert photo.space["class_weights"].when["imbalance"] == ">= 1.5"
    assert photo.of_family("finetuned").defaults()["border"] == "reflect"


def test_beside_images_on_paper_there_is_paper_and_beside_those_on_black_nothing_changes() -> None:
    black, paper = (shipped("cnn").given(BACKGROUND, each) for each in (0.0, 0.9))
    assert set(paper.space) - set(black.space) == {"border"}
    assert black.settings(black.enqueued()[0])["border"] == "zero"
    assert "border" not in paper.enqueued()[0]  # it is drawn, and there is one choice
    trial = optuna.create_study().ask()
    assert paper.settings(paper.suggest(trial, {})[1])["border"] == "reflect"


def test_the_cnns_for_photographs_mirror_what_lies_beyond_a_border_that_is_not_dark() -> None:
    black, bright = (shipped("photo").given(BACKGROUND, each) for each in (0.0, 0.4))
    assert set(bright.space) - set(black.space) == {"cnn.border"}
    study = optuna.create_study()
    for definition, border in ((black, "zero"), (bright, "reflect")):
        first = next(each for each in definition.enqueued() if each["family"] == "cnn")
        study.enqueue_trial(first)
        family, drawn = definition.suggest(study.ask(), {})
        assert (family, definition.of_family("cnn").settings(drawn)["border"]) == ("cnn", border)
