"""Files, functions and classes that the pages name exist, so that the pages cannot drift from the code."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    {
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *(ROOT / "benchmarks").glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
    }
)
#: Pages whose paths may be relative to the package.
OF_THE_CODE = {"docs/ARCHITECTURE.md", "CONTRIBUTING.md"}
#: Folders of the repository, as opposed to folders of a user's workspace.
_FOLDERS = ("kagglebot/", "tests/", "benchmarks/", "docs/", "examples/")
_FILE = re.compile(r"(?P<path>[\w./-]+(?:\.\w+|/))(?:::(?P<name>[\w.]+))?")
_DOTTED = re.compile(r"kagglebot(?:\.\w+)+")


def quoted(page: Path) -> Iterator[str]:
    """Every text in backticks outside fenced blocks."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    yield from re.findall(r"`([^`]+)`", text)


def find(path: str, page: str) -> Path | None:
    """Return the file or folder that a page means, or None for text that names none of the repository."""
    if path.startswith(_FOLDERS):
        return ROOT / path
    if page not in OF_THE_CODE or re.search(r"[A-Z]|^\.", path) or not path.endswith((".py", "/")):
        return None
    return ROOT / path if (ROOT / path).exists() else ROOT / "kagglebot" / path


def defines(module: Path, name: str) -> bool:
    """Return whether a module defines ``name``, or ``Class.member``."""
    body: list[ast.stmt] = ast.parse(module.read_text(encoding="utf-8")).body
    for part in name.split("."):
        found = next((each for each in body if part in names_of(each)), None)
        if found is None:
            return False
        body = getattr(found, "body", [])
    return True


def names_of(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return {statement.name}
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    return {each.id for each in targets if isinstance(each, ast.Name)}


@pytest.mark.parametrize("page", [str(page.relative_to(ROOT)) for page in PAGES])
def test_every_file_and_function_that_a_page_names_exists(page: str) -> None:
    wrong = []
    for text in quoted(ROOT / page):
        for match in _FILE.finditer(text):
            file = find(match["path"], page)
            if file is not None and not (file.exists() and (not match["name"] or defines(file, match["name"]))):
                wrong.append(match[0])
        if _DOTTED.fullmatch(text) and not is_importable(text):
            wrong.append(text)
    assert wrong == []


def is_importable(dotted: str) -> bool:
    """Return whether ``kagglebot.a.b.name`` is a module, or a name in one."""
    path = ROOT / dotted.replace(".", "/")
    module, name = path.parent.with_suffix(".py"), path.name
    if dotted in entry_point_groups() or path.is_dir() or path.with_suffix(".py").is_file():
        return True
    return module.is_file() and defines(module, name)


def entry_point_groups() -> set[str]:
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "kagglebot").rglob("*.py"))
    return {group for text in sources for group in re.findall(r'"(kagglebot\.\w+)"', text)}


def test_the_map_of_the_rooms_has_the_layers_in_their_order() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (contract,) = [each for each in contracts if each.get("containers") == ["kagglebot"]]
    layers = [{each.strip() for each in layer.split("|")} for layer in contract["layers"]]
    page = (ROOT / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| `(\w+)(?:/|\.py)` \|", page, re.MULTILINE)
    mapped = [{room for number, room in rows if int(number) == layer} for layer in range(1, len(layers) + 1)]
    assert mapped == layers


def test_a_missing_function_would_be_found() -> None:
    assert defines(ROOT / "kagglebot" / "errors.py", "KagglebotError")
    assert not defines(ROOT / "kagglebot" / "errors.py", "NoSuchError")
    assert defines(ROOT / "kagglebot" / "kaggle" / "client.py", "KaggleClient.submit")
    assert not defines(ROOT / "kagglebot" / "kaggle" / "client.py", "KaggleClient.no_such_method")
    assert not is_importable("kagglebot.system.files.disk_errors.no_such_function")


def test_every_benchmark_is_in_the_list_of_benchmarks() -> None:
    listed = set(
        re.findall(r"`benchmarks/(\w+\.py)`", (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8"))
    )
    helpers = {"crash_recovery_checks.py", "killed_commands.py", "killed_submit.py"}  # of those that kill
    assert listed == {path.name for path in (ROOT / "benchmarks").glob("*.py")} - helpers
