"""The download of weights from a server with the faults of real ones."""

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from weights_server import WeightsServer, serve_weights

from kagglebot.errors import DataError
from kagglebot.kaggle.retry import RetryPolicy
from kagglebot.pretrained import download as module
from kagglebot.pretrained.download import download, locked
from kagglebot.system.progress import no_progress

CONTENT = bytes(range(256)) * 4000
MD5 = f"md5:{hashlib.md5(CONTENT).hexdigest()}"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[WeightsServer]:
    monkeypatch.setattr(module, "RETRY", RetryPolicy(attempts=2, first_wait_seconds=0))
    with serve_weights(CONTENT) as served:
        yield served


def refusal(server: WeightsServer, path: Path, checksum: str = MD5) -> DataError:
    with pytest.raises(DataError) as caught:
        download(server.url, path, checksum, no_progress)
    assert not path.exists() and server.url in caught.value.hint and str(path) in caught.value.hint
    return caught.value


def test_a_file_arrives_whole_with_its_progress(server: WeightsServer, tmp_path: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    download(server.url, tmp_path / "net.h5", MD5, lambda *each: told.append(each))
    assert (tmp_path / "net.h5").read_bytes() == CONTENT
    assert [path.name for path in tmp_path.iterdir()] == ["net.h5"]
    assert told[-1] == ("downloading net.h5", len(CONTENT), len(CONTENT)) and len(told) > 1


def test_a_broken_connection_is_resumed(server: WeightsServer, tmp_path: Path) -> None:
    server.cut = 700_000
    download(server.url, tmp_path / "net.h5", MD5, no_progress)
    assert (tmp_path / "net.h5").read_bytes() == CONTENT
    assert server.asked[0] == "" and server.asked[1].startswith("bytes=")


def test_what_a_killed_process_has_got_is_not_sent_again(server: WeightsServer, tmp_path: Path) -> None:
    for share in (CONTENT[:1000], CONTENT):
        (tmp_path / ".net.h5.part").write_bytes(share)
        download(server.url, tmp_path / "net.h5", MD5, no_progress)
        assert (tmp_path / "net.h5").read_bytes() == CONTENT
    assert server.asked == ["bytes=1000-", f"bytes={len(CONTENT)}-"]


def test_other_bytes_are_refused_and_not_kept(server: WeightsServer, tmp_path: Path) -> None:
    server.content = b"<html>Please log in</html>"
    said = refusal(server, tmp_path / "net.h5").message
    assert "127.0.0.1 sent something other than net.h5: its digest is" in said
    assert not list(tmp_path.iterdir())


def test_a_missing_file_is_not_asked_for_twice(server: WeightsServer, tmp_path: Path) -> None:
    server.status = 404
    assert "127.0.0.1 answered with HTTP 404" in refusal(server, tmp_path / "net.h5").message
    assert len(server.asked) == 1


def test_a_server_that_is_down_for_a_moment_is_asked_again(server: WeightsServer, tmp_path: Path) -> None:
    server.status = 503
    assert "answered with HTTP 503" in refusal(server, tmp_path / "net.h5").message
    assert len(server.asked) == 2


def test_a_server_that_does_not_answer_is_named(
    server: WeightsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TIMEOUT", (1.0, 0.1))
    server.wait = 1.0
    assert "127.0.0.1 did not answer in time" in refusal(server, tmp_path / "net.h5").message


def test_without_a_network_the_address_and_the_place_are_named(server: WeightsServer, tmp_path: Path) -> None:
    server.url = "http://127.0.0.1:9/net.h5"
    assert "127.0.0.1 cannot be reached" in refusal(server, tmp_path / "net.h5").message


def test_a_full_disk_is_named(server: WeightsServer, tmp_path: Path) -> None:
    (tmp_path / ".net.h5.part").symlink_to("/dev/full")
    with pytest.raises(DataError, match="No space left on device"):
        download(server.url, tmp_path / "net.h5", MD5, no_progress)


def test_two_processes_do_not_write_at_once(tmp_path: Path) -> None:
    order: list[str] = []
    with locked(tmp_path / "net.h5"):
        other = threading.Thread(target=lambda: wait_for(order, tmp_path / "net.h5"))
        other.start()
        other.join(0.1)
        order.append("first")
    other.join()
    assert order == ["first", "second"]


def wait_for(order: list[str], path: Path) -> None:
    with locked(path):
        order.append("second")
