"""All model families by name; a new one is its module and one line here, or an entry point of another package."""

from functools import cache

from kagglebot.errors import StudyError, UsageError
from kagglebot.models import cnn, dense, mlp
from kagglebot.models.base import Family
from kagglebot.system.plugins import load_plugins

GROUP = "kagglebot.families"
_UNINSTALL = "Uninstall the package that brings it, or ask its authors to change it."
_OURS = (cnn.FAMILY, dense.FAMILY, mlp.FAMILY)


@cache
def known_families() -> dict[str, Family]:
    """Return all families by name: ours, then those of other packages.

    Raises:
        UsageError: A plugin cannot be imported, is not a family, or has the name of another.
    """
    families = {family.name: family for family in _OURS}
    for entry, family in load_plugins(GROUP).items():
        if not isinstance(family, Family):
            raise UsageError(f"The entry point '{entry}' in {GROUP} is not a Family.", _UNINSTALL)
        if family.name in families:
            raise UsageError(f"The entry point '{entry}' in {GROUP} is a second '{family.name}'.", _UNINSTALL)
        families[family.name] = family
    return families


def get_family(name: str) -> Family:
    """Return a family by name.

    Raises:
        StudyError: There is none of that name.
        UsageError: A plugin cannot be used.
    """
    families = known_families()
    if name not in families:
        raise StudyError(f"There is no model family '{name}'.", f"Known families: {', '.join(sorted(families))}.")
    return families[name]
