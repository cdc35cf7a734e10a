"""What is said of a parameter that a check refuses."""

from typing import Annotated

import pytest
from pydantic import AfterValidator

from kagglebot.models.base import ParameterError, Parameters


def _even(number: int) -> int:
    if number % 2:
        raise ValueError("is odd")
    return number


class _OfAPlugin(Parameters):
    units: Annotated[int, AfterValidator(_even)] = 2


def test_a_check_of_a_plugin_is_told_in_its_own_words() -> None:
    with pytest.raises(ParameterError) as caught:
        _OfAPlugin.parse({"units": 3})
    assert caught.value.problem == "3 cannot be used: is odd"
