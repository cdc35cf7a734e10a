"""A new workspace: its kagglebot.toml, and a study definition to edit with a comment on each of its lines."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kagglebot.config import FILE
from kagglebot.errors import UsageError
from kagglebot.models.registry import get_family
from kagglebot.paths import DEFAULT_STUDY, study_name
from kagglebot.study_config.definition_files import shipped_folder
from kagglebot.study_config.limits import check_limits
from kagglebot.study_config.schema import Definition
from kagglebot.system.files.atomic_write import atomic_write
from kagglebot.system.files.disk_errors import disk_errors
from kagglebot.training.registry import ENGINES

_COMMENT_COLUMN = 58
_SECTION_COMMENTS = {
    "fixed": "Settings that are not searched and differ from their defaults.",
    "space": "What is searched: a range or some choices each. A line taken out keeps its default.",
    "trials": "Run first; the search goes on from there.",
}
_SETTINGS = """\
# Defaults of the commands in this folder; options of a command take precedence.
competition = "{competition}"
study = "{study}"

# storage = "sqlite:///trials.db"   # an Optuna storage; the default is a file in the study's folder
# jobs = 2                          # trials at the same time; the default is as many as this machine can run
# weights = "nets"                  # files of pretrained weights; see docs/studies.md, "Photographs"
# callbacks = ["tensorboard"]       # what follows each search; see docs/howto/callbacks.md
"""


def check_new_workspace(root: Path) -> None:
    """Check that the folder is not a workspace yet.

    Raises:
        UsageError: It has a kagglebot.toml.
    """
    _check_absent(
        root / FILE, "Edit it, choose another folder, or add a study to this one: kagglebot init --study NAME"
    )


def check_new_study(root: Path, name: str) -> str:
    """Return the name of a study that can be made here.

    Raises:
        UsageError: It is not a valid name, or there is such a study.
    """
    name = study_name(name)
    _check_absent(_definition_path(root, name), "Choose another name.")
    return name


def write_workspace(
    root: Path, competition: str, study: str, minutes: float, template: str = DEFAULT_STUDY
) -> list[Path]:
    """Write kagglebot.toml, unless it is there, and a study definition: all or nothing.

    Args:
        root: The workspace; made where it does not exist.
        competition: The default competition.
        study: The default study, and the name of the definition.
        minutes: How long a ``tune`` without a limit runs.
        template: The shipped study that the definition is a copy of.

    Returns:
        The files that were written.

    Raises:
        UsageError: The definition exists, ``study`` is not a valid name, or ``minutes`` are too many.
        DataError: The disk refuses.
    """
    check_limits(timeout_seconds=60 * minutes)
    settings, definition = root / FILE, _definition_path(root, check_new_study(root, study))
    texts = {} if settings.exists() else {settings: _SETTINGS.format(competition=competition, study=study)}
    texts[definition] = definition_text(study, minutes, template)
    _write_all(texts)
    return list(texts)


def definition_text(study: str, minutes: float, template: str = DEFAULT_STUDY) -> str:
    """Return a shipped study as the definition of a new one, with a comment on each section and setting."""
    import tomlkit

    path = shipped_folder() / f"{template}.toml"
    with disk_errors(f"read {path}"):
        shipped = tomlkit.parse(path.read_text(encoding="utf-8"))
    new = tomlkit.document()
    new.add(tomlkit.comment(f"The search space of `kagglebot tune {study}`: a copy of the study `{template}`."))
    new.add(tomlkit.comment(f"Edit it as you like; `kagglebot studies {study}` shows the results."))
    new.add("description", tomlkit.string(f"My own search, started from a copy of {template}"))
    sections: dict[str, Any] = {"budget": tomlkit.table().add("timeout_seconds", max(1, round(60 * minutes)))}
    sections["budget"].add(tomlkit.nl())
    for name, item in shipped.items():
        if isinstance(item, dict | list):
            sections[name] = item
        elif name != "description":
            new.add(name, item)
    new.add(tomlkit.nl())
    for name, section in sections.items():
        if name in {"fixed", "space"}:
            _comment_settings(section, shipped["family"])
        header = section[0] if isinstance(section, list) else section
        if not header.trivia.comment:
            header.trivia.indent = f"# {_section_comment(name)}\n"
        new.add(name, section)
    return tomlkit.dumps(new)


def _section_comment(section: str) -> str:
    """Return the comment on a section: for those with a class, the first sentence of its docstring."""
    annotation = Definition.model_fields[section].annotation
    return _SECTION_COMMENTS.get(section) or (annotation.__doc__ or "").splitlines()[0]


def _comment_settings(section: Any, families: str | list[str]) -> None:
    """Add to each setting the description of its parameter, where it has no comment, and align the comments."""
    fields: dict[str, Any] = {}
    for family in map(get_family, [families] if isinstance(families, str) else families):
        fields |= {**family.parameters.model_fields, **ENGINES[family.engine].settings.model_fields}
    for name in section:
        item = section.value.item(name)  # a true or false too: section[name] is a plain one, which has no comment
        if name in families and isinstance(item, dict) and name not in fields:
            _comment_settings(item, name)
            continue
        comment = item.trivia.comment or f"# {fields[name].description or ''}"
        if comment != "# ":
            item.trivia.comment = comment
            item.trivia.comment_ws = " " * max(2, _COMMENT_COLUMN - len(f"{name} = {item.as_string()}"))


def _check_absent(path: Path, hint: str) -> None:
    if path.exists():
        raise UsageError(f"{path} is there already, and is left as it is.", hint)


def _definition_path(root: Path, study: str) -> Path:
    return root / "studies" / f"{study}.toml"


def _write_all(files: Mapping[Path, str]) -> None:
    """Write new files; where one fails, or on Ctrl-C, remove those already written."""
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
