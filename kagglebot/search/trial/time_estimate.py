"""How long a training will take, told before it begins: from what its net has to do and how fast others went.

An epoch's time is taken to grow with the multiplications of the net, with the numbers that its layers write (batch
normalisation, activations and pooling cost memory rather than arithmetic) and with the number of steps. How these
weigh against each other was measured once; how fast this machine is, earlier trials of the study tell.
"""

import statistics
from collections.abc import Mapping
from typing import Any

import optuna

from kagglebot.models.base import ImageShape
from kagglebot.models.registry import get_family
from kagglebot.search.storage.study import RESULT, RUN
from kagglebot.training.registry import split_settings
from kagglebot.training.runtime import Runtime, read_runtime

#: Multiply-adds that take as long as one activation, and as one step besides its images.
ACTIVATION, STEP = 85, 160_000_000
#: Earlier trials that say how fast this machine is: the last ones, as machines come and go.
RECENT = 16


def epoch_work(
    family: str, settings: Mapping[str, Any], image_shape: ImageShape, classes: int, rows: int
) -> float | None:
    """Give what an epoch takes, in multiply-adds; None for a family that does not tell.

    Args:
        family: Name of the model family.
        settings: Every setting of the trial.
        image_shape: (height, width, channels).
        classes: Number of classes.
        rows: Rows of an epoch.

    Raises:
        ParameterError: The settings are no settings of the family.
    """
    kind = get_family(family)
    if kind.work is None:
        return None
    parameters, training = split_settings(kind, settings)
    image = kind.work(parameters, image_shape, classes)
    return float(rows * (image.multiply_adds + ACTIVATION * image.activations) + rows / training.batch_size * STEP)


def epoch_seconds(study: optuna.Study, work: float | None, threads: int, runtime: Runtime) -> float | None:
    """Predict the seconds of an epoch of so much ``work``; None where no earlier trial can tell.

    Args:
        study: Its trials with the same number of threads on the same backend say how fast this machine is.
        work: As ``epoch_work`` gives it.
        threads: Threads of a step.
        runtime: What the trial is trained on; trials of early versions did not store theirs.
    """
    if work is None:
        return None
    paces = []
    for trial in study.get_trials(deepcopy=False):
        run, result = trial.user_attrs.get(RUN, {}), trial.user_attrs.get(RESULT, {})
        alike = run.get("threads") == threads and read_runtime(run) in (runtime, None)
        if alike and run.get("work") and result.get("epoch_seconds"):
            paces.append(result["epoch_seconds"] / run["work"])
    return statistics.median(paces[-RECENT:]) * work if paces else None
