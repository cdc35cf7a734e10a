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
#: A workspace's class, and those that its methods are in, in the order of the page.
WORKSPACE = [kind for kind in kagglebot.Workspace.__mro__ if kind.__module__.startswith("kagglebot.workspace.")]


def examples() -> list[doctest.DocTest]:
    """Return those of all public names; a workspace's come first, as they make what others show."""
    finder = doctest.DocTestFinder()
    found: list[doctest.DocTest] = []
    for kind in WORKSPACE:
        found += sorted(finder.find(kind, "Workspace"), key=lambda each: each.lineno or 0)
    others = [name for name in kagglebot.__all__ if name not in ("__version__", "Workspace")]
    more = [each for name in others for each in finder.find(getattr(kagglebot, name), name)]
    found += sorted(more, key=lambda each: (each.filename or "", each.lineno or 0))
    return [each for each in found if each.examples]


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
    methods = {f"Workspace.{name}" for kind in WORKSPACE for name in vars(kind) if not name.startswith("_")}
    assert {"Workspace", *methods} <= shown
