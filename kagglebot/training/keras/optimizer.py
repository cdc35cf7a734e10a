"""The optimizer of a net, whose variables may learn at different rates."""

from collections.abc import Sequence
from typing import Any

from kagglebot.training.settings import TrainingSettings


class Optimizer:
    """An optimizer of Keras for all variables that learn at the same rate.

    Args:
        settings: The optimizer and its settings.
        variables: The trainable variables of a net.
        factors: Factor of the learning rate for each of them.
    """

    def __init__(self, settings: TrainingSettings, variables: Sequence[Any], factors: Sequence[float]) -> None:
        self._groups: list[tuple[float, list[int], Any]] = []
        self._variables = list(variables)
        for factor in dict.fromkeys(factors):
            places = [place for place, each in enumerate(factors) if each == factor]
            optimizer = _keras_optimizer(settings)
            optimizer.build([variables[place] for place in places])
            self._groups.append((factor, places, optimizer))

    @property
    def variables(self) -> list[Any]:
        """All that changes in the optimizers."""
        return [variable for *_, optimizer in self._groups for variable in optimizer.variables]

    def reset(self) -> None:
        """Forget all earlier gradients."""
        from keras import ops

        for variable in self.variables:
            variable.assign(ops.zeros_like(variable))

    def apply(self, gradients: Sequence[Any], rate: Any) -> None:
        """Change the variables by their gradients; part of the compiled step."""
        for factor, places, optimizer in self._groups:
            optimizer.learning_rate.assign(rate * factor)
            optimizer.apply([gradients[place] for place in places], [self._variables[place] for place in places])


def _keras_optimizer(settings: TrainingSettings) -> Any:
    from keras import optimizers

    common = {"learning_rate": settings.learning_rate}
    if settings.weight_decay or settings.optimizer == "adamw":  # the others reject 0, AdamW rejects None
        common["weight_decay"] = settings.weight_decay
    if settings.optimizer == "sgd":
        return optimizers.SGD(momentum=0.9, nesterov=True, **common)
    kinds = {"adam": optimizers.Adam, "adamw": optimizers.AdamW, "rmsprop": optimizers.RMSprop}
    return kinds[settings.optimizer](**common)
