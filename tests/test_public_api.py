"""The public API: every name can be imported, is documented, and is imported only when used."""

import dataclasses
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import kagglebot

API = (Path(__file__).parents[1] / "docs" / "api.md").read_text()
NAMES = [name for name in kagglebot.__all__ if name != "__version__"]
#: A docstring opens with a noun phrase or with a verb in the imperative, and no private words.
FORBIDDEN = re.compile(r"^(Give|Say|Tell|Be)\b|\b(luck|shelf|crew|sweep|twin)\b")


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_imported_documented_and_on_the_page(name: str) -> None:
    value = getattr(kagglebot, name)
    assert inspect.isclass(value)
    assert value.__doc__ and not FORBIDDEN.search(value.__doc__), value.__doc__
    assert f"{'exception' if issubclass(value, BaseException) else 'class'}:: {name}\n" in API


@pytest.mark.parametrize("name", NAMES)
def test_every_public_method_is_documented(name: str) -> None:
    for kind in ours(getattr(kagglebot, name)):
        for method, value in vars(kind).items():
            function = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
            if not method.startswith("_") and inspect.isfunction(function):
                assert function.__doc__ and not FORBIDDEN.search(function.__doc__), f"{name}.{method}"


def ours(kind: type) -> list[type]:
    """Return a class and the classes of kagglebot that it inherits from."""
    return [each for each in kind.__mro__ if each.__module__.startswith("kagglebot.")]


def test_every_method_of_a_workspace_is_on_the_page_in_the_order_of_the_source() -> None:
    kinds = [kind for kind in ours(kagglebot.Workspace) if kind.__module__.startswith("kagglebot.workspace.")]
    methods = [name for kind in kinds for name in vars(kind) if not name.startswith("_")]
    assert re.findall(r"^\.\. automethod:: Workspace\.(\w+)$", API, re.MULTILINE) == methods


@pytest.mark.parametrize("name", NAMES)
def test_every_field_of_a_record_is_documented(name: str) -> None:
    kind = getattr(kagglebot, name)
    for field in dataclasses.fields(kind) if dataclasses.is_dataclass(kind) else ():
        assert re.search(rf"^ +{field.name}: \S", kind.__doc__, re.MULTILINE), f"{name}.{field.name}"


def test_the_page_has_nothing_else() -> None:
    assert sorted(re.findall(r"^\.\. auto\w+:: (\w+)$", API, re.MULTILINE)) == sorted(NAMES)


def test_the_names_are_in_order_and_dir_lists_them() -> None:
    assert kagglebot.__all__ == sorted(kagglebot.__all__)
    assert set(kagglebot.__all__) <= set(dir(kagglebot))
    assert set(kagglebot._MODULES) == set(NAMES)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Workspaces'"):
        kagglebot.Workspaces  # noqa: B018


def test_importing_the_package_imports_none_of_its_rooms() -> None:
    program = "import sys, kagglebot; print(sorted(name for name in sys.modules if name.startswith('kagglebot')))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "['kagglebot', 'kagglebot.version']\n"
