from collections.abc import Callable
from pathlib import Path

import pytest
from competition_files import Competition, ImageCompetition


@pytest.fixture
def make_competition(tmp_path: Path) -> Callable[..., Competition]:
    def make(**changes: object) -> Competition:
        return Competition(tmp_path, **changes)  # type: ignore[arg-type]

    return make


@pytest.fixture
def competition(make_competition: Callable[..., Competition]) -> Competition:
    return make_competition()


@pytest.fixture
def pictures(tmp_path: Path) -> ImageCompetition:
    """No files yet."""
    return ImageCompetition(tmp_path)
