"""The sources beside an exported model: kagglebot's own, and those of the plugins that the model needs."""

import zipfile
from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from kagglebot.system.plugins import load_plugins

_DATE = (2020, 1, 1, 0, 0, 0)  # the same for all files, so that the same sources make the same zip file


def pack_sources(target: Path, plugins: Mapping[str, set[str]]) -> None:
    """Write a zip file that Python imports kagglebot and plugins from.

    Args:
        target: The zip file.
        plugins: The names of what is needed, by the group of entry points that other packages offer it in.
    """
    files = dict(_sources("kagglebot"))
    for group, names in plugins.items():
        for point in entry_points(group=group):
            if getattr(load_plugins(group)[point.name], "name", point.name) in names:
                files.update(_sources(point.module.partition(".")[0]))
                files.update(_installed(point))
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in sorted(files.items()):
            packed.writestr(zipfile.ZipInfo(name, _DATE), content, zipfile.ZIP_DEFLATED)


def _sources(name: str) -> Iterator[tuple[str, bytes]]:
    """Yield the Python files of a package, or of a single module, by their path in the zip file."""
    module = import_module(name)
    roots = [Path(each) for each in getattr(module, "__path__", ())]
    for root in roots:
        for path in sorted(root.rglob("*.py")):
            yield f"{name}/{path.relative_to(root).as_posix()}", path.read_bytes()
    if not roots and module.__file__:
        yield f"{name}.py", Path(module.__file__).read_bytes()


def _installed(point: EntryPoint) -> Iterator[tuple[str, bytes]]:
    """Yield the files by which an entry point is found as if its package were installed."""
    name = f"{point.group}.{point.name}"
    yield f"{name}-0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 0\n".encode()
    yield f"{name}-0.dist-info/entry_points.txt", f"[{point.group}]\n{point.name} = {point.value}\n".encode()
