"""A backbone in miniature, of EfficientNet-Lite's own blocks: it is built and compiled in a tenth of the time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from kagglebot.pretrained.backbones import BACKBONES, Backbone
from kagglebot.pretrained.efficientnet_lite import Block, apply_block
from kagglebot.pretrained.keras_file import load_keras_file

NAME = "small-lite"
FEATURES = 64
#: The second block adds its input to its output.
BLOCKS = (Block("_blocks-0-", 3, 2, 2, 16), Block("_blocks-1-", 3, 1, 2, 16))


def build() -> Any:
    """Build the net: a ``keras.Model`` from float32 pixels 0-255, ``(n, height, width, 3)``, to ``(n, 64)``."""
    from keras import Model, layers

    pixels = layers.Input((None, None, 3), name="pixels")
    hidden = layers.Rescaling(1 / 128, -127 / 128)(pixels)
    hidden = layers.Conv2D(16, 3, 2, "same", activation="relu6", name="_conv_stem")(hidden)
    for block in BLOCKS:
        hidden = apply_block(block, hidden)
    hidden = layers.Conv2D(FEATURES, 1, activation="relu6", name="_conv_head")(hidden)
    return Model(pixels, layers.GlobalAveragePooling2D(name="features")(hidden))


@contextmanager
def small_backbone(folder: Path) -> Iterator[None]:
    """Let studies name the backbone ``NAME`` in this process; its weights are random, in a file in ``folder``."""
    import keras

    keras.utils.set_random_seed(0)
    path = folder / f"{NAME}.weights.h5"
    build().save_weights(path)
    # An absolute path is found wherever the folder of downloaded weights is.
    backbone = Backbone(NAME, FEATURES, 32, build, load_keras_file, str(path), side=32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(BACKBONES, NAME, backbone)
        yield
