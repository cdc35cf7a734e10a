"""Study definitions read from TOML and checked; an error names the file, the line, the key and what to do."""

import re
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from kagglebot.errors import KagglebotError, StudyError, plain_problem
from kagglebot.kaggle.names import nearest
from kagglebot.metrics.registry import get_metric
from kagglebot.models.base import Family, ParameterError
from kagglebot.models.registry import get_family
from kagglebot.study_config.definition_files import find_definitions
from kagglebot.study_config.families import of_trial
from kagglebot.study_config.schema import Definition
from kagglebot.study_config.space import FACTS, FAMILY, METRIC, ROWS, Dimension, Value, is_comparison, ordered
from kagglebot.system.files.disk_errors import disk_errors
from kagglebot.system.files.text import decode_text
from kagglebot.training.registry import split_settings
from kagglebot.training.settings_aliases import OLD_NAMES, RENAMED

_CORRECT = "Correct that line and run the same command again."


def load_definition(workspace: Path, name: str) -> Definition:
    """Read and check the definition of a study.

    Args:
        workspace: The folder of the workspace.
        name: The study's name, as ``study_name`` returns it.

    Raises:
        StudyError: There is none, or it is wrong; the message names the key and its line.
    """
    known = find_definitions(workspace)
    if name not in known:
        alike = [each for each in known if nearest(name.casefold(), [each.casefold()])]
        meant = f"Did you mean '{alike[0]}'? " if alike else ""
        if (typed := workspace / "studies" / f"{name}.toml.txt").exists():
            raise StudyError(
                f"There is no study '{name}': its file is called {typed.name}.", f"Rename it to {name}.toml."
            )
        raise StudyError(
            f"There is no study '{name}'.",
            f"{meant}Known studies: {', '.join(known)}. To make one, copy a definition to studies/{name}.toml.",
        )
    path = known[name]
    with disk_errors(f"read {path}"):
        raw = path.read_bytes()
    return parse_definition(raw, path, name)


def stored_definition(values: Mapping[str, Any], study: str) -> Definition:
    """Return the definition that a study's storage keeps.

    Raises:
        StudyError: It has keys that this version does not know, as a newer one wrote it, or is damaged.
    """
    try:
        return Definition(**values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(each) for each in first["loc"])
        raise StudyError(
            f"The storage of '{study}' has a definition that this version of kagglebot cannot read: {key}.",
            "A newer version wrote it, or it is damaged. Install that version, or tune a copy of the study.",
        ) from error


def parse_definition(raw: bytes, path: Path, name: str) -> Definition:
    """Check the text of a definition.

    Args:
        raw: The text, in UTF-8 or UTF-16.
        path: The file it is from, for the messages.
        name: The study's name.

    Raises:
        StudyError: It is wrong; the message names the key and its line.
    """
    try:
        text = decode_text(raw)
        tree = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise StudyError(f"{path} is not valid TOML: {error}.", _CORRECT) from error
    checker = _Checker(path, text)
    if isinstance(families := tree.get("family"), list):
        checker.check_families(families)
    try:
        definition = Definition(**{**tree, "name": name})
    except ValidationError as error:
        first = error.errors()[0]
        keys = [key for key in first["loc"] if not (isinstance(key, str) and _is_type_name(key))]
        problem = "there is no such key" if first["type"] == "extra_forbidden" else first["msg"]
        raise checker.error(keys, plain_problem(problem)) from error
    checker.check(definition)
    return definition


