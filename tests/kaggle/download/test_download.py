"""The archive arrives complete and in its newest version, whatever happens on the way."""

import os
import random
import re
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import filelock
import pytest

from kagglebot.errors import DataError, KaggleError
from kagglebot.kaggle.client import KaggleClient
from kagglebot.kaggle.records import FileList
from kagglebot.kaggle.retry import RetryPolicy
from kagglebot.practice import PracticeCompetition, PracticeServer, write_competition

NAME = "digits-practice"
QUICK = RetryPolicy(attempts=2, first_wait_seconds=0.001)


def test_whole_archive_arrives_with_its_progress(
    client: KaggleClient, competition: PracticeCompetition, tmp_path: Path
) -> None:
    told: list[tuple[str, int, int | None]] = []
    result = client.download(NAME, tmp_path / "data", on_progress=lambda *state: told.append(state))
    content = competition.archive.read_bytes()
    assert (result.path, result.new) == (tmp_path / "data" / f"{NAME}.zip", True)
    assert result.path.read_bytes() == content
    assert told[-1] == (f"downloading {NAME}.zip", len(content), len(content))


def test_nothing_new_downloads_nothing(client: KaggleClient, tmp_path: Path) -> None:
    before = client.download(NAME, tmp_path).path.stat()
    again = client.download(NAME, tmp_path)
    after = again.path.stat()
    assert not again.new
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_force_downloads_again(client: KaggleClient, tmp_path: Path) -> None:
    client.download(NAME, tmp_path)
    assert client.download(NAME, tmp_path, force=True).new


@pytest.fixture
def large(server: PracticeServer, competition: PracticeCompetition, tmp_path: Path) -> Path:
    """A larger archive in its place: 1 MB."""
    archive = tmp_path / "kaggle" / "large.zip"
    archive.parent.mkdir()
    write_large(archive, seed=0)
    server.competitions[NAME] = replace(competition, archive=archive)
    return archive


def write_large(archive: Path, *, seed: int, size: int = 1_000_000) -> None:
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("train.csv", random.Random(seed).randbytes(size))


def test_cut_connections_are_resumed_where_they_broke(
    client: KaggleClient, server: PracticeServer, large: Path, tmp_path: Path
) -> None:
    # More cuts than attempts, but each attempt gets further. One asks twice: for the headers, then the rest.
    server.faults.cut_downloads, server.faults.cut_after_bytes = 8, 200_000
    assert client.download(NAME, tmp_path).path.read_bytes() == large.read_bytes()
    starts = [start for start, _ in server.ranges if start]
    assert len(starts) >= 4 and starts == sorted(set(starts))
    assert server.leaked_credentials == 0


def test_another_run_resumes_too(
    client: KaggleClient, server: PracticeServer, large: Path, tmp_path: Path
) -> None:
    server.faults.cut_downloads, server.faults.cut_after_bytes = 1, 500_000
    stop_after_the_cut(server, tmp_path)
    assert not (tmp_path / f"{NAME}.zip").exists()
    assert client.download(NAME, tmp_path).path.read_bytes() == large.read_bytes()
    start, stop = server.ranges[-1]
    assert 400_000 < start <= 500_000 and stop == large.stat().st_size


def test_partial_of_an_older_version_is_not_continued(
    client: KaggleClient, server: PracticeServer, large: Path, tmp_path: Path
) -> None:
    server.faults.cut_downloads, server.faults.cut_after_bytes = 1, 500_000
    stop_after_the_cut(server, tmp_path)
    assert (tmp_path / ".download" / f"{NAME}.zip").stat().st_size > 400_000
    write_large(large, seed=1)
    assert client.download(NAME, tmp_path).path.read_bytes() == large.read_bytes()


def test_archive_that_changes_during_the_wait_is_taken_new(
    server: PracticeServer, large: Path, tmp_path: Path
) -> None:
    server.faults.cut_downloads, server.faults.cut_after_bytes = 1, 500_000

    def change(reason: str) -> None:
        write_large(large, seed=1, size=900_000)

    client = KaggleClient(retry=QUICK, on_wait=change)
    assert client.download(NAME, tmp_path).path.read_bytes() == large.read_bytes()


