"""An estimate of a training's time before it starts: from the work of its net and the speed of earlier trials.

An epoch's time is taken to grow with the multiplications of the net, with the numbers that its layers write (batch
normalisation, activations and pooling cost memory rather than arithmetic) and with the number of steps. Their
relative costs were measured once; how fast this machine is, the study's earlier trials show, and how long what
comes before the first step takes: a net is built and compiled, and a frozen backbone computes features.
"""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import optuna

from kagglebot.models.base import Family, ImageShape, ParameterError, Work
from kagglebot.search.storage.attributes import RESULT, RUN
from kagglebot.search.trial.context import WorkerContext
from kagglebot.training.keras.parts import features_kept
from kagglebot.training.learner import Images, image_shape
from kagglebot.training.provenance import runtime_of
from kagglebot.training.registry import split_settings
from kagglebot.training.runtime import Runtime, read_runtime

#: Multiply-adds that take as long as one activation, and as one step besides its images, by device. Those of a CPU
#: were measured, and a step of a GPU: on an H100 PyTorch needs 8.5 ms for one of the default study's first net, of
#: which 128 images are a tenth. An activation of a GPU follows from a T4's data sheet, 8e12 operations and 320e9
#: bytes a second.
ACTIVATION = {"CPU": 85, "GPU": 100}
STEP = {"CPU": 160_000_000, "GPU": 10_000_000_000}
#: Seconds in which TensorFlow builds and compiles a net, for each of its layers and each second in which a worker
#: was opened: 0.04 to 0.06 were measured of fine-tuned nets and 0.05 to 0.1 of smaller ones, idle or busy.
LAYER = 0.06
#: The latest trials, at most so many, give this machine's speed: machines come and go.
RECENT = 16


@dataclass(frozen=True)
class TimeEstimate:
    """What is known of a trial's time before it starts.

    Attributes:
        work: The work of an epoch, in multiply-adds; None if it is not counted.
        features_work: That of all features that it learns from; None if it learns from none.
        epoch: Seconds of an epoch; None if no earlier trial shows them.
        start: Seconds to its first step, without features; 0 if nothing shows them.
        features: Seconds of the features that are missing; 0 if none are, or no earlier trial shows them.
    """

    work: float | None = None
    features_work: float | None = None
    epoch: float | None = None
    start: float = 0.0
    features: float = 0.0


def estimate(context: WorkerContext, family: Family, settings: Mapping[str, Any]) -> TimeEstimate:
    """Estimate the time of a trial; nothing is known of one whose net cannot exist."""
    images, runtime = context.dataset.train_images, runtime_of(family)
    shape, classes, rows = image_shape(images), len(context.dataset.schema.classes), len(context.splits[0][0])
    try:
        parameters, training = split_settings(family, settings)
        net = family.work(parameters, shape, classes) if family.work else None
        work = epoch_work(net, rows, training.batch_size, device=runtime.device)
        of_features = features_work(family, settings, shape, len(images), device=runtime.device)
    except ParameterError:
        return TimeEstimate()
    machine = context.threads, runtime, family.name
    epoch = epoch_seconds(context.study, work, *machine)
    compiling = LAYER * net.layers * context.open_seconds if net and runtime.backend == "tensorflow" else 0.0
    start = start_seconds(context.study, *machine, compiling=compiling) or 0.0
    features = features_seconds(context.study, of_features, *machine) or 0.0
    if features:
        features *= 1 - _share_kept(family, settings, images)
    return TimeEstimate(work, of_features, epoch, start, features)


def _share_kept(family: Family, settings: Mapping[str, Any], images: Images) -> float:
    parameters, training = split_settings(family, settings)
    assert family.transfer is not None
    return features_kept(family.transfer, parameters, images, flip=training.flip)


def epoch_work(net: Work | None, rows: int, batch_size: int, *, device: str = "CPU") -> float | None:
    """Return the work of an epoch of so many rows, in multiply-adds of a device; None if not counted."""
    if net is None:
        return None
    return float(rows * _image_work(net, device) + rows / batch_size * STEP[device])


def _image_work(net: Work, device: str) -> int:
    return net.multiply_adds + ACTIVATION[device] * net.activations


def features_work(
    family: Family, settings: Mapping[str, Any], image_shape: ImageShape, images: int, *, device: str = "CPU"
) -> float | None:
    """Return the work of the features that a net learns from, in multiply-adds of a device.

    None if it learns from none, or they are not counted.

    Raises:
        ParameterError: The family does not take these settings.
    """
    if not family.is_frozen or family.transfer is None or family.transfer.work is None:
        return None
    parameters, training = split_settings(family, settings)
    sides = 2 if training.flip else 1
    return float(sides * images * _image_work(family.transfer.work(parameters, image_shape), device))


def epoch_seconds(
    study: optuna.Study, work: float | None, threads: int, runtime: Runtime, family: str = ""
) -> float | None:
    """Return the seconds that an epoch of so much ``work`` will take; None if no earlier trial can show it.

    Trials of the same family, with as many threads on the same backend, give this machine's speed, or those of
    other families until there are any; early versions did not record family and backend. ``work`` is in
    multiply-adds.
    """
    return _at_pace(study, work, threads, runtime, family, names=("work", "epoch_seconds"))


def features_seconds(
    study: optuna.Study, work: float | None, threads: int, runtime: Runtime, family: str = ""
) -> float | None:
    """Return the seconds that all features will take, which are so much ``work``; see ``epoch_seconds``."""
    return _at_pace(study, work, threads, runtime, family, names=("features_work", "features_seconds"))


def start_seconds(
    study: optuna.Study, threads: int, runtime: Runtime, family: str = "", *, compiling: float = 0.0
) -> float | None:
    """Return the seconds of a trial to its first step, without features; see ``epoch_seconds``.

    Without a trial of the family they are ``compiling``, if that is known: nets of others may have fewer layers.
    """
    own, others = _measured(study, threads, runtime, family, lambda run, result: result.get("start_seconds"))
    return _usual(own) or compiling or _usual(others)


def _at_pace(
    study: optuna.Study, work: float | None, threads: int, runtime: Runtime, family: str, *, names: tuple[str, str]
) -> float | None:
    """Return the seconds of so much ``work``; ``names`` are what trials call theirs, and the seconds it took."""

    def pace(run: Mapping[str, Any], result: Mapping[str, Any]) -> float | None:
        done, seconds = run.get(names[0]), result.get(names[1])
        return seconds / done if done and seconds else None

    own, others = _measured(study, threads, runtime, family, pace)
    usual = _usual(own or others)
    return usual * work if usual is not None and work is not None else None


def _usual(measured: Sequence[float]) -> float | None:
    """Return the median of what the latest trials measured."""
    return statistics.median(measured[-RECENT:]) if measured else None


def _measured(
    study: optuna.Study,
    threads: int,
    runtime: Runtime,
    family: str,
    measure: Callable[[Mapping[str, Any], Mapping[str, Any]], float | None],
) -> tuple[list[float], list[float]]:
    """Return what the trials of a family measured on such a machine, and what those of other families did."""
    own: list[float] = []
    others: list[float] = []
    for trial in study.get_trials(deepcopy=False):
        run, result = trial.user_attrs.get(RUN, {}), trial.user_attrs.get(RESULT, {})
        alike = run.get("threads") == threads and read_runtime(run) in (runtime, None)
        if alike and (found := measure(run, result)) is not None:
            (own if run.get("family", family) == family else others).append(found)
    return own, others
