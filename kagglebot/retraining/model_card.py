"""The card beside a model's file: what the model was trained from, and how its file is known again."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.errors import DataError
from kagglebot.models.base import Scaling
from kagglebot.models.registry import get_family
from kagglebot.system.files.digest import file_digest
from kagglebot.system.files.disk_errors import disk_errors
from kagglebot.system.files.json_file import read_json, write_json
from kagglebot.training.files.model_file import MODEL_HINT, damaged
from kagglebot.training.registry import ENGINES
from kagglebot.training.settings_aliases import current_result, current_settings


class _Recipe(BaseModel):
    family: str
    settings: dict[str, Any]
    images: ImageRule = ImageRule()
    adjustment: list[float] = []


class _Card(BaseModel):
    """The types of what is read from a card; early versions stored less."""

    recipe: _Recipe
    seconds: float = 0.0
    threads: int | None = None
    versions: dict[str, str] = {}
    digest: str = ""
    scaling: Scaling | None = None
    sha256: str | None = None


#: What the cards of the first versions do not store.
_DEFAULTS = {
    "metric": "accuracy",
    "images": {"size": None, "fit": "stretch", "channels": None},
    "tta": False,
    "further": None,
    "sealed": None,
    "fold": None,
    "adjustment": [],
}


def card_path(path: Path) -> Path:
    """Return the path of the card of the model at ``path``."""
    return path.with_suffix(".json")


def model_files(folder: Path) -> dict[str, Path]:
    """Return the files of a study's finished models, and their cards, by their names in its folder."""
    stems = sorted(card.stem for card in (folder / "models").glob("[!.]*.json"))
    found = [path for stem in stems for path in sorted((folder / "models").glob(f"{stem}.*")) if path.stem == stem]
    return {path.relative_to(folder).as_posix(): path for path in found if path.suffix != ".lock"}


def read_card(path: Path) -> dict[str, Any]:
    """Read the card of the model at ``path``.

    Raises:
        DataError: It is missing or damaged.
    """
    card = read_json(card_path(path))
    try:
        _Card.model_validate(card)
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(map(str, fault["loc"])) or "it"
        raise DataError(f"{card_path(path)} is damaged: {place}: {fault['msg']}.", MODEL_HINT) from error
    return dict(card)


def write_card(path: Path, card: dict[str, Any]) -> None:
    """Write the card of the model at ``path``, with the digest of the model's file."""
    write_json(card_path(path), {**card, "sha256": file_digest(path)})


def card_recipe(card: dict[str, Any]) -> dict[str, Any]:
    """Return the recipe on a card, under today's names."""
    recipe = current_result(card["recipe"])
    return {**_DEFAULTS, **recipe, "settings": current_settings(recipe["settings"])}


def check_file(path: Path, card: dict[str, Any]) -> None:
    """Check that the model's file is the one that its card was written for.

    Raises:
        DataError: It is empty, cut, damaged, or that of another model; or the disk refused.
    """
    with disk_errors(f"read {path}"):
        if not path.stat().st_size:
            raise damaged(path, "the file is empty")
    if (known := card.get("sha256")) is None:  # an early version trained it
        ENGINES[get_family(card_recipe(card)["family"]).engine].check(path)
    elif file_digest(path) != known:
        raise damaged(path, "the file has other content than when it was trained")
