"""What a model was made with, kept with every trial and every model, and what two of them differ in."""

import platform
from collections.abc import Iterator, Mapping
from importlib import metadata
from typing import Any

from kagglebot.models.base import Family
from kagglebot.training.keras.backends import DEFAULT, PACKAGES, backend, current_backend
from kagglebot.version import __version__

_PACKAGES = ("tensorflow", "keras", "scikit-learn", "numpy", "optuna")
_TITLES = {
    "python": "Python",
    "tensorflow": "TensorFlow",
    "torch": "PyTorch",
    "keras": "Keras",
    "numpy": "NumPy",
    "optuna": "Optuna",
}
#: What ``made_with`` gives.
MADE_WITH = ("versions", "backend", "platform", "threads", "digest")


def versions() -> dict[str, str]:
    """Versions of Python, of kagglebot, and of the packages that decide settings and weights."""
    names = dict.fromkeys((*_PACKAGES, PACKAGES[current_backend()]))
    packages = {name: metadata.version(name) for name in names}
    return {"python": platform.python_version(), "kagglebot": __version__, **packages}


def made_with(family: Family, threads: int, digest: str) -> dict[str, Any]:
    """Say what decides a model's weights beside its settings and its seed.

    Args:
        family: What is trained.
        threads: Threads that its engine may use.
        digest: Content key of the data.
    """
    return {
        "versions": versions(),
        "backend": trained_on(family),
        "platform": f"{platform.system()} {platform.machine()}",
        "threads": threads,
        "digest": digest,
    }


def differences(trial: Mapping[str, Any], model: Mapping[str, Any]) -> tuple[str, ...]:
    """Say, in sentences, what a model was made with otherwise than the trial whose settings it has.

    Args:
        trial: What ``made_with`` gave for the trial; what an earlier version did not keep is passed over.
        model: What it gave for the model.
    """
    known = {name: (trial[name], model[name]) for name in MADE_WITH if name in trial and name in model}
    told = [
        f"The trial ran {theirs}, the model was trained {ours}: it may differ a little."
        for theirs, ours in _unlike(known)
    ]
    theirs, ours = known.get("digest", ("", ""))
    if theirs != ours:
        told.append(
            f"The trial learned from other data ({theirs[:12]}) than is here now ({ours[:12]}): "
            "its score says little of this model."
        )
    return tuple(told)


def _unlike(known: Mapping[str, tuple[Any, Any]]) -> Iterator[tuple[str, str]]:
    theirs, ours = known.get("versions", ({}, {}))
    changed = [name for name in theirs if name in ours and theirs[name] != ours[name]]
    if changed:
        before, now = (
            ", ".join(f"{_TITLES.get(name, name)} {of[name]}" for name in changed) for of in (theirs, ours)
        )
        yield f"with {before}", f"with {now}"
    for name in ("backend", "platform", "threads"):
        before, now = known.get(name, ("", ""))
        if before != now:
            yield f"on {_named(before)}", f"on {_named(now)}"


def _named(value: str | int) -> str:
    return value if isinstance(value, str) else f"{value} thread{'' if value == 1 else 's'}"


def trained_on(family: Family) -> str:
    """Say in words what models of a family are trained on in this process."""
    if family.engine != "keras":
        return "scikit-learn on CPU"
    return backend().words()


def backend_of(made: Mapping[str, Any]) -> str:
    """Give the backend that ``made_with`` told of; the default one where it told of none."""
    words = str(made.get("backend", ""))
    return next((name for name in PACKAGES if words.startswith(_TITLES[name])), DEFAULT)
