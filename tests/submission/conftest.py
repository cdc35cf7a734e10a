"""Competitions of three rows that want different answers."""

from collections.abc import Callable

import pytest

from kagglebot.datasets.schema import Schema


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
