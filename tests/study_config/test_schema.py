from pathlib import Path

import pytest
from example_definition import TEXT, parse

from kagglebot.datasets.dataset import load_dataset
from kagglebot.study_config.definition_files import find_definitions
from kagglebot.study_config.load import load_definition
from kagglebot.study_config.set_and_fix import parse_restrictions
from kagglebot.study_config.space import IMBALANCE


def test_first_trials_are_filled_with_defaults_as_far_as_conditions_hold() -> None:
    definition = parse(TEXT.replace("high = 16, when", "high = 512, when"))
    assert definition.enqueued() == [
        {"filters": 8, "head": "pooling"},
        {"filters": 4, "head": "dense", "dense_units": 256},
    ]


def test_first_trials_outside_the_restrictions_of_a_search_are_left_out() -> None:
    definition = parse()
    restrictions = parse_restrictions(definition.space, ["filters=8,16"], [])
    assert definition.enqueued(restrictions) == [{"filters": 8, "head": "pooling"}]
    assert len(definition.enqueued()) == 2


@pytest.mark.parametrize("wanted", ['"accuracy"', '["kappa", "accuracy"]', '"!= log_loss"'])
def test_what_counts_under_one_metric_only_is_not_searched_under_another(wanted: str) -> None:
    text = TEXT.replace("when = {", f"when = {{ metric = {wanted},")
    definition = parse(text.replace('head = "dense"\nf', 'head = "dense"\ndense_units = 9\nf'))
    assert definition.for_metric("accuracy").space == parse().space
    assert definition.for_metric("accuracy").enqueued()[1] == {"filters": 4, "head": "dense", "dense_units": 9}
    other = definition.for_metric("log_loss")
    assert sorted(other.space) == ["filters", "head"]
    assert other.enqueued()[1] == {"filters": 4, "head": "dense"}
    assert other.settings({})["dense_units"] == 256
    assert definition.enqueued() == other.enqueued()  # where no metric is known, none is meant


def test_weights_of_classes_are_searched_where_classes_are_in_unequal_numbers() -> None:
    line = 'class_weights = { choices = ["none", "root"], when = { imbalance = ">= 1.5" } }\n'
    definition = parse(TEXT.replace("[space]\n", "[space]\n" + line))
    assert definition.given(IMBALANCE, 1.4).space == parse().space
    assert definition.given(IMBALANCE, 1.4).settings({})["class_weights"] == "none"
    searched = definition.given(IMBALANCE, 1.5)
    assert searched.space.keys() == {*parse().space, "class_weights"}
    assert searched.space["class_weights"].when == {}
    assert searched.enqueued()[0]["class_weights"] == "none"


def test_for_the_data_of_a_competition_every_condition_on_it_is_decided(digits_data: Path) -> None:
    lines = "".join(
        f"{name} = {{ choices = [0.0, 0.1], when = {{ {fact} }} }}\n"
        for name, fact in (
            ("shift", 'background = "< 0.5"'),
            ("zoom", 'background = ">= 0.5"'),
            ("rotation", 'imbalance = "< 1.5"'),
            ("shear", 'imbalance = ">= 1.5"'),
            ("erasing", 'metric = "accuracy"'),
            ("jitter", 'metric = "log_loss"'),
        )
    )
    definition = parse(TEXT.replace("[space]\n", "[space]\n" + lines)).for_dataset(load_dataset(digits_data))
    assert definition.space.keys() - parse().space.keys() == {
        "shift",
        "rotation",
        "erasing",
    }  # digits are on black
    assert all(definition.space[name].when == {} for name in ("shift", "rotation", "erasing"))


@pytest.mark.parametrize(("rows", "filters"), [(5000, [8, 4]), (5001, [4, 12])])
def test_first_trials_may_be_for_many_rows_or_for_few(rows: int, filters: list[int]) -> None:
    text = TEXT.replace("filters = 8\n", 'filters = 8\nrows = "<= 5000"\n')
    definition = parse(text + '[[trials]]\nfilters = 12\nrows = "> 5000"\n')
    assert [trial["filters"] for trial in definition.for_rows(rows).enqueued()] == filters
    assert definition.for_rows(5001).digest() != definition.for_rows(5000).digest()


