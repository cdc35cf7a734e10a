import sys
import threading
from typing import Any

import pytest

from kagglebot.callbacks import registry
from kagglebot.callbacks.callback import Callback
from kagglebot.callbacks.registry import known_callbacks, make_callbacks
from kagglebot.callbacks.tensorboard import TensorBoard
from kagglebot.errors import UsageError


class Mine(Callback):
    """A callback as users write them."""


class InWorker(Callback):
    """One that goes to worker processes, with whatever it holds."""

    in_worker = True

    def __init__(self, held: Any = None) -> None:
        self.held = held


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The plugins that are installed."""
    found: dict[str, Any] = {}
    monkeypatch.setattr(registry, "load_plugins", lambda group: found if group == "kagglebot.callbacks" else {})
    return found


def kinds(callbacks: list[Callback]) -> list[type]:
    return [type(callback) for callback in callbacks]


def test_names_become_callbacks_ours_and_those_of_plugins(plugins: dict[str, Any]) -> None:
    plugins["mine"] = Mine
    assert known_callbacks() == ["mine", "mlflow", "tensorboard", "wandb"]
    own = Callback()
    made = make_callbacks([own, "tensorboard", "mine", "tensorboard"])
    assert made[0] is own and kinds(made) == [Callback, TensorBoard, Mine]


def test_the_workspaces_names_hold_where_none_are_given(plugins: dict[str, Any]) -> None:
    plugins["mine"] = Mine
    assert kinds(make_callbacks([], ["mine"])) == [Mine]
    assert kinds(make_callbacks([Callback()], ["mine"])) == [Callback, Mine]
    assert kinds(make_callbacks(["tensorboard"], ["mine"])) == [TensorBoard]


def test_an_unknown_name_lists_the_known(plugins: dict[str, Any]) -> None:
    plugins["mine"] = Mine
    with pytest.raises(UsageError, match="no callback 'tensorbord'") as caught:
        make_callbacks(["tensorbord"])
    assert caught.value.hint == "Known callbacks: mine, mlflow, tensorboard, wandb."


def test_a_plugin_may_not_take_our_names(plugins: dict[str, Any]) -> None:
    plugins["wandb"] = Mine
    with pytest.raises(UsageError, match=r"'wandb' in kagglebot\.callbacks has the name"):
        make_callbacks(["tensorboard"])


def test_a_plugin_that_is_no_callback_is_refused(plugins: dict[str, Any]) -> None:
    plugins["mine"] = dict
    with pytest.raises(UsageError, match=r"'mine' in kagglebot\.callbacks does not make a Callback"):
        make_callbacks(["mine"])


def test_what_cannot_reach_a_worker_is_refused_before_the_search() -> None:
    assert kinds(make_callbacks([InWorker(1)])) == [InWorker]
    with pytest.raises(UsageError, match=r"InWorker cannot be sent to worker processes: .*lock"):
        make_callbacks([InWorker(threading.Lock())])


def test_a_class_of_a_notebook_is_refused_before_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    main = sys.modules["__main__"]
    monkeypatch.setattr(main, "InWorker", InWorker, raising=False)
    monkeypatch.setattr(InWorker, "__module__", "__main__")
    monkeypatch.setattr(main, "__file__", "program.py", raising=False)
    assert kinds(make_callbacks([InWorker()])) == [InWorker]
    monkeypatch.delattr(main, "__file__")
    with pytest.raises(UsageError, match="its class is not in a module"):
        make_callbacks([InWorker()])
