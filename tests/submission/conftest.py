"""Competitions of three rows with different submission formats."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kagglebot.datasets.schema import Schema
from kagglebot.submission.ledger import Ledger


@pytest.fixture
def make_schema() -> Callable[..., Schema]:
    def make(**changes: object) -> Schema:
        fields: dict[str, object] = {
            "competition": "tiny",
            "layout": "pixel-columns",
            "metric": "accuracy",
            "train_rows": 6,
            "test_rows": 3,
            "image_shape": (8, 8, 1),
            "classes": (0, 1, 2),
            "id_column": "id",
            "target_column": "label",
            "digest": "abc",
            "columns": ("label",),
        }
        return Schema(**(fields | changes))  # type: ignore[arg-type]

    return make


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "out.csv"
    path.write_text("ImageId,Label\n" + "".join(f"{row},3\n" for row in range(1, 598)))
    return path


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger" / "submissions.jsonl")
