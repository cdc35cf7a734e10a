"""A study to search."""

from pathlib import Path

import pytest

from kagglebot.paths import StudyLocation


@pytest.fixture
def location(tmp_path: Path) -> StudyLocation:
    """Where a study is that has no trials yet."""
    return StudyLocation("digits", "mine", tmp_path / "study")
