"""Packages that may be installed: plugins found by entry points, and those of our own extras."""

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from inspect import isclass, isfunction
from typing import Any, Protocol, TypeVar

from kagglebot.errors import UsageError

#: What to do about a plugin that cannot be used.
PLUGIN_HINT = "Uninstall the package that brings it, or ask its authors to change it."


class _Named(Protocol):
    @property
    def name(self) -> str: ...


_Made = TypeVar("_Made")
_Kind = TypeVar("_Kind", bound=_Named)


@cache
def load_plugins(group: str) -> dict[str, Any]:
    """Return what installed packages offer in an entry-point group, by name.

    Worker processes find the same plugins, as they see the same installed packages.

    Args:
        group: ``kagglebot.families``, ``kagglebot.layouts``, ``kagglebot.metrics`` or ``kagglebot.callbacks``.

    Raises:
        UsageError: A plugin cannot be imported, or two packages offer the same name.
    """
    loaded: dict[str, Any] = {}
    packages: dict[str, str] = {}
    for point in entry_points(group=group):
        package = point.dist.name if point.dist else point.module
        if point.name in loaded:
            raise UsageError(
                f"Both {packages[point.name]} and {package} offer '{point.name}' in {group}.",
                f"Uninstall one of them: `pip uninstall {package}`.",
            )
        packages[point.name] = package
        try:
            loaded[point.name] = point.load()
        except Exception as error:  # an import runs the plugin's own code
            raise UsageError(
                f"The plugin '{point.name}' of {package} ({point.value}, in {group}) cannot be imported: "
                f"{type(error).__name__}: {error}.",
                f"Update the package, or remove it: `pip uninstall {package}`.",
            ) from error
    return loaded


def make_plugin(group: str, entry: str, plugin: Any, kind: type[_Made]) -> _Made:
    """Return a plugin; a class or function is called without arguments to make it.

    Args:
        group: The entry-point group.
        entry: Name of the entry point.
        plugin: What it offers.
        kind: What the plugin must be, such as ``Metric``.

    Raises:
        UsageError: The call fails, or the plugin is not a ``kind``.
    """
    is_maker = isclass(plugin) or isfunction(plugin)
    try:
        made = plugin() if is_maker else plugin
    except Exception as error:  # the plugin's own code
        raise UsageError(
            f"The entry point '{entry}' in {group} cannot be called without arguments: "
            f"{type(error).__name__}: {error}.",
            PLUGIN_HINT,
        ) from error
    if not isinstance(made, kind):
        problem = "does not make" if is_maker else "is not"
        raise UsageError(f"The entry point '{entry}' in {group} {problem} a {kind.__name__}.", PLUGIN_HINT)
    return made


def with_plugins(group: str, kind: type[_Kind], ours: Iterable[_Kind]) -> dict[str, _Kind]:
    """Return ``ours`` and the plugins of a group by name; each must be a ``kind``, such as ``Metric``.

    Raises:
        UsageError: A plugin cannot be imported or made, is not a ``kind``, or has the name of another.
    """
    known = {each.name: each for each in ours}
    for entry, plugin in load_plugins(group).items():
        made = make_plugin(group, entry, plugin, kind)
        if made.name in known:
            raise UsageError(f"The entry point '{entry}' in {group} is a second '{made.name}'.", PLUGIN_HINT)
        known[made.name] = made
    return known


def import_extra(module: str, extra: str) -> Any:
    """Import a module of a package that comes with ``pip install 'kagglebot[EXTRA]'``.

    Raises:
        UsageError: It is not installed, or cannot be imported.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise UsageError(
            f"{module.partition('.')[0]} cannot be imported: {error}.", f"Run: pip install 'kagglebot[{extra}]'"
        ) from error
