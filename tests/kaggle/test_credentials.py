"""Credentials as people and their tools write them, each used or named with what is wrong; never shown."""

import json
import os
from pathlib import Path

import pytest

from kagglebot.errors import KaggleError
from kagglebot.kaggle.client import KaggleClient
from kagglebot.kaggle.credentials import Credentials, find_credentials
from kagglebot.practice import PracticeServer

TOKEN = "KGAT_canary3f9b1c"
KEY = json.dumps({"username": "somebody", "key": TOKEN})


@pytest.fixture
def folder(no_login: Path) -> Path:
    (no_login / ".kaggle").mkdir()
    return no_login / ".kaggle"


@pytest.mark.parametrize(
    "form",
    [
        "{}\n",
        "  {}\r\n",
        '"{}"',
        "'{}' ",
        "\ufeff{}",
        "\u200b{}\u00a0",
        "\u201c{}\u201d",
        "Bearer {}",
        "export KAGGLE_API_TOKEN='{}'\n",
    ],
)
def test_what_surrounds_a_token_is_removed(form: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAGGLE_API_TOKEN", form.format(TOKEN))
    assert find_credentials() == Credentials("KAGGLE_API_TOKEN", token=TOKEN)
    monkeypatch.delenv("KAGGLE_API_TOKEN")
    for encoding in ("utf-8", "utf-16"):
        (folder / "access_token").write_bytes(form.format(TOKEN).encode(encoding))
        assert find_credentials() == Credentials("~/.kaggle/access_token", token=TOKEN)
    (folder / "access_token").rename(folder / "access_token.txt")
    assert find_credentials().token == TOKEN
    monkeypatch.setenv("KAGGLE_API_TOKEN", f"{folder / 'access_token.txt'}\n")  # its path, with a line end
    assert find_credentials() == Credentials("KAGGLE_API_TOKEN", token=TOKEN)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
@pytest.mark.parametrize("place", ["", "KAGGLE_CONFIG_DIR", "XDG_CONFIG_HOME"])
def test_kaggle_json_in_any_encoding_and_place(
    encoding: str, place: str, no_login: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = {"": no_login / ".kaggle", "KAGGLE_CONFIG_DIR": tmp_path, "XDG_CONFIG_HOME": tmp_path / "kaggle"}[
        place
    ]
    folder.mkdir(exist_ok=True)
    (folder / "kaggle.json").write_bytes(
        json.dumps({"username": " somebody", "key": TOKEN + "\n"}).encode(encoding)
    )
    if place:
        monkeypatch.setenv(place, f"{tmp_path}\n" if place == "KAGGLE_CONFIG_DIR" else str(tmp_path))
    assert find_credentials() == Credentials(str(folder / "kaggle.json"), username="somebody", key=TOKEN)


def test_token_of_a_kaggle_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KAGGLE_KERNEL_RUN_TYPE", "KAGGLE_DATA_PROXY_URL"):
        monkeypatch.setenv(name, "x")
    assert "no Kaggle credentials" in refused()
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    monkeypatch.setenv("KAGGLE_API_V1_TOKEN", str(tmp_path / "token"))
    assert find_credentials() == Credentials("KAGGLE_API_V1_TOKEN", token=TOKEN)


def test_variables_come_before_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "kaggle.json").write_text(KEY)
    monkeypatch.setenv("KAGGLE_USERNAME", "'other'")
    assert find_credentials().username == "other"
    monkeypatch.setenv("KAGGLE_KEY", f" {TOKEN}2\n")
    assert find_credentials() == Credentials("KAGGLE_USERNAME and KAGGLE_KEY", username="other", key=f"{TOKEN}2")


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (f"{TOKEN}\n{TOKEN}", "has more than one line"),
        (f"{TOKEN} {TOKEN}", "has a space in the middle"),
        (f"{TOKEN}é", "has a character"),
        (f"{TOKEN}\x07{TOKEN}", "has a character"),
        (KEY, "holds JSON"),
        ("~/.kaggle/secret", "names a file that does not exist"),
        (TOKEN * 1000, "is too long"),
    ],
)
def test_token_that_cannot_be_one(value: str, problem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAGGLE_API_TOKEN", value)
    assert f"KAGGLE_API_TOKEN {problem}" in refused()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \n", "is empty"),
        (
            KEY.replace('"', "'").encode(),
            "is not valid JSON: Expecting property name enclosed in double quotes, line 1",
        ),
        (KEY[:-1].encode(), "is not valid JSON"),
        (b"[" * 100_000, "is not valid JSON"),
        (b"\xff\xfe\x00", "is not a text file"),
        (f"[{KEY}]".encode(), "is JSON, but has no username and key"),
        (b"null", "is JSON, but has no username and key"),
        (json.dumps({"username": "somebody"}).encode(), "has no key"),
        (json.dumps({"username": TOKEN, "key": " "}).encode(), "has no key"),
        (json.dumps({"username": 7, "key": TOKEN}).encode(), "has no username"),
        (json.dumps({"user": "somebody", "key": TOKEN}).encode(), "has no username"),
        (json.dumps({"username": "somebody", "key": f"{TOKEN}\n{TOKEN}"}).encode(), "has more than one line"),
    ],
)
def test_kaggle_json_that_cannot_be_used_is_named(content: bytes, problem: str, folder: Path) -> None:
    (folder / "kaggle.json").write_bytes(content)
    assert f"{folder / 'kaggle.json'} {problem}" in refused()


