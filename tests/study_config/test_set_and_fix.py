import numpy as np
import pytest

from kagglebot.errors import UsageError
from kagglebot.study_config.set_and_fix import parse_restrictions
from kagglebot.study_config.space import Dimension

SPACE = {
    "filters": Dimension(low=8, high=32, step=4),
    "rate": Dimension(low=1e-4, high=1e-1, log=True),
    "zoom": Dimension(low=0.0, high=0.2, step=0.05),
    "width": Dimension(low=1, high=64, log=True),
    "head": Dimension(choices=("pooling", "dense")),
    "norm": Dimension(choices=(True, False)),
}


def draws(text: str, option: str = "set") -> set:
    parsed = parse_restrictions(SPACE, [text] if option == "set" else [], [text] if option == "fix" else [])
    ((name, part),) = parsed.items()
    rng = np.random.default_rng(0)
    drawn = [part.draw(rng, SPACE[name]) for _ in range(60)]
    assert all(part.contains(value) and SPACE[name].contains(value) for value in drawn)
    return set(drawn)


def test_values_are_drawn_from_those_listed() -> None:
    assert draws("filters=16,32") == {16, 32}
    assert draws("head=dense") == {"dense"}
    assert draws("norm=false", "fix") == {False}
    assert draws("filters=12", "fix") == {12}


def test_a_range_is_drawn_from_in_the_steps_of_its_dimension() -> None:
    assert draws("filters=10..21") == {12, 16, 20}
    assert {round(value, 2) for value in draws("zoom=0.05..0.15")} == {0.05, 0.1, 0.15}
    assert draws("width=1.5..3.5") == {2, 3}
    rates = draws("rate=1e-3..1e-2")
    assert 1e-3 <= min(rates) < 2e-3 and 5e-3 < max(rates) <= 1e-2


@pytest.mark.parametrize(
    ("sets", "fixes", "problem"),
    [
        (["filters"], [], "not of the form"),
        (["filtres=8"], [], "'filtres' is not searched"),
        (["filters=9"], [], "9 lies outside"),
        (["filters=8..99"], [], "outside"),
        (["rate=1e-2..1e-3"], [], "ends before"),
        (["head=flat"], [], "'flat' lies outside"),
        (["filters=9..11"], [], "none of the values that the study searches"),
        (["zoom=0.06..0.09"], [], "none of the values that the study searches"),
        (["width=1.2..1.8"], [], "none of the values that the study searches"),
        ([f"filters=1{'0' * 400}"], [], "lies outside"),
        ([f"head=1{'0' * 400}"], [], "lies outside"),
        (["rate=nan..1"], [], "nan lies outside"),
        (["filters=8"], ["filters=8"], "twice"),
        ([], ["filters=8,16"], "outside"),
    ],
)
def test_restrictions_that_are_wrong_are_refused_by_name(sets: list[str], fixes: list[str], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        parse_restrictions(SPACE, sets, fixes)
