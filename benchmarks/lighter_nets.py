"""Trainings that compute less for an image: a first layer with a stride, and small images in the first epochs."""

from dataclasses import dataclass, replace
from typing import Any

from kagglebot.models.base import Family, ImageShape
from kagglebot.models.registry import get_family


@dataclass(frozen=True)
class Small:
    """Smaller images in the first epochs (progressive resizing; Tan & Le 2021, arXiv:2104.00298).

    Attributes:
        share: Share of the epochs.
        side: Side of the images, as a share of their own.
    """

    share: float
    side: float

    def settings(self, image_shape: ImageShape) -> dict[str, Any]:
        """Return the settings of the net that learns from the small images; its weights fit the whole ones."""
        return {"resolution": round(self.side * max(image_shape[:2]))}

    def is_over(self, epochs: int, left: float) -> bool:
        """Return whether the whole images come next: after so many epochs, with time for ``left`` of theirs."""
        return left <= epochs * (1 / self.share - 1)


def with_stride(kernel: int) -> Family:
    """Return the family `cnn` with a stride of 2 in the first convolution, and without the first pooling.

    A kernel of 6 pixels is one of 3 on pixels that were moved from space to depth, 2 x 2 of them to one.
    """
    family = get_family("cnn")

    def build(*arguments: Any) -> Any:
        from keras import layers, models

        net = family.build(*arguments)
        convolution, pooling = (
            next(layer for layer in net.layers if isinstance(layer, kind))
            for kind in (layers.Conv2D, layers.MaxPooling2D)
        )

        def changed(layer: Any) -> Any:
            if layer is pooling:
                return layers.Identity()
            strided = {"kernel_size": kernel, "strides": 2} if layer is convolution else {}
            return type(layer).from_config({**layer.get_config(), **strided})

        return models.clone_model(net, clone_function=changed)

    return replace(family, build=build)
