"""Records of what a model was trained with, stored with every trial and model, and their differences."""

import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib import metadata
from typing import Any

from kagglebot.models.base import Family
from kagglebot.training.keras.backends import BACKENDS, current_backend
from kagglebot.training.registry import ENGINES, split_settings
from kagglebot.training.runtime import TITLES, Runtime, read_runtime
from kagglebot.version import __version__

_PACKAGES = ("tensorflow", "keras", "scikit-learn", "numpy", "optuna")
#: Environment variables that change what TensorFlow, PyTorch and the libraries below them compute.
_VARIABLES = (
    "TF_ENABLE_ONEDNN_OPTS",
    "TF_DETERMINISTIC_OPS",
    "TF_CUDNN_DETERMINISTIC",
    "TF_ENABLE_AUTO_MIXED_PRECISION",
    "TF_XLA_FLAGS",
    "XLA_FLAGS",
    "NVIDIA_TF32_OVERRIDE",
    "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE",
    "CUBLAS_WORKSPACE_CONFIG",
    "ONEDNN_DEFAULT_FPMATH_MODE",
    "ONEDNN_MAX_CPU_ISA",
    "ATEN_CPU_CAPABILITY",
    "MKL_CBWR",
    "OPENBLAS_CORETYPE",
)
#: Keys of ``made_with``.
MADE_WITH = ("versions", *Runtime._fields, "platform", "threads", "variables", "digest", "weights")


def versions() -> dict[str, str]:
    """Return the versions of Python, of kagglebot, and of the packages that decide settings and weights.

    TensorFlow is among them where it is installed: it need not be where nets are trained on PyTorch.
    """
    found = {"python": platform.python_version(), "kagglebot": __version__}
    for name in dict.fromkeys((*_PACKAGES, BACKENDS[current_backend()])):
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def made_with(family: Family, settings: Mapping[str, Any], threads: int, digest: str) -> dict[str, Any]:
    """Return what decides the weights of a model beside its settings and its seed.

    Args:
        family: What is trained.
        settings: All settings of the trial.
        threads: Threads that its engine may use.
        digest: Content key of the data.

    Raises:
        DataError: The pretrained weights are not on this machine, or are damaged.
        ParameterError: The family does not take these settings.
    """
    pretrained = {"weights": family.weights(split_settings(family, settings)[0])} if family.weights else {}
    return {
        "versions": versions(),
        **runtime_of(family)._asdict(),
        "platform": f"{platform.system()} {platform.machine()}",
        "threads": threads,
        "variables": {name: os.environ[name] for name in _VARIABLES if name in os.environ},
        "digest": digest,
        **pretrained,
    }


def runtime_of(family: Family) -> Runtime:
    """Return what models of a family are trained on in this process."""
    return ENGINES[family.engine].runtime(family)


def read_made_with(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ``made_with`` stored with a trial or a model; early versions stored less of it."""
    runtime = read_runtime(stored)
    known = {name: stored[name] for name in MADE_WITH if name in stored}
    return known | (runtime._asdict() if runtime else {})


def differences(trial: Mapping[str, Any], model: Mapping[str, Any]) -> tuple[str, ...]:
    """Return sentences on what a model was trained with otherwise than the trial whose settings it has.

    Args:
        trial: ``made_with`` of the trial; what an early version did not store is skipped.
        model: ``made_with`` of the model.
    """
    sentences = [
        f"The trial ran {of_trial}, the model was trained {of_model}: it may differ a little."
        for of_trial, of_model in _unlike(trial, model)
    ]
    for key, otherwise, now in (
        ("weights", "began with other pretrained weights", "the model"),
        ("digest", "learned from other data", "is here now"),
    ):
        of_trial, of_model = trial.get(key), model.get(key)
        if of_trial and of_model and of_trial != of_model:
            sentences.append(
                f"The trial {otherwise} ({of_trial[:12]}) than {now} ({of_model[:12]}): "
                "its score says little of this model."
            )
    return tuple(sentences)


def _unlike(trial: Mapping[str, Any], model: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    before, now = trial.get("versions", {}), model.get("versions", {})
    changed = [name for name in before if name in now and before[name] != now[name]]
    if changed:
        yield _named_versions(changed, before), _named_versions(changed, now)
    before, now = trial.get("variables"), model.get("variables")
    if before is not None and now is not None and before != now:
        yield _named_variables(before), _named_variables(now)
    for of_trial, of_model in (
        (read_runtime(trial), read_runtime(model)),
        (trial.get("platform"), model.get("platform")),
        (_threads(trial), _threads(model)),
    ):
        if of_trial and of_model and of_trial != of_model:
            yield f"on {of_trial}", f"on {of_model}"


def _named_versions(names: list[str], of: Mapping[str, str]) -> str:
    return "with " + ", ".join(f"{TITLES.get(name, name)} {of[name]}" for name in names)


def _named_variables(set_to: Mapping[str, str]) -> str:
    return "with " + (", ".join(f"{name}={value}" for name, value in set_to.items()) or "none of these variables")


def _threads(made: Mapping[str, Any]) -> str:
    count = made.get("threads")
    return "" if count is None else f"{count} thread{'' if count == 1 else 's'}"
