"""All callbacks by name; a new one is its file and one line here, or an entry point of another package."""

import pkgutil
import sys
from collections.abc import Sequence
from multiprocessing.reduction import ForkingPickler

from kagglebot.callbacks.callback import Callback
from kagglebot.errors import UsageError
from kagglebot.system.plugins import PLUGIN_HINT, load_plugins, make_plugin

GROUP = "kagglebot.callbacks"
_OURS = {
    "mlflow": "kagglebot.callbacks.mlflow:MLflow",
    "tensorboard": "kagglebot.callbacks.tensorboard:TensorBoard",
    "wandb": "kagglebot.callbacks.wandb:WeightsAndBiases",
}


def known_callbacks() -> list[str]:
    """Return the names of all callbacks.

    Raises:
        UsageError: A plugin cannot be imported, or has the name of one of ours.
    """
    plugins = load_plugins(GROUP)
    if name := next(iter(_OURS.keys() & plugins.keys()), ""):
        raise UsageError(
            f"The entry point '{name}' in {GROUP} has the name of a callback of kagglebot's.", PLUGIN_HINT
        )
    return sorted([*_OURS, *plugins])


def make_callbacks(chosen: Sequence[Callback | str], defaults: Sequence[str] = ()) -> list[Callback]:
    """Return the callbacks of a search, those with a name made for it.

    Args:
        chosen: Callbacks, and names of callbacks.
        defaults: The names that hold where ``chosen`` has no names.

    Raises:
        UsageError: There is no callback of a name, a package that it needs is not installed, or a callback that is
            to run in worker processes cannot be sent there.
    """
    names = [each for each in chosen if isinstance(each, str)] or defaults
    callbacks = [each for each in chosen if not isinstance(each, str)]
    callbacks += [_make(name) for name in dict.fromkeys(names)]
    for callback in callbacks:
        if callback.in_worker:
            _check_travels(callback)
    return callbacks


def _make(name: str) -> Callback:
    known = known_callbacks()
    if name not in known:
        raise UsageError(f"There is no callback '{name}'.", f"Known callbacks: {', '.join(known)}.")
    if name in _OURS:
        ours: Callback = pkgutil.resolve_name(_OURS[name])()
        return ours
    return make_plugin(GROUP, name, load_plugins(GROUP)[name], Callback)


def _check_travels(callback: Callback) -> None:
    """Check that a worker process can get a copy."""
    kind = type(callback)
    try:
        ForkingPickler.dumps(callback)
    except Exception as error:
        cause = str(error)
    else:
        # Worker processes import the program that started them again, but not a notebook or interactive input.
        if kind.__module__ != "__main__" or hasattr(sys.modules["__main__"], "__file__"):
            return
        cause = "its class is not in a module that can be imported"
    raise UsageError(
        f"The callback {kind.__name__} cannot be sent to worker processes: {cause}.",
        "Put its class into a module of its own, and open files and connections in on_search_start.",
    )
