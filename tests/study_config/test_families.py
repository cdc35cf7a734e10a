import optuna
import pytest
from mixed_definition import MIXED, parse_mixed

from kagglebot.errors import StudyError
from kagglebot.study_config.schema import Definition


def test_each_family_has_the_shared_settings_and_its_own() -> None:
    definition = parse_mixed()
    assert list(definition.space) == [
        "family",
        "learning_rate",
        "label_smoothing",
        "dense.layers",
        "dense.units_2",
        "dense.epochs",
        "cnn.head",
        "cnn.dense_units",
        "cnn.epochs",
    ]
    dense, cnn = definition.of_family("dense"), definition.of_family("cnn")
    assert sorted(dense.space) == ["epochs", "layers", "learning_rate", "units_2"]
    assert (dense.space["epochs"].high, cnn.space["epochs"].high) == (8, 12)
    assert dense.fixed == {"schedule": "constant"} and cnn.fixed == {"schedule": "constant", "blocks": 2}
    assert (definition.defaults()["cnn.blocks"], definition.defaults()["dense.layers"]) == (2, 2)


def test_first_trials_and_settings_are_those_of_their_family() -> None:
    definition = parse_mixed().for_metric("accuracy")
    dense, cnn = definition.enqueued()
    assert dense == {"family": "dense", "learning_rate": 1e-3, "dense.layers": 1}
    assert cnn == {
        "family": "cnn",
        "learning_rate": 1e-3,
        "label_smoothing": 0.0,
        "cnn.head": "dense",
        "cnn.dense_units": 9,
        "cnn.epochs": 12,
    }
    settings = definition.settings(cnn)
    assert (settings["head"], settings["dense_units"], settings["blocks"]) == ("dense", 9, 2)
    assert "family" not in settings and "layers" not in settings
    assert "label_smoothing" not in parse_mixed().for_metric("log_loss").enqueued()[1]


def test_a_trial_is_drawn_from_the_space_of_its_family() -> None:
    definition, study = parse_mixed().for_metric("accuracy"), optuna.create_study()
    for family in ("cnn", "dense"):
        study.enqueue_trial({"family": family, "cnn.head": "pooling", "dense.layers": 2})
        trial = study.ask()
        drawn_family, drawn = definition.suggest(trial, {"dense.layers": 9})
        assert drawn_family == family and set(drawn) <= set(definition.of_family(family).space)
        assert sorted(trial.params) == sorted(definition.searched(trial.params))
    assert sorted(study.trials[1].params) == [
        "dense.epochs",
        "dense.layers",
        "dense.units_2",
        "family",
        "learning_rate",
    ]


def test_limits_of_the_images_hold_for_the_family_they_are_of() -> None:
    assert parse_mixed().limits((8, 8, 1)) == {"cnn.blocks": 3, "cnn.resolution": 8}


def test_a_stored_definition_is_the_same_study() -> None:
    definition = parse_mixed()
    again = Definition(**definition.model_dump(mode="json"))
    assert again == definition and again.digest() == definition.digest()


def test_a_list_of_one_family_is_that_family() -> None:
    alone = parse_mixed('family = ["cnn"]\n[space]\nfilters = { low = 8, high = 16 }\n')
    assert alone.family == "cnn" and list(alone.space) == ["filters"]
    assert alone.digest() == parse_mixed('family = "cnn"\n[space]\nfilters = { low = 8, high = 16 }\n').digest()


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"dense", "cnn"]', '"dense", "cnnn"]', "line 1: family: There is no model family 'cnnn'"),
        ('["dense", "cnn"]', "[]", "line 1: family: it is a name, or a list"),
        ('["dense", "cnn"]', '["dense", 3]', "line 1: family: it is a name, or a list"),
        ("blocks = 2", "layers = 2", "line 8: fixed.cnn.layers: there is no such parameter"),
        ("layers = { low = 1", "layers = { low = 0", "line 13: space.dense.layers: 0 cannot be used"),
        ("high = 2 }", "hihg = 2 }", "line 13: space.dense.layers.hihg: there is no such key"),
        ('when = { head = "dense" }', 'when = { layers = "2" }', "line 18: space.cnn.dense_units: its condition"),
        ('family = "cnn", metric', 'family = "cn", metric', "line 11: space.label_smoothing: .* the family 'cn'"),
        ('family = "cnn"\nhead', 'family = "cn"\nhead', "line 24: trials.1.family: it is none of the families"),
        ("dense_units = 9", "dense_units = 99", "line 26: trials.1.dense_units: 99 lies outside"),
        ("dense_units = 9", "layers = 1", "line 26: trials.1.layers: there is no such parameter"),
        ("[space]\n", '[space]\nfamily = { choices = ["cnn"] }\n', "line 10: space.family: it is searched as"),
        ("[space]\n", "[space]\ndropout = { low = 0, high = 1 }\n", "line 10: space.dropout: 1 cannot"),
        ("[space]\n", "[space]\nfilters = { low = 8, high = 9 }\n", "space.filters: .*family dense"),
    ],
)
def test_a_mistake_is_an_error_with_its_line(old: str, new: str, problem: str) -> None:
    assert old in MIXED
    with pytest.raises(StudyError, match=problem):
        parse_mixed(MIXED.replace(old, new, 1))
