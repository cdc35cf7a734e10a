"""Limits of numbers, wherever they are written."""

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kagglebot import StudyError, UsageError, Workspace
from kagglebot.study_config.limits import check_limits
from kagglebot.study_config.load import parse_definition

SEEDS = (-1, 2**32, 99999999999, -(2**63), 10**30)


def _parse(text: str) -> object:
    return parse_definition(text.encode(), Path("studies/net.toml"), "net")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("section", ["", "[validation]\n", "[validation]\nstratified = false\n"])
def test_a_seed_has_the_same_limits_in_every_place_of_a_definition(seed: int, section: str) -> None:
    with pytest.raises(
        StudyError, match=rf"net\.toml, line \d: .*seed: must be from 0 to 4294967295, not {seed}\.$"
    ):
        _parse(f'family = "cnn"\n{section}seed = {seed}\n')


def test_a_truth_value_is_no_seed() -> None:
    with pytest.raises(StudyError, match="seed: must be a whole number, not True"):
        _parse('family = "cnn"\nseed = true\n')


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1])
def test_a_seed_within_the_limits(seed: int) -> None:
    _parse(f'family = "cnn"\nseed = {seed}\n[validation]\nseed = {seed}\nstratified = false\n')
    check_limits(seed=seed)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"seed": -1}, "seed must be from 0 to 4294967295, not -1."),
        ({"seed": 99999999999}, "seed must be from 0 to 4294967295, not 99999999999."),
        ({"trials": 0}, "trials must be from 1 to 1000000000, not 0."),
        ({"trials": -1}, "trials must be from 1 to 1000000000, not -1."),
        ({"trials": 10**20}, "trials must be from 1 to"),
        ({"trials": 1.5}, "trials must be a whole number, not 1.5."),
        ({"seed": "a"}, "seed must be a whole number, not 'a'."),
        ({"seed": True}, "seed must be a whole number, not True."),
        ({"timeout_seconds": "9"}, "timeout_seconds must be a number, not '9'."),
        ({"jobs": 0}, "jobs must be from 1 to 1024, not 0."),
        ({"jobs": 10**6}, "jobs must be from 1 to 1024, not 1000000."),
        ({"timeout_seconds": math.nan}, "timeout_seconds must be from 0 to 315360000, not nan."),
        ({"timeout_seconds": math.inf}, "timeout_seconds must be from"),
        ({"timeout_seconds": 1e308}, "timeout_seconds must be from"),
        ({"timeout_seconds": -5.0}, "timeout_seconds must be from"),
    ],
    ids=str,
)
def test_a_search_is_refused_before_it_begins(
    tmp_path: Path, digits_data: Path, given: dict[str, float], problem: str
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "digits-practice").symlink_to(digits_data)
    with pytest.raises(UsageError, match=f"^{problem}"):
        Workspace(tmp_path).tune("cnn", **given)  # type: ignore[arg-type]
    assert not (tmp_path / "studies").exists()


def test_models_are_refused_before_they_are_chosen(studied: Path) -> None:
    workspace = Workspace(studied)
    with pytest.raises(UsageError, match=r"^ensemble must be from 1 to 1024, not 1000000000\."):
        workspace.train_ensemble(10**9, "net")
    with pytest.raises(UsageError, match=r"^threads must be from 1 to 1024, not 1000000000\."):
        workspace.train("net", threads=10**9)


NUMBERS = st.one_of(
    st.integers(-(10**25), 10**25),
    st.floats(),
    st.sampled_from(["-1", "0", "nan", "inf", "-inf", "1e308", "true", "2**32", '"7"', "1.5", "[]"]),
)
KEYS = ("seed", "budget.trials", "budget.timeout_seconds", "validation.seed", "validation.folds", "images.size",
        "validation.fraction", "sampler.startup_trials", "sampler.startup_prior", "pruner.warmup_epochs",
        "pruner.percentile", "promotion.every", "promotion.factor", "fixed.batch_size", "fixed.epochs",
        "fixed.learning_rate", "fixed.warmup_steps", "fixed.filters", "space.filters.low", "space.filters.high",
        "space.filters.step", "space.learning_rate.low", "space.learning_rate.high")  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), NUMBERS, min_size=1, max_size=4))
def test_any_number_in_a_definition_is_taken_or_refused_with_its_key(values: dict[str, object]) -> None:
    text = 'family = "cnn"\n' + "".join(f"{key} = {value}\n" for key, value in values.items())
    try:
        definition = parse_definition(text.encode(), Path("studies/net.toml"), "net")
    except StudyError as error:
        assert "net.toml" in error.message and "Traceback" not in error.message
        return
    assert 0 <= definition.seed < 2**32 and 0 <= definition.validation.seed < 2**32
    for dimension in definition.space.values():
        dimension.distribution()
    definition.enqueued()