def test_places_that_cannot_be_read_are_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "kaggle.json").mkdir()
    assert f"{folder / 'kaggle.json'} cannot be read: Is a directory" in refused()
    (folder / "access_token").symlink_to(folder / "gone")
    assert "access_token cannot be read: No such file" in refused()
    monkeypatch.setenv("KAGGLE_API_TOKEN", str(folder))
    assert "the file that KAGGLE_API_TOKEN names cannot be read: Is a directory" in refused()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read every file")
def test_file_without_permission_is_named(folder: Path) -> None:
    (folder / "kaggle.json").write_text(KEY)
    (folder / "kaggle.json").chmod(0)
    assert "kaggle.json cannot be read: Permission denied" in refused()


def test_nothing_and_nearly_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "There are no Kaggle credentials on this machine." in refused()
    (folder / "access_token").write_text("\n")
    assert "no Kaggle credentials on this machine: ~/.kaggle/access_token is empty." in refused()
    monkeypatch.setenv("KAGGLE_API_TOKEN", " \n")
    assert "no Kaggle credentials on this machine: KAGGLE_API_TOKEN is empty." in refused()
    monkeypatch.setenv("KAGGLE_KEY", TOKEN)
    assert "KAGGLE_KEY is set without KAGGLE_USERNAME" in refused()
    monkeypatch.delenv("KAGGLE_KEY")
    monkeypatch.setenv("KAGGLE_USERNAME", "somebody")
    assert "KAGGLE_USERNAME is set without KAGGLE_KEY" in refused()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))
    os.mkfifo(tmp_path / "kaggle.json")
    assert "is a pipe, not a file" in refused()


def test_credentials_are_not_in_their_text() -> None:
    assert TOKEN not in repr(Credentials("x", token=TOKEN, username=TOKEN, key=TOKEN))


def test_blank_variable_and_damaged_login_do_not_hide_a_good_file(
    client: KaggleClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "credentials.json").write_text("[]")
    (folder / "kaggle.json").write_text("[]")  # not that of KAGGLE_CONFIG_DIR, which the practice server sets
    monkeypatch.setenv("KAGGLE_API_TOKEN", "  ")
    (Path(os.environ["KAGGLE_CONFIG_DIR"]) / "kaggle.json").write_text(KEY)
    assert client.search()


def test_damaged_login_of_the_kaggle_command(folder: Path) -> None:
    (folder / "credentials.json").write_text("[]")
    with pytest.raises(KaggleError, match=r"credentials\.json is damaged") as caught:
        KaggleClient().search()
    assert "kaggle auth login" in caught.value.hint


def test_block_page_is_not_taken_for_a_refusal(client: KaggleClient, server: PracticeServer) -> None:
    server.faults.block_pages = 99
    with pytest.raises(KaggleError, match=r"sent a web page \(HTTP 403\) that cannot"):
        client.search()
    server.faults.block_pages = 0
    client.search()
    server.faults.block_pages = 99
    with pytest.raises(KaggleError, match=r"sent a web page \(HTTP 403\) that cannot"):
        client.competition("digits-practice")


def refused() -> str:
    with pytest.raises(KaggleError) as caught:
        find_credentials()
    assert TOKEN not in caught.value.message + caught.value.hint
    return caught.value.message
