"""The statistics of batch normalisation, taken anew from images as they are.

A net learns from augmented images, and batch normalisation keeps their mean and variance. What is predicted later
is of plain images, whose statistics are others: with theirs the log loss on unseen rows is lower (Touvron et al.
2019, arXiv:1906.06423, find it for crops).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from kagglebot.training.learner import Images, Rows

#: Images that the statistics are of, and those of a batch at most, unless the net learns from more at once.
IMAGES, BATCH = 2_048, 256


def take_statistics(
    net: Any, run: Callable[[Images], Any], images: Images, rows: Rows, *, batch: int, seed: int
) -> bool:
    """Set the statistics of a net to their mean over batches of images; return whether it has any.

    Args:
        net: A Keras net.
        run: Runs the net on a batch as it predicts, uncompiled.
        images: ``(n, height, width, channels)`` uint8.
        rows: Rows that it learns from.
        batch: Images of a batch.
        seed: Draws some of the rows.
    """
    if not (layers := _normalising(net)):
        return False
    count = min(len(rows), IMAGES)
    size = min(batch, count)  # no image left over is run alone: its batch would be too small
    drawn = np.random.default_rng(seed).choice(rows, count, replace=False)
    for number in range(count // size):
        with _learning(layers, number / (number + 1)):
            run(images[np.sort(drawn[number * size : (number + 1) * size])])
    return True


def _normalising(net: Any) -> list[Any]:
    from keras import layers

    return [each for each in net.layers if isinstance(each, layers.BatchNormalization)]


@contextmanager
def _learning(layers: list[Any], momentum: float) -> Iterator[None]:
    """Let layers normalise by the batch, and keep so much of the statistics of those before, in this block."""
    before = [layer.momentum for layer in layers]
    for layer in layers:
        layer.momentum, layer.call = momentum, _by_batch(layer)
    try:
        yield
    finally:
        for layer, kept in zip(layers, before, strict=True):
            layer.momentum = kept
            del layer.call


def _by_batch(layer: Any) -> Callable[..., Any]:
    def call(inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        return type(layer).call(layer, inputs, training=True, mask=mask)

    return call
