"""A study definition, ``studies/NAME.toml``."""

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from pydantic import Field, model_validator

from kagglebot.models.base import ImageShape
from kagglebot.models.registry import get_family
from kagglebot.study_config.families import name_families, of_trial, own
from kagglebot.study_config.sections import (
    Budget,
    Final,
    Images,
    Promotion,
    Pruner,
    Sampler,
    Section,
    Seed,
    Validation,
)
from kagglebot.study_config.set_and_fix import Restriction
from kagglebot.study_config.space import (
    BACKGROUND,
    FAMILY,
    IMBALANCE,
    METRIC,
    ROWS,
    Dimension,
    Value,
    holds,
    ordered,
    plain_name,
    suggest,
)
from kagglebot.training.registry import split_settings
from kagglebot.training.settings_aliases import current_settings, under_both_names

if TYPE_CHECKING:
    from optuna import Trial

    from kagglebot.datasets.dataset import Dataset


class Definition(Section):
    """A study definition; it names no competition.

    With several families, ``space`` has the parameter ``family``. What ``[space.cnn]``, ``[fixed.cnn]`` and trials
    of that family set for it alone is called ``cnn.NAME``, in Optuna's storage too: families may have settings of
    one name with other values. ``of_family`` is the part for one of them, under plain names.
    """

    name: str = ""
    description: str = ""
    family: str | tuple[str, ...]
    seed: Seed = 0
    images: Images = Images()
    validation: Validation = Validation()
    sampler: Sampler = Sampler()
    pruner: Pruner = Pruner()
    promotion: Promotion | None = None
    budget: Budget = Budget()
    final: Final = Final()
    space: dict[str, Dimension] = Field(default_factory=dict)
    fixed: dict[str, Value] = Field(default_factory=dict)
    trials: list[dict[str, Value]] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _name_families(cls, tree: Any) -> Any:
        families = tree.get("family")
        return name_families(tree, list(families)) if isinstance(families, list | tuple) else tree

    @property
    def families(self) -> tuple[str, ...]:
        """The names of its model families."""
        return (self.family,) if isinstance(self.family, str) else self.family

    def family_of(self, drawn: Mapping[str, Any]) -> str:
        """Return the family of a trial whose searched parameters are ``drawn``: the first if they name none."""
        return str(drawn.get(FAMILY, self.families[0]))

    def of_family(self, family: str) -> "Definition":
        """Return the definition of a study of one of the families alone."""
        if self.family == family:
            return self
        space = {name: dimension.given(FAMILY, family) for name, dimension in own(self.space, family).items()}
        return self.model_copy(
            update={
                "family": family,
                "space": {name: dimension for name, dimension in space.items() if dimension is not None},
                "fixed": own(self.fixed, family),
                "trials": [of_trial(values, family) for values in self.trials if self.family_of(values) == family],
            }
        )

    def stored_name(self, family: str, name: str) -> str:
        """Return what a family's setting is called in Optuna's storage."""
        qualified = f"{family}.{name}"
        alone = len(self.families) == 1 or (name in self.space and qualified not in self.space)
        return name if alone else qualified

    def limits(self, image_shape: ImageShape) -> dict[str, int]:
        """Return the largest values of parameters that images of that shape allow, by their stored names."""
        return {
            self.stored_name(family, name): limit
            for family in self.families
            for name, limit in get_family(family).limits(image_shape).items()
        }

    def suggest(self, trial: "Trial", limits: Mapping[str, int]) -> tuple[str, dict[str, Any]]:
        """Draw the family of a trial, and its searched parameters under their plain names."""
        family = self.families[0]
        if len(self.families) > 1:
            family = trial._suggest(FAMILY, self.space[FAMILY].distribution())
        part = self.of_family(family)
        stored_name = partial(self.stored_name, family)
        return family, suggest(trial, part.space, part.written_defaults(), limits, stored_name)

    def defaults(self) -> dict[str, Any]:
        """Return the value of every setting that is not searched: ``[fixed]``, else the family's default."""
        if not isinstance(self.family, str):
            return self._of_each(Definition.defaults)
        parameters, training = split_settings(get_family(self.family), self.fixed)
        return {**parameters.model_dump(), **training.model_dump()}

    def written_defaults(self) -> dict[str, Any]:
        """Return the defaults under the names that the definition may use for them, those of version 0.1 too."""
        if not isinstance(self.family, str):
            return self._of_each(Definition.written_defaults)
        return {**under_both_names(self.defaults()), **self.fixed}

    def _of_each(self, defaults: Callable[["Definition"], Mapping[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {FAMILY: self.families[0]}
        for family in self.families:
            values = defaults(self.of_family(family))
            found |= {self.stored_name(family, name): value for name, value in values.items()}
        return found

    def for_rows(self, count: int) -> "Definition":
        """Return the definition for a competition with ``count`` labelled rows; trials for others are left out."""
        trials = [
            {name: value for name, value in values.items() if name != ROWS}
            for values in self.trials
            if ROWS not in values or holds(values[ROWS], count)
        ]
        return self.model_copy(update={"validation": self.validation.for_rows(count), "trials": trials})

    def for_continuations(self) -> "Definition":
        """Return the definition that continued trials draw from: they may have ``max_epochs``."""
        most = self.promotion.max_epochs if self.promotion else None
        if most is None:
            return self
        longer = {
            name: dimension.model_copy(update={"high": max(int(dimension.high), most)})
            for name, dimension in self.space.items()
            if plain_name(name) == "epochs" and dimension.high is not None
        }
        return self.model_copy(update={"space": {**self.space, **longer}})

    def longest_epochs(self) -> int:
        """Return the largest number of epochs that a trial can have."""
        return max(self.of_family(family)._longest_epochs() for family in self.families)

    def _longest_epochs(self) -> int:
        if (dimension := self.space.get("epochs")) is not None:
            return int(
                dimension.high if dimension.high is not None else max(map(float, dimension.choices or (1,)))
            )
        return int(self.defaults()["epochs"])

    def within(self, limits: Mapping[str, int]) -> "Definition":
        """Return the definition with the resolutions of its trials cut to ``limits``, which are by stored names.

        Larger ones show a net nothing new. Other values above a limit are mistakes: their trials fail and say so.
        """
        cut = {name: self.space[name] for name in limits if name in self.space and name.endswith("resolution")}
        trials = [
            {
                name: min(value, cut[name].highest(limits[name])) if name in cut else value
                for name, value in each.items()
            }
            for each in self.trials
        ]
        return self.model_copy(update={"trials": trials})

    def for_dataset(self, dataset: "Dataset") -> "Definition":
        """Return the definition for the data of a competition, of which all facts are known; see ``given``."""
        definition = self.for_metric(dataset.schema.metric).for_rows(dataset.schema.train_rows)
        return definition.given(IMBALANCE, dataset.imbalance).given(BACKGROUND, dataset.background)

    def for_metric(self, metric: str) -> "Definition":
        """Return the definition for a metric; see ``given``."""
        return self.given(METRIC, metric)

    def given(self, fact: str, value: Value) -> "Definition":
        """Return the definition where a fact is known: parameters whose conditions exclude it are not searched."""
        resolved = {name: dimension.given(fact, value) for name, dimension in self.space.items()}
        space = {name: dimension for name, dimension in resolved.items() if dimension is not None}
        gone = resolved.keys() - space.keys()
        trials = [{name: values[name] for name in values if name not in gone} for values in self.trials]
        return self.model_copy(update={"space": space, "trials": trials})

    def searched(self, values: Mapping[str, Any]) -> list[str]:
        """Return the parameters of a trial with these values, under stored names: their conditions hold."""
        family = self.family_of(values)
        part = self.of_family(family)
        settings = {**part.written_defaults(), **own(values, family)}
        names = [name for name in ordered(part.space) if part.space[name].applies(settings)]
        chosen = [FAMILY] if FAMILY in self.space else []
        return chosen + [self.stored_name(family, name) for name in names]

    def enqueued(self, restrictions: Mapping[str, Restriction] | None = None) -> list[dict[str, Any]]:
        """Return the searched parameters of each of ``[[trials]]``, with defaults for those it does not name.

        Left out are parameters whose conditions do not hold, or whose default is outside their ``[space]``: they
        are drawn. So are trials outside ``restrictions``.
        """
        first = []
        for values in self.trials:
            family = self.family_of(values)
            defaults = self.of_family(family).written_defaults()
            settings = {self.stored_name(family, name): value for name, value in defaults.items()}
            settings |= {FAMILY: family, **values}
            parts = {name: part for name, part in (restrictions or {}).items() if name in settings}
            if all(part.contains(settings[name]) for name, part in parts.items()):
                names = self.searched(settings)
                inside = [name for name in names if name in values or self.space[name].contains(settings[name])]
                first.append({name: settings[name] for name in inside})
        return first

    def settings(self, drawn: Mapping[str, Any]) -> dict[str, Any]:
        """Return all settings of a trial whose searched parameters are ``drawn``."""
        family = self.family_of(drawn)
        settings = {**self.of_family(family).defaults(), **current_settings(own(drawn, family))}
        return {key: value for key, value in settings.items() if value is not None}

    def digest(self) -> str:
        """Return a hash of all that decides the trials; names, budgets and the final model do not."""
        decisive = self.model_dump(mode="json", exclude={"name", "description", "budget", "final"})
        decisive["fixed"] = current_settings(self.fixed)
        return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:16]
