import optuna
import pytest
from pydantic import ValidationError

from kagglebot.study_config.space import Dimension, ordered, suggest


def draw(space: dict[str, Dimension], defaults: dict | None = None, seed: int = 0) -> dict:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    return suggest(study.ask(), space, defaults or {})


def test_values_lie_in_their_ranges() -> None:
    space = {
        "blocks": Dimension(low=2, high=4),
        "rate": Dimension(low=1e-4, high=1e-1, log=True),
        "zoom": Dimension(low=0.0, high=0.2, step=0.05),
        "head": Dimension(choices=("pooling", "dense")),
    }
    for seed in range(20):
        drawn = draw(space, seed=seed)
        assert isinstance(drawn["blocks"], int) and 2 <= drawn["blocks"] <= 4
        assert 1e-4 <= drawn["rate"] <= 1e-1
        assert drawn["zoom"] / 0.05 == pytest.approx(round(drawn["zoom"] / 0.05))
        assert all(space[name].contains(value) for name, value in drawn.items())


@pytest.mark.parametrize(
    ("when", "defaults", "counts"),
    [
        ({"head": "dense"}, {"head": "dense"}, True),
        ({"head": "dense"}, {"head": "pooling"}, False),
        ({"blocks": ">= 3"}, {"blocks": 3}, True),
        ({"blocks": ">=3"}, {"blocks": 2}, False),
        ({"blocks": [2, 4]}, {"blocks": 4}, True),
        ({"blocks": [2, 4]}, {"blocks": 3}, False),
        ({"batch_norm": True}, {"batch_norm": False}, False),
        ({"head": "!= dense"}, {"head": "pooling"}, True),
        ({"blocks": "< 3", "head": "dense"}, {"blocks": 2, "head": "pooling"}, False),
    ],
)
def test_conditions(when: dict, defaults: dict, counts: bool) -> None:
    drawn = draw({"units": Dimension(low=1, high=2, when=when)}, defaults)
    assert ("units" in drawn) is counts


def test_conditions_look_at_what_was_drawn_whatever_the_order_in_the_file() -> None:
    space = {
        "units": Dimension(low=1, high=9, when={"head": "dense"}),
        "head": Dimension(choices=("dense",)),
    }
    assert ordered(space) == ["head", "units"]
    assert set(draw(space, {"head": "pooling"})) == {"head", "units"}


def test_nothing_is_drawn_beyond_what_the_images_can_carry() -> None:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    space = {"blocks": Dimension(low=2, high=6)}
    assert {suggest(study.ask(), space, {}, {"blocks": 3})["blocks"] for _ in range(30)} == {2, 3}


def test_a_limit_keeps_to_the_steps() -> None:
    dimension = Dimension(low=64, high=224, step=32)
    assert [dimension.highest(limit) for limit in (500, 224, 223, 100, 96, 30)] == [224, 224, 192, 96, 96, 64]
    assert dimension.distribution(100).high == 96


def test_conditions_in_a_circle_are_refused() -> None:
    space = {"a": Dimension(low=1, high=2, when={"b": 1}), "b": Dimension(low=1, high=2, when={"a": 1})}
    with pytest.raises(ValueError, match="circle"):
        ordered(space)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({}, "needs low and high"),
        ({"low": 1}, "needs low and high"),
        ({"low": 3, "high": 2}, "above high"),
        ({"low": 0.0, "high": 1.0, "log": True}, "above 0"),
        ({"choices": (1, 2), "low": 1}, "without low"),
        ({"choices": ()}, "empty"),
        ({"choices": (1, 1)}, "twice"),
    ],
)
def test_impossible_dimensions_are_refused(fields: dict, problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        Dimension(**fields)


@pytest.mark.parametrize(("value", "inside"), [(2, True), (5, False), (3, True), ("deep", False)])
def test_contains(value: object, inside: bool) -> None:
    assert Dimension(low=2, high=4).contains(value) is inside
