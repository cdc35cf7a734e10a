import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from kagglebot.errors import StudyError, UsageError
from kagglebot.models.registry import get_family, known_families
from kagglebot.system.plugins import load_plugins

LINEAR = """\
from dataclasses import replace
from kagglebot.models.dense import FAMILY
LINEAR = replace(FAMILY, name="linear")
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Install a package that offers one family, as pip would lay it out."""
    monkeypatch.syspath_prepend(tmp_path)
    _forget()

    def write(code: str) -> None:
        (tmp_path / "linear_family.py").write_text(code)
        info = tmp_path / "linear_family-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: linear_family\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[kagglebot.families]\nlinear = linear_family:LINEAR\n")

    yield write
    _forget()
    sys.modules.pop("linear_family", None)


def _forget() -> None:
    load_plugins.cache_clear()
    known_families.cache_clear()


def test_a_family_of_another_package_is_found_in_worker_processes_too(install: Callable[[str], None]) -> None:
    install(LINEAR)
    assert list(known_families()) == ["cnn", "dense", "mlp", "pretrained", "finetuned", "linear"]
    with ProcessPoolExecutor(1, get_context("spawn")) as processes:
        assert processes.submit(get_family, "linear").result().name == "linear"


def test_an_unknown_family_lists_the_known(install: Callable[[str], None]) -> None:
    install(LINEAR)
    with pytest.raises(StudyError, match="no model family 'vit'") as caught:
        get_family("vit")
    assert caught.value.hint == "Known families: cnn, dense, finetuned, linear, mlp, pretrained."


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("LINEAR = 3", "'linear' in kagglebot.families is not a Family"),
        (LINEAR.replace('"linear"', '"cnn"'), "'linear' in kagglebot.families is a second 'cnn'"),
    ],
)
def test_a_plugin_that_cannot_be_used_is_named(install: Callable[[str], None], code: str, problem: str) -> None:
    install(code)
    with pytest.raises(UsageError, match=problem):
        get_family("cnn")
