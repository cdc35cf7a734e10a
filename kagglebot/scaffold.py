"""A new workspace: its kagglebot.toml and a study definition to edit, each line with a word on what it does."""

import re
from collections.abc import Mapping
from pathlib import Path

from kagglebot.config import FILE
from kagglebot.errors import UsageError
from kagglebot.models.registry import get_family
from kagglebot.study_config.lookup import shipped_folder
from kagglebot.study_config.schema import STUDY_NAME, Definition
from kagglebot.system.files import atomic_write, disk_errors
from kagglebot.training.registry import ENGINES

#: The shipped study that a new one begins as.
MODEL = "cnn"
_COMMENT_COLUMN = 56
_SECTIONS = {
    "fixed": "What is not searched, where its default is not wanted.",
    "space": "What is searched: a range or some choices each. A line taken out keeps its default.",
    "trials": "Run first; the search goes on from there.",
}


def check_new(root: Path) -> None:
    """See that the folder is not a workspace already.

    Raises:
        UsageError: It is.
    """
    path = root / FILE
    if path.exists():
        raise UsageError(f"{path} is there already, and is left as it is.", "Edit it, or choose another folder.")


def new_study(root: Path, name: str) -> str:
    """Give the name of a study that can be made here.

    Raises:
        UsageError: It is no name, or there is one.
    """
    if not STUDY_NAME.match(name):
        raise UsageError(f"{name!r} is not a name for a study.", "Take letters, digits, hyphens and underscores.")
    path = _definition_path(root, name)
    if path.exists():
        raise UsageError(f"{path} is there already, and is left as it is.", "Choose another name.")
    return name


def begin(root: Path, competition: str, study: str, minutes: float) -> tuple[Path, Path]:
    """Write kagglebot.toml and the definition: both or none.

    Args:
        root: The workspace; made where it is not there.
        competition: What commands mean where they are not told.
        study: The same, and the name of the definition.
        minutes: How long a `tune` goes on that is not told.

    Returns:
        The two files.

    Raises:
        UsageError: One of them is there already, or a name is none.
        DataError: The disk refuses.
    """
    check_new(root)
    settings, definition = root / FILE, _definition_path(root, new_study(root, study))
    _write_all({definition: definition_text(study, minutes), settings: settings_text(competition, study)})
    return settings, definition


def settings_text(competition: str, study: str) -> str:
    """Give a kagglebot.toml."""
    return f'''\
# What the commands mean in this folder where they are not told; an option of a command wins.
competition = "{competition}"
study = "{study}"

# storage = "sqlite:///trials.db"   # an Optuna storage; without, a file in the study's folder
# jobs = 2                          # trials at the same time; without, as many as this machine carries
'''


def definition_text(study: str, minutes: float) -> str:
    """Give the shipped study as a new one, with a word beside each of its lines."""
    shipped = shipped_folder() / f"{MODEL}.toml"
    with disk_errors(f"read {shipped}"):
        old = shipped.read_text(encoding="utf-8").splitlines()
    new = [
        f"# What `kagglebot tune {study}` searches: a copy of the study `{MODEL}`, yours to edit.",
        f"# `kagglebot studies {study}` shows what came of it.",
        f'description = "My own search, begun as a copy of {MODEL}"',
    ]
    budget = [*_about("budget"), "[budget]", f"timeout_seconds = {max(1, round(60 * minutes))}", ""]
    table, words = "", _words_on_settings()
    for line in old:
        if header := re.match(r"\[+(\w+)\]", line):
            new += [] if table else budget
            table = header[1]
            new += [] if "#" in line else _about(table)
        elif not table and line.startswith(("#", "description")):
            continue
        elif table in ("space", "fixed") and (setting := re.match(r"(\w+) =[^#]+", line)):
            word = line.partition("#")[2].strip() or words.get(setting[1])
            line = f"{setting[0].rstrip():<{_COMMENT_COLUMN}}  # {word}" if word else line  # noqa: PLW2901
        if table != "budget":
            new.append(line)
    return "\n".join(new) + "\n"


def _about(section: str) -> list[str]:
    """Give a comment on a section: of those that are classes, the first sentence of their docstring."""
    field = Definition.model_fields[section]
    return [f"# {_SECTIONS.get(section) or (field.annotation.__doc__ or '').splitlines()[0]}"]


def _words_on_settings() -> dict[str, str]:
    family = get_family(MODEL)
    fields = {**family.parameters.model_fields, **ENGINES[family.engine].settings.model_fields}
    return {name: field.description for name, field in fields.items() if field.description}


def _definition_path(root: Path, study: str) -> Path:
    return root / "studies" / f"{study}.toml"


def _write_all(files: Mapping[Path, str]) -> None:
    """Write new files; whatever comes in between, Ctrl-C too, leaves none of them."""
    made: list[Path] = []
    try:
        for path, text in files.items():
            with atomic_write(path) as temporary:
                temporary.write_text(text, encoding="utf-8")
                made.append(path)
    except BaseException:
        for path in made:
            path.unlink(missing_ok=True)
        raise
