"""The model families there are; a new one is its module and one line here."""

from kagglebot.errors import StudyError
from kagglebot.models import cnn, dense, mlp
from kagglebot.models.base import Family

FAMILIES: dict[str, Family] = {
    "cnn": cnn.FAMILY,
    "dense": dense.FAMILY,
    "mlp": mlp.FAMILY,
}


def get_family(name: str) -> Family:
    """Look a family up by name.

    Raises:
        StudyError: There is none of that name.
    """
    if name not in FAMILIES:
        raise StudyError(f"There is no model family '{name}'.", f"Known families: {', '.join(sorted(FAMILIES))}.")
    return FAMILIES[name]
