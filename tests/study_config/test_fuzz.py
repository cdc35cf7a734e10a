"""Odd study definitions and kagglebot.toml: either every trial of it can be drawn, or one sentence names the key.

The long form tries FUZZ_EXAMPLES of each, 2,000 unless told otherwise:

    pytest -m long tests/study_config/test_fuzz.py
"""

import datetime
import json
import os
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest
from bent_values import bent, leaves, nested
from example_definition import TEXT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kagglebot.config import read_settings
from kagglebot.errors import KagglebotError
from kagglebot.metrics.registry import get_metric
from kagglebot.models.registry import get_family
from kagglebot.search.sampling.pruners import make_pruner
from kagglebot.search.sampling.samplers import SpaceExhausted, make_sampler
from kagglebot.search.trial.study_splits import make_splits
from kagglebot.study_config.load import parse_definition
from kagglebot.study_config.schema import Definition
from kagglebot.study_config.space import suggest
from kagglebot.training.registry import split_settings

QUICK, LONG = 60, int(os.environ.get("FUZZ_EXAMPLES", "2000"))
LABELS = np.arange(60) % 3

SOUND = tomllib.loads(TEXT) | {
    "seed": 3,
    "images": {"size": 8, "fit": "pad", "channels": 1},
    "sampler": {"name": "random", "startup_trials": 2, "startup_prior": 0.5},
    "pruner": {"name": "median", "startup_trials": 1, "warmup_epochs": 1, "percentile": 25.0},
    "promotion": {"every": 2, "factor": 2.0},
    "budget": {"trials": 4, "timeout_seconds": 60.0},
}
SETTINGS = {
    "competition": "digits",
    "study": "cnn",
    "storage": "sqlite:///x.db",
    "jobs": 2,
    "backend": "auto",
    "callbacks": ["tensorboard"],
}

_KEYS = "low high step log choices when name seed filters é a.b epochs trials metric folds fraction size"
keys = st.sampled_from([*_KEYS.split(), "", "a b", "x" * 300, "__class__"])
dates = st.sampled_from([datetime.date(2026, 1, 1), datetime.datetime(2026, 1, 1), datetime.time(1, 2)])
values = nested(leaves | dates, keys)


def toml(value: Any) -> str:
    """Return a value as TOML writes it inline."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {toml(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else repr(value)


def document(tree: dict[str, Any]) -> str:
    return "".join(f"{json.dumps(key)} = {toml(value)}\n" for key, value in tree.items())


def refused(error: KagglebotError, name: str) -> None:
    """Check that a refusal is one sentence of bearable length that names the file, and has a hint."""
    assert name in error.message
    assert error.hint
    assert len(error.message) < 1000
    assert "Traceback" not in error.message


def check_definition(text: str) -> None:
    """Read a definition; where it is accepted, draw trials as a search does."""
    try:
        definition = parse_definition(text.encode(), Path("studies/odd.toml"), "odd")
    except KagglebotError as error:
        refused(error, "studies/odd.toml")
        return
    again = Definition(**json.loads(json.dumps(definition.model_dump(mode="json"))))
    assert again.digest() == definition.digest()
    resolved = again.for_metric("accuracy")
    make_pruner(resolved.pruner, 8)
    study = optuna.create_study()
    for values in resolved.enqueued():
        study.enqueue_trial(values)
    for number in range(4):
        try:
            study.sampler = make_sampler(resolved, study.get_trials(deepcopy=False), number, {})
        except SpaceExhausted:
            break
        except KagglebotError as error:  # a package that is not installed
            assert error.hint
            break
        trial = study.ask()
        split_settings(
            get_family(again.family),
            resolved.settings(suggest(trial, resolved.space, resolved.written_defaults())),
        )
        study.tell(trial, number / 10)
    try:
        ((train, valid), *_) = make_splits(again, LABELS, get_metric("accuracy"))
    except KagglebotError as error:
        assert error.hint
    else:
        assert len(train) and len(valid)
        assert again.validation.rows(60, 3) == (60 if again.validation.folds else len(valid))


def check_settings(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "kagglebot.toml").write_text(text, encoding="utf-8")
        try:
            read_settings(Path(folder))
        except KagglebotError as error:
            refused(error, "kagglebot.toml")


tried = settings(
    max_examples=QUICK, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
tried_long = settings(tried, max_examples=LONG, derandomize=False)


@tried
@given(bent(SOUND, values, keys))
def test_odd_definitions(tree: dict[str, Any]) -> None:
    check_definition(document(tree))


@tried
@given(bent(SETTINGS, values, keys))
def test_odd_settings(tree: dict[str, Any]) -> None:
    check_settings(document(tree))


@pytest.mark.long
@tried_long
@given(bent(SOUND, values, keys), bent(SETTINGS, values, keys))
def test_many_odd_files(definition: dict[str, Any], setting: dict[str, Any]) -> None:
    check_definition(document(definition))
    check_settings(document(setting))
