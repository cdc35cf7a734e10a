"""Nets that start from weights learned on ImageNet and are trained further, in the last stages of the backbone."""

import math
from dataclasses import replace
from typing import Any

from pydantic import Field

from kagglebot.models import pretrained
from kagglebot.models.base import BACKBONE, ImageShape, Work
from kagglebot.models.pretrained import PretrainedParameters, seen_shape
from kagglebot.pretrained.backbones import PIXELS
from kagglebot.pretrained.stages import stages


class FinetunedParameters(PretrainedParameters):
    """The architecture of a net whose pretrained backbone is trained further."""

    trained_stages: int = Field(
        6, ge=1, le=6, description="last stages of the backbone that are trained; a net of stride 32 has five"
    )
    backbone_rate: float = Field(
        0.03, gt=0, le=1, description="learning rate of the backbone's last stage over that of the head"
    )
    stage_rate: float = Field(
        0.6, gt=0, le=1, description="learning rate of a stage of the backbone over that of the next one"
    )


def build(
    parameters: FinetunedParameters, image_shape: ImageShape, classes: int, preprocessing: tuple[float, float]
) -> Any:
    """Build the net; see ``pretrained.build``.

    Its head does not normalise features: batches of some dozen images would move them while the backbone learns.
    """
    classifier = pretrained.head(parameters, classes, normalised=False)
    model = pretrained.join(parameters, image_shape, classifier)
    backbone = model.get_layer(BACKBONE)
    backbone.trainable = True
    of_layers = stages(backbone.layers[-1])
    frozen = max(of_layers.values()) - parameters.trained_stages
    for layer, stage in of_layers.items():
        layer.trainable = stage > frozen
    return model


def rates(parameters: FinetunedParameters, model: Any) -> list[float]:
    """Return the factor of the learning rate for each trainable variable: the nearer to the pixels, the lower.

    What the first stages see, edges and colours, is of use as it is (Howard & Ruder 2018, arXiv:1801.06146).
    """
    of_layers = stages(model.get_layer(BACKBONE).layers[-1])
    last = max(of_layers.values())
    factors = {
        id(variable): parameters.backbone_rate * parameters.stage_rate ** (last - stage)
        for layer, stage in of_layers.items()
        for variable in layer.trainable_variables
    }
    return [factors.get(id(variable), 1.0) for variable in model.trainable_variables]


def work(parameters: FinetunedParameters, image_shape: ImageShape, classes: int) -> Work:
    """Count the operations for one image, those of stages that only predict as a third."""
    net, head = parameters.net, pretrained.work(parameters, image_shape, classes)
    trained = min(1.0, 1 / 3 + 0.2 * parameters.trained_stages)
    share = trained * math.prod(seen_shape(parameters, image_shape)[:2]) / PIXELS
    return Work(
        head.multiply_adds + int(share * net.multiply_adds),
        head.activations + int(share * net.activations),
        head.weights + net.weights,
        head.layers + int(trained * net.layers),
    )


FAMILY = replace(
    pretrained.FAMILY,
    name="finetuned",
    parameters=FinetunedParameters,
    build=build,
    work=work,
    transfer=replace(pretrained.TRANSFER, rates=rates),
)
