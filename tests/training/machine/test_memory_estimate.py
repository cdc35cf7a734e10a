from typing import Any

import pytest

from kagglebot.models.base import ImageShape
from kagglebot.models.registry import get_family
from kagglebot.training.learner import FailureKind, TrainingError
from kagglebot.training.machine.memory_estimate import TrainingMemory, training_memory

BATCH = {"batch_size": 128, "min_steps_per_epoch": 1}


@pytest.mark.parametrize(
    ("family", "shape", "settings", "peak"),
    [
        ("cnn", (28, 28, 1), {}, 826),
        ("cnn", (64, 64, 3), {}, 1054),
        ("cnn", (64, 64, 3), {"filters": 32, "optimizer": "adamw", "ema_epochs": 1.0}, 1304),
        ("cnn", (64, 64, 3), {"filters": 64, "batch_size": 64}, 1328),
        ("cnn", (28, 28, 1), {"filters": 64, "blocks": 1, "head": "dense", "dense_units": 8192}, 3447),
        ("dense", (64, 64, 3), {"batch_size": 256}, 791),
        ("pretrained", (224, 224, 3), {"batch_size": 64}, 1026),
        ("finetuned", (32, 32, 3), {"batch_size": 32, "resolution": 160, "optimizer": "adamw"}, 1780),
        ("finetuned", (160, 160, 3), {"batch_size": 32, "resolution": 160, "trained_stages": 2}, 1188),
    ],
)
def test_the_estimate_is_little_above_the_peak_that_was_measured(
    family: str, shape: ImageShape, settings: dict[str, Any], peak: int
) -> None:
    """The peaks, in MB, are those of benchmarks/memory.py."""
    estimate = training_memory(get_family(family), {**BATCH, **settings}, shape, 10, 1000).size / 1e6
    assert peak <= estimate <= 1.5 * peak


def test_a_step_has_no_more_images_than_the_rows_allow() -> None:
    sizes = [training_memory(get_family("cnn"), {}, (28, 28, 1), 10, rows).batch for rows in (40_000, 320, 3)]
    assert sizes == [128, 10, 1]


def test_what_does_not_fit_is_refused_with_numbers() -> None:
    memory = TrainingMemory(9_100_000_000, 64, (320, 320, 3))
    memory.check(9.1e9)
    with pytest.raises(TrainingError) as caught:
        memory.check(4e9, " for a worker")
    assert caught.value.message == (
        "Training on 64 images of 320 x 320 pixels at a time takes about 9.1 GB of memory, "
        "and 4.0 GB are free for a worker."
    )
    assert caught.value.kind is FailureKind.OUT_OF_MEMORY and "batch_size" in caught.value.hint