def test_settings_are_defaults_then_fixed_then_drawn() -> None:
    settings = parse().settings({"filters": 12, "head": "pooling"})
    assert (settings["blocks"], settings["filters"], settings["kernel"]) == (2, 12, 3)


def test_names_and_budgets_do_not_change_a_study_but_the_space_does() -> None:
    digest = parse().digest()
    assert parse(TEXT.replace("for the tests", "renamed")).digest() == digest
    assert parse(TEXT.replace("high = 16 }\nhead", "high = 17 }\nhead")).digest() != digest


def test_labels_are_smoothed_where_answers_count_and_not_where_probabilities_do() -> None:
    definition = load_definition(Path("/nowhere"), "cnn")
    assert definition.for_metric("accuracy").enqueued()[0]["label_smoothing"] == 0.1
    for metric in ("log_loss", "auc"):
        assert "label_smoothing" not in definition.for_metric(metric).space
        assert definition.settings(definition.for_metric(metric).enqueued()[0])["label_smoothing"] == 0


def test_only_what_is_no_digit_may_be_mirrored() -> None:
    for name in find_definitions(Path("/nowhere")).keys() - {"photo"}:
        definition = load_definition(Path("/nowhere"), name)
        assert "flip" not in definition.space and not definition.defaults().get("flip")


OLD_NAMES = """\
family = "cnn"

[sampler]
nearness = 0.6

[fixed]
schedule = "steady"
averaging = 1.5
least_steps = 16

[space]
filters = { low = 4, high = 12, step = 4 }
weight_decay = { low = 1e-4, high = 1e-2, log = true, when = { averaging = "> 0", schedule = "steady" } }

[[trials]]
filters = 8
weight_decay = 1e-3
averaging = 1.5
"""


def test_names_of_0_1_are_the_same_study() -> None:
    old = parse(OLD_NAMES)
    text = OLD_NAMES.replace("nearness", "startup_prior").replace("least_steps", "min_steps_per_epoch")
    new = parse(
        text.replace("averaging", "ema_epochs")
        .replace('[fixed]\nschedule = "steady"', '[fixed]\nschedule = "constant"\nwarmup_steps = 200')
        .replace('schedule = "steady"', 'schedule = "constant"')
    )
    assert old.sampler.startup_prior == new.sampler.startup_prior == 0.6
    assert old.defaults() == new.defaults()
    assert old.defaults()["warmup_steps"] == 200
    assert "averaging" not in old.defaults()
    assert old.enqueued() == new.enqueued() == [{"filters": 8, "weight_decay": 1e-3}]
    assert old.settings({"filters": 4}) == new.settings({"filters": 4})
    plain = [
        parse(each.split("weight_decay")[0]) for each in (OLD_NAMES, OLD_NAMES.replace("averaging", "ema_epochs"))
    ]
    assert plain[0].digest() == plain[1].digest()


def test_a_parameter_searched_under_its_old_name_keeps_it_and_becomes_a_setting_of_today() -> None:
    old = parse("""\
family = "cnn"

[space]
schedule = { choices = ["steady", "cosine"] }
averaging = { low = 0.0, high = 2.0, when = { schedule = "steady" } }

[[trials]]
schedule = "steady"
averaging = 1.0
""")
    assert old.enqueued() == [{"schedule": "steady", "averaging": 1.0}]
    settings = old.settings({"schedule": "steady", "averaging": 0.5})
    assert (settings["schedule"], settings["warmup_steps"], settings["ema_epochs"]) == ("constant", 200, 0.5)
    settings = old.settings({"schedule": "cosine"})
    assert (settings["schedule"], settings["warmup_steps"], settings["ema_epochs"]) == ("cosine", 0, 0.0)


def test_trials_are_cut_to_what_the_images_allow() -> None:
    definition = parse("""\
family = ["finetuned", "cnn"]

[space.finetuned]
resolution = { low = 64, high = 224, step = 32 }

[space.cnn]
blocks = { low = 2, high = 5 }

[[trials]]
resolution = 160

[[trials]]
family = "cnn"
blocks = 4
""")
    within = definition.within(definition.limits((32, 32, 3)))
    assert [list(trial.values()) for trial in within.enqueued()] == [["finetuned", 128], ["cnn", 4]]
    assert within.space == definition.space
