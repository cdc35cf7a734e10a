import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kagglebot.errors import UsageError
from kagglebot.system.plugins import load_plugins, make_plugin

Install = Callable[[str, str, str], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install a package of one module and one entry point, as pip would lay it out."""
    monkeypatch.syspath_prepend(tmp_path)
    load_plugins.cache_clear()

    def write(package: str, code: str, entry_point: str) -> None:
        (tmp_path / f"{package}.py").write_text(code)
        info = tmp_path / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[kagglebot.tests]\n{entry_point}\n")

    yield write
    load_plugins.cache_clear()
    for name in ("first_plugin", "second_plugin"):
        sys.modules.pop(name, None)


def test_objects_are_found_by_name(install: Install) -> None:
    install("first_plugin", "VALUE = {'answer': 42}", "one = first_plugin:VALUE")
    install("second_plugin", "class Two: ...", "two = second_plugin:Two")
    plugins = load_plugins("kagglebot.tests")
    assert sorted(plugins) == ["one", "two"]
    assert plugins["one"] == {"answer": 42}
    assert plugins["two"].__name__ == "Two"
    assert load_plugins("kagglebot.tests") is plugins


def test_a_group_without_plugins_is_empty() -> None:
    assert load_plugins("kagglebot.no-such-group") == {}


@pytest.mark.parametrize(
    ("code", "point", "cause"),
    [
        ("import no_such_module", "one = first_plugin:VALUE", "No module named 'no_such_module'"),
        ("", "one = first_plugin:VALUE", "AttributeError"),
        ("raise RuntimeError('no license')", "one = first_plugin", "RuntimeError: no license"),
    ],
)
def test_a_plugin_that_cannot_be_imported_is_named(install: Install, code: str, point: str, cause: str) -> None:
    install("first_plugin", code, point)
    with pytest.raises(UsageError) as caught:
        load_plugins("kagglebot.tests")
    assert caught.value.message.startswith("The plugin 'one' of first_plugin (first_plugin")
    assert cause in caught.value.message
    assert "pip uninstall first_plugin" in caught.value.hint


def test_two_packages_with_one_name_are_refused(install: Install) -> None:
    install("first_plugin", "VALUE = 1", "one = first_plugin:VALUE")
    install("second_plugin", "VALUE = 2", "one = second_plugin:VALUE")
    with pytest.raises(UsageError, match=r"Both .*_plugin and .*_plugin offer 'one' in kagglebot\.tests"):
        load_plugins("kagglebot.tests")


class Broken:
    def __init__(self) -> None:
        raise RuntimeError("no license")


@pytest.mark.parametrize(
    ("plugin", "problem"),
    [
        (Broken, "cannot be called without arguments: RuntimeError: no license"),
        (lambda: 1 / 0, "cannot be called without arguments: ZeroDivisionError"),
        (lambda argument: argument, "cannot be called without arguments: TypeError"),
        (dict, "does not make a list"),
        (42, "is not a list"),
    ],
)
def test_a_plugin_that_cannot_be_made_is_named(plugin: object, problem: str) -> None:
    with pytest.raises(UsageError) as caught:
        make_plugin("kagglebot.tests", "one", plugin, list)
    assert caught.value.message.startswith(f"The entry point 'one' in kagglebot.tests {problem}")


def test_a_plugin_is_made_by_a_class_or_function_or_as_it_is() -> None:
    assert make_plugin("kagglebot.tests", "one", list, list) == []
    assert make_plugin("kagglebot.tests", "one", lambda: [1], list) == [1]
    assert make_plugin("kagglebot.tests", "one", [2], list) == [2]
