"""Study definitions: what ``studies/NAME.toml`` says, checked when it is read."""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from kagglebot.datasets.images.resize_rule import Fit, ImageRule
from kagglebot.errors import KagglebotError, StudyError
from kagglebot.metrics.registry import get_metric
from kagglebot.models.base import ParameterError
from kagglebot.models.registry import get_family
from kagglebot.study_config.lookup import find_definitions
from kagglebot.study_config.restrict import Restriction
from kagglebot.study_config.space import METRIC, Dimension, Value, ordered
from kagglebot.system.files import disk_errors
from kagglebot.training.registry import split_settings
from kagglebot.training.settings_aliases import current_settings, under_both_names

_MEND = "Mend that line and run the same command again."
STUDY_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]*$")


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Validation(_Section):
    """Which rows a trial is scored on, the same for every trial: one part held out, or each of some folds in turn.

    Without ``stratified`` a part is held out as scikit-learn's ``train_test_split`` does it with that seed.
    """

    fraction: float = Field(0.2, gt=0, lt=1)
    folds: int | None = Field(None, ge=2, le=50)
    stratified: bool = True
    seed: int = 42

    @model_validator(mode="after")
    def _folds_are_stratified(self) -> "Validation":
        if self.folds is not None and not self.stratified:
            raise ValueError("folds are always stratified")
        return self

    def text(self) -> str:
        """Say it in words."""
        if self.folds is not None:
            return f"mean of {self.folds} folds, stratified, seed {self.seed}"
        drawn = "stratified" if self.stratified else "drawn at random"
        return f"{self.fraction:.0%} of the rows held out, {drawn}, seed {self.seed}"

    def rows(self, count: int) -> int:
        """How many of ``count`` rows a trial is scored on."""
        return count if self.folds is not None else round(self.fraction * count)


_Side = Annotated[int, Field(ge=4, le=1024)]


class Images(_Section):
    """The shape that images are brought to; see ``ImageRule``. ``size`` may be the side of a square."""

    size: tuple[_Side, _Side] | None = None
    fit: Fit = "stretch"
    channels: Literal[1, 3] | None = None

    @field_validator("size", mode="before")
    @classmethod
    def _square(cls, size: Any) -> Any:
        return (size, size) if isinstance(size, int) else size

    @property
    def rule(self) -> ImageRule:
        """The same for the decoder."""
        return ImageRule(self.size, self.fit, self.channels)


class Sampler(_Section):
    """How settings are drawn.

    A drawn startup trial keeps the share ``startup_prior`` of its settings from the first of the definition's
    trials: a recipe known to be strong says more about where to look than the ends of the ranges do.
    """

    name: Literal["tpe", "random", "grid", "cmaes", "gp"] = "tpe"
    startup_trials: int = Field(8, ge=0)
    startup_prior: float = Field(0.0, ge=0, lt=1, validation_alias=AliasChoices("startup_prior", "nearness"))


class Pruner(_Section):
    """When a trial is given up: compared after every epoch with the trials before it."""

    name: Literal["median", "percentile", "halving", "hyperband", "none"] = "median"
    startup_trials: int = Field(4, ge=0)
    warmup_epochs: int = Field(2, ge=0)
    percentile: float = Field(50.0, gt=0, lt=100)


class Promotion(_Section):
    """How trials go on: after some new ones the best so far is trained for more epochs, from where it stood.

    Near the end of ``--timeout``, where no new trial would fit, the best trials go on as long as there is time.
    """

    every: int = Field(4, ge=1, le=1000)
    factor: float = Field(1.5, gt=1, le=10)


class Budget(_Section):
    """How long a `tune` goes on that is not told."""

    trials: int | None = Field(None, ge=1)
    timeout_seconds: float | None = Field(None, gt=0)


class Definition(_Section):
    """A study, free of any competition."""

    name: str = ""
    description: str = ""
    family: str
    seed: int = 0
    images: Images = Images()
    validation: Validation = Validation()
    sampler: Sampler = Sampler()
    pruner: Pruner = Pruner()
    promotion: Promotion | None = None
    budget: Budget = Budget()
    space: dict[str, Dimension] = Field(default_factory=dict)
    fixed: dict[str, Value] = Field(default_factory=dict)
    trials: list[dict[str, Value]] = Field(default_factory=list)
    #: What of the space one search keeps to; told by the command line, no part of the study.
    keep: dict[str, Restriction] = Field(default_factory=dict)

    def defaults(self) -> dict[str, Any]:
        """Every setting's value where the space does not decide: the family's defaults, then ``[fixed]``."""
        parameters, training = split_settings(get_family(self.family), self.fixed)
        return {**parameters.model_dump(), **training.model_dump()}

    def written_defaults(self) -> dict[str, Any]:
        """Return the defaults under the names that the definition may use for them, those of version 0.1 too."""
        return {**under_both_names(self.defaults()), **self.fixed}

    def under(self, metric: str) -> "Definition":
        """The same where that is the competition's metric: what counts only under others is not searched."""
        resolved = {name: dimension.under(metric) for name, dimension in self.space.items()}
        space = {name: dimension for name, dimension in resolved.items() if dimension is not None}
        gone = resolved.keys() - space.keys()
        trials = [{name: values[name] for name in values if name not in gone} for values in self.trials]
        return self.model_copy(update={"space": space, "trials": trials})

    def enqueued(self) -> list[dict[str, Any]]:
        """The first trials' values of the searched parameters; what one does not name takes its default.

        Only parameters whose conditions hold are in it; trials outside what this search keeps to are left out.
        """
        defaults = self.written_defaults()
        first = []
        for values in self.trials:
            settings = {**defaults, **values}
            if all(kept.holds(settings[name]) for name, kept in self.keep.items()):
                names = [name for name in ordered(self.space) if self.space[name].counts(settings)]
                first.append({name: settings[name] for name in names})
        return first

    def settings(self, drawn: Mapping[str, Any]) -> dict[str, Any]:
        """All settings of a trial whose searched parameters are ``drawn``."""
        settings = {**self.defaults(), **current_settings(drawn)}
        return {key: value for key, value in settings.items() if value is not None}

    def digest(self) -> str:
        """Changes with whatever decides the trials, not with names and budgets."""
        decisive = self.model_dump(mode="json", exclude={"name", "description", "budget", "keep"})
        decisive["fixed"] = current_settings(self.fixed)
        return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:16]