def stop_after_the_cut(server: PracticeServer, folder: Path) -> None:
    """Let the first attempt break off, and all further ones find the storage closed."""

    def close_storage(reason: str) -> None:
        server.faults.storage_errors = 99

    with pytest.raises(KaggleError):
        KaggleClient(retry=QUICK, on_wait=close_storage).download(NAME, folder)
    server.faults.storage_errors = 0


def test_truncated_archive_is_noticed(
    client: KaggleClient, competition: PracticeCompetition, tmp_path: Path
) -> None:
    archive = client.download(NAME, tmp_path).path
    archive.write_bytes(archive.read_bytes()[:-1])
    os.utime(archive, (time.time() + 1000,) * 2)  # newer than Kaggle's: the client alone would keep it
    again = client.download(NAME, tmp_path)
    assert again.new
    assert again.path.read_bytes() == competition.archive.read_bytes()


@pytest.mark.parametrize(
    ("surplus_bytes", "sentence"), [(1000, "broke off after"), (-1000, "as announced, and it is damaged")]
)
def test_archive_that_lies_about_its_size_never_passes_for_the_data(
    client: KaggleClient,
    server: PracticeServer,
    competition: PracticeCompetition,
    tmp_path: Path,
    surplus_bytes: int,
    sentence: str,
) -> None:
    server.faults.surplus_bytes = surplus_bytes
    with pytest.raises(KaggleError, match=sentence) as caught:
        client.download(NAME, tmp_path)
    assert "run the same command again" in caught.value.hint.lower()
    assert not (tmp_path / f"{NAME}.zip").exists()
    server.faults.surplus_bytes = 0
    assert client.download(NAME, tmp_path).path.read_bytes() == competition.archive.read_bytes()


def test_file_of_the_same_name_does_not_pass_for_the_data(
    client: KaggleClient, competition: PracticeCompetition, tmp_path: Path
) -> None:
    archive = tmp_path / f"{NAME}.zip"
    archive.write_bytes(bytes(competition.archive.stat().st_size))
    os.utime(archive, (time.time() + 1000,) * 2)
    assert client.download(NAME, tmp_path).path.read_bytes() == competition.archive.read_bytes()


def test_stale_archive_is_replaced_only_when_the_new_one_is_there(
    client: KaggleClient, server: PracticeServer, tmp_path: Path
) -> None:
    archive = client.download(NAME, tmp_path).path
    old = archive.read_bytes()
    new = write_competition(tmp_path / "kaggle", seed=3)
    server.competitions[NAME] = new
    server.faults.storage_errors = 99
    with pytest.raises(KaggleError, match="HTTP 503"):
        client.download(NAME, tmp_path)
    assert archive.read_bytes() == old
    server.faults.storage_errors = 0
    assert client.download(NAME, tmp_path).new
    assert archive.read_bytes() == new.archive.read_bytes()


def test_error_page_in_the_partial_file_is_not_continued(
    client: KaggleClient, server: PracticeServer, large: Path, tmp_path: Path
) -> None:
    server.faults.cut_downloads, server.faults.cut_after_bytes = 1, 500_000
    stop_after_the_cut(server, tmp_path)
    partial = tmp_path / ".download" / f"{NAME}.zip"
    partial.write_text('{"code": 503, "message": "Slow down"}')
    assert client.download(NAME, tmp_path).path.read_bytes() == large.read_bytes()


def test_storage_that_fails_in_the_middle_does_not_leave_its_error_page(
    client: KaggleClient, server: PracticeServer, large: Path, tmp_path: Path
) -> None:
    """The client asks for the rest, and writes whatever it gets into the file."""
    server.faults.cut_downloads, server.faults.cut_after_bytes = 1, 500_000
    stop_after_the_cut(server, tmp_path)
    server.faults.storage_successes, server.faults.storage_errors = 1, 2
    assert client.download(NAME, tmp_path).path.read_bytes() == large.read_bytes()


