"""An estimate of a training's time before it starts: from the work of its net and the speed of earlier trials.

An epoch's time is taken to grow with the multiplications of the net, with the numbers that its layers write (batch
normalisation, activations and pooling cost memory rather than arithmetic) and with the number of steps. Their
relative costs were measured once; how fast this machine is, the study's earlier trials show.
"""

import statistics
from collections.abc import Mapping
from typing import Any

import optuna

from kagglebot.models.base import ImageShape
from kagglebot.models.registry import get_family
from kagglebot.search.storage.attributes import RESULT, RUN
from kagglebot.training.registry import split_settings
from kagglebot.training.runtime import Runtime, read_runtime

#: Multiply-adds that take as long as one activation, and as one step besides its images, by device. Those of a CPU
#: were measured. Those of a GPU follow from the data sheet of a T4, 8e12 operations and 320e9 bytes a second, and
#: from a millisecond in which TensorFlow starts a step.
ACTIVATION = {"CPU": 85, "GPU": 100}
STEP = {"CPU": 160_000_000, "GPU": 4_000_000_000}
#: The latest trials, at most so many, give this machine's speed: machines come and go.
RECENT = 16


def epoch_work(
    family: str,
    settings: Mapping[str, Any],
    image_shape: ImageShape,
    classes: int,
    rows: int,
    *,
    device: str = "CPU",
) -> float | None:
    """Return the work of an epoch, in multiply-adds of a device; None for a family that does not count it.

    Raises:
        ParameterError: The family does not take these settings.
    """
    kind = get_family(family)
    if kind.work is None:
        return None
    parameters, training = split_settings(kind, settings)
    image = kind.work(parameters, image_shape, classes)
    per_image = image.multiply_adds + ACTIVATION[device] * image.activations
    return float(rows * per_image + rows / training.batch_size * STEP[device])


def epoch_seconds(
    study: optuna.Study, work: float | None, threads: int, runtime: Runtime, family: str = ""
) -> float | None:
    """Return the seconds that an epoch of so much ``work`` will take; None if no earlier trial can show it.

    Trials of the same family, with as many threads on the same backend, give this machine's speed, or those of
    other families until there are any; early versions did not record family and backend. ``work`` is in
    multiply-adds.
    """
    if work is None:
        return None
    own: list[float] = []
    others: list[float] = []
    for trial in study.get_trials(deepcopy=False):
        run, result = trial.user_attrs.get(RUN, {}), trial.user_attrs.get(RESULT, {})
        alike = run.get("threads") == threads and read_runtime(run) in (runtime, None)
        if alike and run.get("work") and result.get("epoch_seconds"):
            paces = own if run.get("family", family) == family else others
            paces.append(result["epoch_seconds"] / run["work"])
    paces = own or others
    return statistics.median(paces[-RECENT:]) * work if paces else None
