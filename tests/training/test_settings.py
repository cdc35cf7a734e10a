"""The scaling of pixels that a preprocessing stands for."""

import pytest

from kagglebot.training.settings import TrainingSettings


@pytest.mark.parametrize(("name", "scale"), [("raw", 1.0), ("scale255", 1 / 255), ("scale256", 1 / 256)])
def test_fixed_scales_ask_for_no_moments(name: str, scale: float) -> None:
    assert TrainingSettings(preprocessing=name).scaling(([1.0, 2.0], [3.0, 4.0])) == (scale, 0.0)


def test_standardised_pixels_have_mean_0_and_deviation_1() -> None:
    settings = TrainingSettings(preprocessing="standardise")
    assert settings.scaling((30.0, 60.0)) == (1 / 60, -30 * (1 / 60))
    assert settings.scaling(([30.0, 10.0], [60.0, 0.5])) == ([1 / 60, 2.0], [-30 * (1 / 60), -20.0])
    assert settings.scaling((7.0, 0.0)) == (1e6, -7e6)  # images of one colour