class _Checker:
    """Checks that every trial of a definition can be trained, before the first one begins."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._text = text
        self._family = ""  #: The family that is checked, of several.

    def check_families(self, families: Sequence[Any]) -> None:
        """Raise a ``StudyError`` if they are not the names of families."""
        if not families or not all(isinstance(each, str) for each in families):
            raise self.error(["family"], "it is a name, or a list of names")
        for each in families:
            self._attempt(["family"], get_family, each)

    def check(self, definition: Definition) -> None:
        """Raise a ``StudyError`` for the first mistake."""
        self.check_families(definition.families)
        self._check_choice(definition)
        for number, values in enumerate(definition.trials):
            if ROWS in values and not is_comparison(values[ROWS]):
                raise self.error(["trials", number, ROWS], f'{values[ROWS]!r} is no comparison such as "<= 5000"')
            if definition.family_of(values) not in definition.families:
                raise self.error(["trials", number, FAMILY], "it is none of the families of this study")
        for family in definition.families:
            self._family = family if len(definition.families) > 1 else ""
            self._check_family(definition, family)

    def _check_choice(self, definition: Definition) -> None:
        """Check what the definition says of the choice of a family, where it has several."""
        if len(definition.families) == 1:
            return
        if definition.space[FAMILY] != Dimension(choices=definition.families):
            raise self.error(["space", FAMILY], "it is searched as `family` above lists them: remove this line")
        for name, dimension in definition.space.items():
            wanted = dimension.when.get(FAMILY, [])
            for each in wanted if isinstance(wanted, list) else [wanted]:
                if str(each).removeprefix("!=").strip() not in definition.families:
                    raise self.error(
                        ["space", name], f"its condition names the family '{each}', which is not searched"
                    )

    def _check_family(self, definition: Definition, name: str) -> None:
        family, part = get_family(name), definition.of_family(name)
        self._check_names(["fixed"], part.fixed)
        self._check_names(["space"], part.space)
        self._attempt(["fixed"], split_settings, family, part.fixed)
        self._attempt(["space"], ordered, part.space)
        for parameter, dimension in part.space.items():
            self._check_dimension(part, family, parameter, dimension)
        for number, values in enumerate(definition.trials):
            if definition.family_of(values) == name:
                self._check_trial(part, family, number, of_trial(values, name))

    def _check_trial(self, part: Definition, family: Family, number: int, values: Mapping[str, Value]) -> None:
        self._check_names(["trials", number], values)
        self._attempt(["trials", number], split_settings, family, values)
        for name, value in values.items():
            if name in part.space:
                if not part.space[name].contains(value):
                    raise self.error(["trials", number, name], f"{value!r} lies outside its [space]")
            elif part.written_defaults().get(name) != value:
                raise self.error(["trials", number, name], "it is not searched: add it to [space]")

    def _check_names(self, keys: Sequence[str | int], names: Collection[str]) -> None:
        for name in names:
            if RENAMED.get(name) in names:
                raise self.error([*keys, name], f"it is the name of {RENAMED[name]} in 0.1, which is there too")

    def _check_dimension(self, definition: Definition, family: Family, name: str, dimension: Dimension) -> None:
        for value in dimension.choices or (dimension.low, dimension.high):
            self._attempt(["space"], split_settings, family, {name: value})
        for other, wanted in dimension.when.items():
            if other == METRIC:
                self._attempt(["space", name], _check_metrics, wanted)
            elif other not in {*FACTS, *definition.space} and other not in definition.written_defaults():
                raise self.error(["space", name], f"its condition names '{other}', which does not exist")
        for fixed in definition.fixed:
            if RENAMED.get(fixed, fixed) == RENAMED.get(name, name):
                raise self.error(["fixed", fixed], "it is searched in [space] too")
        if definition.sampler.name == "grid" and dimension.is_continuous:
            raise self.error(["space", name], "a grid needs choices, whole numbers or a step")

    def _attempt(self, keys: Sequence[str | int], check: Callable[..., object], *arguments: object) -> None:
        try:
            check(*arguments)
        except ParameterError as error:
            raise self.error([*keys, error.parameter], error.problem, error.hint) from error
        except (KagglebotError, ValueError) as error:
            raise self.error(keys, str(error), getattr(error, "hint", "")) from error

    def error(self, keys: Sequence[str | int], problem: str, hint: str = "") -> StudyError:
        """Return an error that names the file, the line of the key, the key and the problem."""
        keys, line = self._locate([part for key in keys for part in str(key).split(".")])
        where = ".".join(keys) or "the definition"
        at = f", line {line}" if line else ""
        of = f" (family {self._family})" if self._family and self._family not in keys else ""
        return StudyError(f"{self._path}{at}: {where}: {problem.removesuffix('.')}{of}.", hint or _CORRECT)

    def _locate(self, keys: Sequence[str]) -> tuple[Sequence[str], int | None]:
        """Return the keys as the file writes them, and their line.

        It may write them in the names of 0.1, or in a table of the family that is checked.
        """
        of_family = [keys, [*keys[:1], self._family, *keys[1:]]] if self._family else [keys]
        written = [each for plain in of_family for each in (plain, [OLD_NAMES.get(key, key) for key in plain])]
        found = [_find_line(self._text, each) for each in written]
        missing = [len(each) - common for each, (common, _) in zip(written, found, strict=True)]
        nearest_to = missing.index(min(missing))
        return written[nearest_to], found[nearest_to][1]


def _check_metrics(wanted: Value | list[Value]) -> None:
    for name in wanted if isinstance(wanted, list) else [wanted]:
        get_metric(str(name).removeprefix("!=").strip())


def _find_line(text: str, keys: Sequence[str]) -> tuple[int, int | None]:
    """Return how many of the keys a TOML text has, and the line, from 1, of the last of these."""
    table: list[Any] = []
    counts: dict[str, int] = {}
    best: tuple[int, int | None] = (0, None)  # keys in common, line
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
        common = min(len(here), len(keys))
        same = list(keys[:common]) == list(map(str, here[:common]))
        if same and common > best[0]:
            best = (common, number)
    return best


def _is_type_name(key: str) -> bool:
    # Pydantic adds the tried type to the location of an error in a union.
    return key in {"bool", "int", "float", "str"} or key.startswith(("list[", "tuple[", "constrained-"))
