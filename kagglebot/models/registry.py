"""All model families by name; a new one is its module and one line here, or an entry point of another package."""

from functools import cache

from kagglebot.errors import StudyError
from kagglebot.models import cnn, dense, finetuned, mlp, pretrained
from kagglebot.models.base import Family
from kagglebot.system.plugins import with_plugins


@cache
def known_families() -> dict[str, Family]:
    """Return all families by name: ours, then those of other packages.

    Raises:
        UsageError: A plugin cannot be imported, is not a family, or has the name of another.
    """
    return with_plugins(
        "kagglebot.families", Family, (cnn.FAMILY, dense.FAMILY, mlp.FAMILY, pretrained.FAMILY, finetuned.FAMILY)
    )


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
