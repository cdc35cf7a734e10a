from typing import Any

import pytest

from kagglebot.models.registry import get_family
from kagglebot.training.files.oof_predictions import trial_key
from kagglebot.training.registry import split_settings
from kagglebot.training.settings_aliases import (
    ADDED,
    current_result,
    current_settings,
    renamed_settings,
    settings_of_0_1,
    under_both_names,
)

OLD = {"blocks": 1, "schedule": "steady", "averaging": 1.5, "least_steps": 16, "flip": False}
NEW = {
    "blocks": 1,
    "schedule": "constant",
    "warmup_steps": 200,
    "ema_epochs": 1.5,
    "min_steps_per_epoch": 16,
    "flip": False,
}


def test_names_of_0_1_become_todays_and_back() -> None:
    assert current_settings(OLD) == NEW
    assert list(current_settings(OLD)) == list(NEW)  # in the same order
    assert settings_of_0_1(NEW) == OLD
    assert current_settings(NEW) == NEW and settings_of_0_1(OLD) == OLD


def test_warm_up_steps_beside_the_old_schedule_win() -> None:
    for written in ({"schedule": "steady", "warmup_steps": 50}, {"warmup_steps": 50, "schedule": "steady"}):
        assert current_settings(written) == {"schedule": "constant", "warmup_steps": 50}


@pytest.mark.parametrize(
    ("settings", "old"),
    [
        ({"schedule": "constant", "warmup_steps": 0}, {"schedule": "constant"}),
        ({"schedule": "onecycle", "warmup_steps": 0}, {"schedule": "onecycle"}),
        ({"learning_rate": 0.1}, {"learning_rate": 0.1}),
    ],
)
def test_without_warm_up_nothing_is_added(settings: dict[str, Any], old: dict[str, Any]) -> None:
    assert settings_of_0_1(settings) == old


@pytest.mark.parametrize(
    "settings", [{"schedule": "cosine", "warmup_steps": 200}, {"schedule": "constant", "warmup_steps": 50}]
)
def test_a_warm_up_that_0_1_did_not_know_has_a_key_of_its_own(settings: dict[str, Any]) -> None:
    assert settings_of_0_1(settings) == settings
    assert trial_key(settings, 0, "digest") != trial_key(settings | {"warmup_steps": 0}, 0, "digest")


@pytest.mark.parametrize(("name", "value"), ADDED.items())
def test_an_added_setting_at_its_default_changes_no_key(name: str, value: Any) -> None:
    assert any(getattr(each, name, None) == value for each in split_settings(get_family("cnn"), {}))
    key = trial_key({"filters": 4}, 3, "digest")
    assert trial_key({"filters": 4, name: value}, 3, "digest") == key
    assert trial_key({"filters": 4, name: "another"}, 3, "digest") != key


def test_a_trial_has_the_key_that_0_1_gave_it() -> None:
    assert trial_key(NEW, 3, "digest") == trial_key(OLD, 3, "digest")
    # What 0.1 wrote beside the predictions of a trial with these settings.
    assert trial_key(NEW, 3, "digest") == "75f2b1d9a5bfa37d"


def test_both_names_of_a_setting_have_its_value() -> None:
    assert under_both_names(NEW) == NEW | {"averaging": 1.5, "least_steps": 16}
    assert under_both_names({"blocks": 1}) == {"blocks": 1}


def test_results_are_read_under_todays_names() -> None:
    stored = {"views": True, "views_score": 0.9, "weights": 770, "plain_score": 0.8}
    assert current_result(stored) == {"tta": True, "tta_score": 0.9, "parameter_count": 770, "plain_score": 0.8}


def test_a_net_is_trained_alike_under_either_names() -> None:
    assert split_settings(get_family("cnn"), OLD) == split_settings(get_family("cnn"), NEW)


def test_what_is_written_as_in_0_1_is_named() -> None:
    assert renamed_settings(OLD) == [
        "averaging is ema_epochs",
        "least_steps is min_steps_per_epoch",
        "the schedule steady is constant with warmup_steps = 200",
    ]
    assert renamed_settings(NEW) == []
