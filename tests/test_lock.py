"""The lock has hashes for every package, and docs/LICENCES.md lists every licence."""

import importlib.util
import re
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def licences() -> ModuleType:
    """docs/licences.py, which is no part of a package."""
    spec = importlib.util.spec_from_file_location("licences", ROOT / "docs" / "licences.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_locked_package_has_an_exact_version_and_hashes(licences: ModuleType) -> None:
    text = (ROOT / "requirements.lock").read_text()
    entries = re.split(r"\n(?=\S)", text.strip())
    for entry in entries:
        head, *hashes = entry.splitlines()
        assert re.match(r"[A-Za-z0-9._-]+==[0-9][^ ]*( ; .+)? \\$", head), head
        assert hashes and all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line) for line in hashes), head
    assert {entry.partition("==")[0] for entry in entries} == licences.locked().keys()


def test_the_list_of_licences_is_that_of_the_lock(licences: ModuleType) -> None:
    rows = dict(re.findall(r"^\| ([A-Za-z0-9._-]+) \| (.+) \|$", licences.LIST.read_text(), re.MULTILINE))
    listed = rows.keys() - {"package", "---"}
    hint = "Run: python docs/licences.py"
    assert listed == licences.locked().keys(), hint
    for name in listed:
        try:
            assert rows[name] == licences.licence(name), hint
        except metadata.PackageNotFoundError:
            assert rows[name], hint
