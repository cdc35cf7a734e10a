"""A net without weights."""

from types import SimpleNamespace
from typing import Any


class CountedNet:
    """A net that is known by how many epochs it has learned for."""

    settings = SimpleNamespace(schedule="constant")
    parameter_count = 1
    epochs = 0

    def state(self) -> dict[str, Any]:
        return {"epochs": self.epochs}

    def restore(self, state: dict[str, Any]) -> None:
        self.epochs = state["epochs"]

    def settle(self, *arguments: object) -> bool:
        return False
