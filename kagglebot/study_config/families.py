"""Several model families in one definition: a setting of one of them has its name in front, ``cnn.head``."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from kagglebot.study_config.space import FAMILY, ROWS

T = TypeVar("T")


def name_families(tree: Mapping[str, Any], families: Sequence[Any]) -> dict[str, Any]:
    """Return the tree of a definition with several families, with the family in the names of its settings.

    ``[space.cnn]`` and ``[fixed.cnn]`` are merged into ``[space]`` and ``[fixed]``, and trials name what stands
    there; the family itself becomes a parameter. A tree that has these names already is returned as it is.
    """
    if len(families) < 2:
        return {**tree, "family": families[0]}
    space = {FAMILY: {"choices": list(families)}, **_merged(tree.get("space", {}), families)}
    fixed = _merged(tree.get("fixed", {}), families)
    trials = [_named(values, {*space, *fixed}, families[0]) for values in tree.get("trials", [])]
    return {**tree, "space": space, "fixed": fixed, "trials": trials}


def own(settings: Mapping[str, T], family: str) -> dict[str, T]:
    """Return what concerns a family, under plain names; what is set for it alone goes before what all share."""
    shared = {name: value for name, value in settings.items() if "." not in name and name != FAMILY}
    prefix = f"{family}."
    alone = {name.removeprefix(prefix): value for name, value in settings.items() if name.startswith(prefix)}
    return {**shared, **alone}


def of_trial(values: Mapping[str, T], family: str) -> dict[str, T]:
    """Return the settings of a trial of a family under plain names, without the rows that it is for."""
    return {name: value for name, value in own(values, family).items() if name != ROWS}


def _merged(section: Mapping[str, Any], families: Sequence[str]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for name, value in section.items():
        if name in families and isinstance(value, Mapping):
            merged |= {f"{name}.{own}": each for own, each in value.items()}
        else:
            merged[name] = value
    return merged


def _named(values: Mapping[str, Any], known: set[str], first: str) -> dict[str, Any]:
    prefix = f"{values.get(FAMILY, first)}."
    return {prefix + name if prefix + name in known else name: value for name, value in values.items()}