def load_definition(workspace: Path, name: str) -> Definition:
    """Read and check the definition of a study.

    Raises:
        StudyError: There is none, or it is wrong; names the key and its line.
    """
    known = find_definitions(workspace)
    if name not in known or not STUDY_NAME.match(name):
        raise StudyError(
            f"There is no study '{name}'.",
            f"Known studies: {', '.join(known)}. To make one, copy a definition to studies/{name}.toml.",
        )
    path = known[name]
    with disk_errors(f"read {path}"):
        raw = path.read_bytes()
    return parse_definition(raw, path, name)


def parse_definition(raw: bytes, path: Path, name: str) -> Definition:
    """Check a definition's text; ``path`` is for the messages."""
    try:
        text = raw.decode()
        tree = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise StudyError(f"{path} is not valid TOML: {error}.", _MEND) from error
    try:
        definition = Definition(**{**tree, "name": name})
    except ValidationError as error:
        first = error.errors()[0]
        keys = [key for key in first["loc"] if not (isinstance(key, str) and _is_type_name(key))]
        problem = "there is no such key" if first["type"] == "extra_forbidden" else first["msg"]
        raise _wrong(path, text, keys, problem.removeprefix("Value error, ")) from error
    _check_parameters(definition, path, text)
    return definition


def _check_parameters(definition: Definition, path: Path, text: str) -> None:
    """Refuse what no net can be made of, before any trial begins."""

    def attempt(keys: list[Any], action: Any) -> None:
        try:
            action()
        except ParameterError as error:
            raise _wrong(path, text, [*keys, error.parameter], error.problem, error.hint) from error
        except (KagglebotError, ValueError) as error:
            raise _wrong(path, text, keys, str(error), getattr(error, "hint", "")) from error

    attempt(["family"], lambda: get_family(definition.family))
    family = get_family(definition.family)
    attempt(["fixed"], lambda: split_settings(family, definition.fixed))
    attempt(["space"], lambda: ordered(definition.space))
    for name, dimension in definition.space.items():
        ends = dimension.choices or (dimension.low, dimension.high)
        for value in ends:
            attempt(["space"], lambda name=name, value=value: split_settings(family, {name: value}))
        for other in dimension.when:
            if other == METRIC:
                attempt(["space", name], lambda wanted=dimension.when[METRIC]: _check_metrics(wanted))
            elif other not in definition.space and other not in definition.written_defaults():
                raise _wrong(path, text, ["space", name], f"its condition names '{other}', which does not exist")
        if name in definition.fixed:
            raise _wrong(path, text, ["fixed", name], "it is searched in [space] too")
        if definition.sampler.name == "grid" and dimension.is_continuous:
            raise _wrong(path, text, ["space", name], "a grid needs choices, whole numbers or a step")
    for number, values in enumerate(definition.trials):
        attempt(["trials", number], lambda values=values: split_settings(family, values))
        for name, value in values.items():
            if name not in definition.space:
                if definition.written_defaults().get(name) != value:
                    raise _wrong(path, text, ["trials", number, name], "it is not searched: add it to [space]")
            elif not definition.space[name].contains(value):
                raise _wrong(path, text, ["trials", number, name], f"{value!r} lies outside its [space]")


def _check_metrics(wanted: Value | list[Value]) -> None:
    for name in wanted if isinstance(wanted, list) else [wanted]:
        get_metric(str(name).removeprefix("!=").strip())


def _wrong(path: Path, text: str, keys: list[Any], problem: str, hint: str = "") -> StudyError:
    line = find_line(text, keys)
    where = ".".join(str(key) for key in keys) or "the definition"
    at = f", line {line}" if line else ""
    return StudyError(f"{path}{at}: {where}: {problem}.", hint or _MEND)


def find_line(text: str, keys: list[Any]) -> int | None:
    """Find the line, from 1, where a key of a TOML text stands; that of its table where it is missing."""
    table: list[Any] = []
    counts: dict[str, int] = {}
    best: tuple[int, int] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if header := re.match(r"^\[\[\s*(.+?)\s*\]\]", stripped):
            counts[header[1]] = counts.get(header[1], -1) + 1
            table = [*header[1].split("."), counts[header[1]]]
            here = table
        elif header := re.match(r"^\[\s*([^\[\]]+?)\s*\]", stripped):
            here = table = header[1].split(".")
        elif assignment := re.match(r"^([\w.\"'-]+)\s*=", stripped):
            here = [*table, *re.sub("[\"']", "", assignment[1]).split(".")]
        else:
            continue
        common = len(here) if list(map(str, keys[: len(here)])) == list(map(str, here)) else 0
        if common and (best is None or common > best[0]):
            best = (common, number)
    return best[1] if best else None


def _is_type_name(key: str) -> bool:
    # Pydantic adds the tried type to the place of an error in a union.
    return key in {"bool", "int", "float", "str"} or key.startswith(("list[", "constrained-"))
