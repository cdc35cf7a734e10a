"""Changes the colours of a batch and mixes its images, as ``augmentation`` drew it, on any backend of Keras.

It runs inside the compiled training step. The affine maps are applied before, by the backend itself.
"""

from typing import Any

from kagglebot.training.keras.augmentation import Augmentation


def change_colours(pixels: Any, drawn: Augmentation) -> Any:
    """Return pixels ``(n, height, width, channels)`` float32 with other colours, and with rectangles erased."""
    from keras import ops

    if drawn.colours is not None:
        height, width, channels = pixels.shape[1:]
        colours = ops.convert_to_tensor(drawn.colours)
        flat = ops.reshape(pixels, (-1, height * width, channels))
        mean = ops.mean(flat, axis=1, keepdims=True)
        flat = ops.matmul(flat, colours[:, 0]) + ops.matmul(mean, colours[:, 1])
        pixels = ops.reshape(ops.clip(flat, 0, 255), (-1, height, width, channels))
    if drawn.erased is not None:
        mean = ops.mean(pixels, axis=(1, 2), keepdims=True)
        pixels = pixels + _inside(drawn.erased, pixels) * (mean - pixels)
    return pixels


def mix(inputs: Any, targets: Any, drawn: Augmentation) -> tuple[Any, Any]:
    """Mix each image or its features with another's, and its target in the same proportion.

    Args:
        inputs: ``(n, height, width, channels)`` or ``(n, features)`` float32.
        targets: ``(n, classes)`` float32: the probability of each class.
        drawn: With ``partners``.
    """
    from keras import ops

    own = ops.reshape(drawn.weights, (-1, *(1 for _ in inputs.shape[1:])))
    if drawn.pasted is not None:
        own = own * (1 - _inside(drawn.pasted, inputs))
    share = ops.mean(ops.reshape(own, (targets.shape[0], -1)), axis=1, keepdims=True)

    def mixed(each: Any, share: Any) -> Any:
        other = ops.take(each, drawn.partners, axis=0)
        return other + share * (each - other)

    return mixed(inputs, own), mixed(targets, share)


def _inside(rectangles: Any, pixels: Any) -> Any:
    """Return ``(n, height, width, 1)`` float32: 1 inside of each image's rectangle, 0 outside."""
    from keras import ops

    top, bottom, left, right = ops.unstack(ops.reshape(rectangles, (-1, 4, 1, 1, 1)), 4, axis=1)
    rows = ops.reshape(ops.arange(pixels.shape[1], dtype="int32"), (1, -1, 1, 1))
    columns = ops.reshape(ops.arange(pixels.shape[2], dtype="int32"), (1, 1, -1, 1))
    inside = (rows >= top) & (rows < bottom) & (columns >= left) & (columns < right)
    return ops.cast(inside, "float32")
