"""The examples in the docstrings of the public API: run in the order of the source, in one workspace."""

import doctest
import shutil
from pathlib import Path

import pytest
from finished_studies import COMPETITION, make_workspace
from practice_server import serving

import kagglebot
from kagglebot.practice import write_competition

SMALL = """
family = "mlp"
[validation]
fraction = 0.3
[pruner]
name = "none"
[fixed]
layers = 1
epochs = 3
[space]
units_1 = { low = 16, high = 64 }
learning_rate = { low = 1e-3, high = 1e-2, log = true }
"""


def examples() -> list[doctest.DocTest]:
    """Return those of all public names; a workspace's come first, as they make what others show."""
    finder = doctest.DocTestFinder()
    names = [name for name in kagglebot.__all__ if name != "__version__"]
    found = [each for name in names for each in finder.find(getattr(kagglebot, name), name)]
    return sorted(
        (each for each in found if each.examples),
        key=lambda each: (not each.name.startswith("Workspace"), each.filename, each.lineno),
    )


def test_every_example_prints_what_it_shows(
    tmp_path: Path, digits_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_workspace(tmp_path / "digits", digits_data)
    (root / "data" / COMPETITION).unlink()  # a link to what all tests share, and `fetch` writes there
    shutil.copytree(digits_data, root / "data" / COMPETITION)
    (root / "studies" / "small.toml").write_text(SMALL)
    monkeypatch.chdir(tmp_path)
    runner, printed, known = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS), [], {"__name__": "examples"}
    with serving(monkeypatch, write_competition(tmp_path)):
        for example in examples():
            example.globs = known
            runner.run(example, out=printed.append, clear_globs=False)
    assert runner.summarize(verbose=False).failed == 0, "".join(printed)


def test_every_method_of_a_workspace_has_an_example() -> None:
    shown = {example.name for example in examples()}
    methods = {f"Workspace.{name}" for name in vars(kagglebot.Workspace) if not name.startswith("_")}
    assert {"Workspace", *methods} <= shown
