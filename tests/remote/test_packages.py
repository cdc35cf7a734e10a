"""The packages that go along to Kaggle."""

import os
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

from kagglebot.errors import DataError
from kagglebot.remote import packages, program
from kagglebot.remote.packages import PACKAGES, download_packages

ANY, LINUX = "py3-none-any", "cp312-cp312-manylinux2014_x86_64"


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Commands that were started, each of which does nothing."""
    started: list[list[str]] = []

    def run(command: list[str], **_: object) -> SimpleNamespace:
        started.append(command)
        return SimpleNamespace(returncode=0, stderr="")

    monkeypatch.setattr(subprocess, "run", run)
    return started


def test_the_named_ones_alone_in_the_versions_of_here(commands: list[list[str]], tmp_path: Path) -> None:
    download_packages(tmp_path)
    ((python, *words),) = commands
    assert python == sys.executable and words[:3] == ["-m", "pip", "download"]
    assert "--no-deps" in words and words[words.index("--dest") + 1] == str(tmp_path)
    assert [word.partition("==")[0] for word in words if "==" in word] == list(PACKAGES)


def test_a_failure_is_an_error_with_what_pip_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    failed = SimpleNamespace(returncode=1, stderr="warning\nERROR: no matching distribution\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(DataError, match="no matching distribution"):
        download_packages(tmp_path)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of an index of packages on this machine, which alone pip asks."""
    folder = tmp_path / "index"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        for name in [name for name in os.environ if name.startswith("PIP_")]:
            monkeypatch.delenv(name)
        own = {"INDEX_URL": f"http://127.0.0.1:{server.server_port}", "CONFIG_FILE": os.devnull}
        for name, value in (own | {"NO_CACHE_DIR": "1", "RETRIES": "0"}).items():
            monkeypatch.setenv(f"PIP_{name}", value)
        yield folder
        server.shutdown()
        thread.join()


def publish(index: Path, name: str, *tags: str) -> None:
    """Add wheels of a package that only says what it is, in the version of here and an older one."""
    (index / name).mkdir()
    for version in (metadata.version(name), "0.0.1"):
        for tag in tags:
            wheel, about = f"{name}-{version}-{tag}.whl", f"{name}-{version}.dist-info"
            files = {
                f"{name}/__init__.py": f"TAG = {tag!r}",
                f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
                f"{about}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
                f"{about}/RECORD": "",
            }
            with zipfile.ZipFile(index / name / wheel, "w") as archive:
                for path, text in files.items():
                    archive.writestr(path, text)
    links = "".join(f'<a href="{path.name}">{path.name}</a>' for path in (index / name).iterdir())
    (index / name / "index.html").write_text(f"<!DOCTYPE html><html><body>{links}</body></html>")


@pytest.mark.parametrize("installed", [True, False])
def test_wheels_for_kaggles_python_come_from_an_index_and_are_imported_there(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installed: bool
) -> None:
    if not installed:  # as in an environment that uv made
        monkeypatch.setattr(packages, "find_spec", lambda name: None)
    publish(index, "optuna", ANY)
    publish(index, "cmaes", "cp311-cp311-manylinux2014_x86_64", LINUX, "cp312-cp312-win_amd64")
    packed = tmp_path / "packed"
    packed.mkdir()
    download_packages(packed)
    versions = {name: metadata.version(name) for name in PACKAGES}
    compiled = packed / f"cmaes-{versions['cmaes']}-{LINUX}.whl"
    assert {path.name for path in packed.iterdir()} == {
        compiled.name,
        f"optuna-{versions['optuna']}-{ANY}.whl",
    }
    if sys.version_info[:2] != (3, 12) or sys.platform != "linux":
        compiled.unlink()
    shutil.copyfile(program.__file__, packed / "job.py")
    check = "import job; job.add_sources(); import optuna; print(optuna.TAG)"
    command = [sys.executable, "-c", check]
    done = subprocess.run(command, cwd=packed, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ANY


def test_a_package_for_other_machines_alone_is_told_in_a_sentence(index: Path, tmp_path: Path) -> None:
    publish(index, "optuna", "cp311-cp311-manylinux2014_x86_64")
    with pytest.raises(DataError) as error:
        download_packages(tmp_path)
    version = metadata.version("optuna")
    assert error.value.message.endswith(f"not downloaded: No matching distribution found for optuna=={version}.")
    assert not list(tmp_path.glob("*.whl"))