def test_disk_without_room_is_told_before_the_download(
    client: KaggleClient, server: PracticeServer, competition: PracticeCompetition, tmp_path: Path
) -> None:
    vast = tmp_path / "vast.zip"
    with vast.open("wb") as file:
        file.truncate(1 << 43)  # 8 TiB of holes
    server.competitions[NAME] = replace(competition, archive=vast)
    with pytest.raises(DataError, match="MB free") as caught:
        client.download(NAME, tmp_path / "data")
    assert "Free some space" in caught.value.hint


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_disk_that_refuses_in_the_middle(server: PracticeServer, large: Path, tmp_path: Path) -> None:
    program = (
        "import resource, sys; from pathlib import Path; from kagglebot.errors import DataError\n"
        "from kagglebot.kaggle.client import KaggleClient\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))\n"
        "try: KaggleClient().download('digits-practice', Path(sys.argv[1]))\n"
        "except DataError as error: sys.exit(error.message)"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert re.fullmatch(rf"Could not write .*{NAME}\.zip: File too large\.\n", result.stderr)
    assert not (tmp_path / f"{NAME}.zip").exists()
    assert server.calls["download"] == 1


def test_two_downloads_do_not_mix(client: KaggleClient, tmp_path: Path) -> None:
    (tmp_path / ".download").mkdir()
    with (
        filelock.FileLock(tmp_path / ".download" / "lock"),
        pytest.raises(KaggleError, match="Another kagglebot"),
    ):
        client.download(NAME, tmp_path)


def test_folder_that_cannot_be_made(client: KaggleClient, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(DataError, match="data"):
        client.download(NAME, tmp_path / "data")


def test_chosen_files_are_packed_and_not_downloaded_again(
    client: KaggleClient, server: PracticeServer, competition: PracticeCompetition, tmp_path: Path
) -> None:
    listed = client.files(NAME)
    with zipfile.ZipFile(competition.archive) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    assert {file.name: file.size for file in listed.files} == {name: len(each) for name, each in contents.items()}
    server.faults.page_size = 2
    assert client.files(NAME) == listed and listed.whole
    assert client.files(NAME, pages=1) == FileList(listed.files[:2], whole=False)
    chosen = [file for file in listed.files if file.name != "test.csv"]
    told: list[tuple[str, int, int | None]] = []
    result = client.download(NAME, tmp_path, chosen=chosen, on_progress=lambda *state: told.append(state))
    with zipfile.ZipFile(result.path) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            file.name: contents[file.name] for file in chosen
        }
    size = sum(file.size for file in chosen)
    assert result.new and told[-1] == ("downloading 2 files", size, size)
    assert {phase for phase, *_ in told} == {"downloading 2 files"}  # one bar, however many files there are
    downloads = server.calls["download"]
    assert not client.download(NAME, tmp_path, chosen=chosen).new
    assert server.calls["download"] == downloads
    assert client.download(NAME, tmp_path).new  # all files are another archive


def test_chosen_files_are_resumed_where_they_broke(
    client: KaggleClient, server: PracticeServer, large: Path, tmp_path: Path
) -> None:
    server.faults.cut_downloads, server.faults.cut_after_bytes = 8, 200_000
    files = client.files(NAME).files
    result = client.download(NAME, tmp_path, chosen=files)
    with zipfile.ZipFile(result.path) as archive, zipfile.ZipFile(large) as served:
        assert archive.read("train.csv") == served.read("train.csv")
    starts = [start for start, _ in server.ranges if start]
    assert len(starts) >= 4 and starts == sorted(set(starts))


def test_the_start_of_a_file_is_read(client: KaggleClient, competition: PracticeCompetition) -> None:
    file = next(file for file in client.files(NAME).files if file.name == "train.csv")
    with zipfile.ZipFile(competition.archive) as archive:
        content = archive.read("train.csv")
    start = client.read_start(NAME, file, 70_000)
    assert 70_000 <= len(start) < len(content) and content.startswith(start)
    assert client.read_start(NAME, file, 1 << 30) == content
