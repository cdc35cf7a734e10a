"""A study whose trials are not in its folder: every command that reads it finds them, and no password is kept."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from finished_studies import COMPETITION, make_study
from postgres import Postgres

from kagglebot.cli.main import run
from kagglebot.errors import KagglebotError, StudyError
from kagglebot.metrics.registry import get_metric
from kagglebot.paths import JOURNAL, RECORD, StudyLocation
from kagglebot.retraining.choice.planning import plan
from kagglebot.search.storage.grpc_proxy import serve
from kagglebot.search.storage.journal import open_storage
from kagglebot.search.storage.optuna_study import open_study
from kagglebot.search.storage.rdb import storage_errors
from kagglebot.study_config.load import load_definition
from kagglebot.workspace import Workspace

READERS = ("studies", "train", "submit", "report", "export", "compare", "dashboard", "proxy", "tune")


@pytest.fixture
def workspace(tmp_path: Path, studied: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with the definition ``net`` and the data, and no trials."""
    root = tmp_path / "work"
    (root / "studies").mkdir(parents=True)
    shutil.copy(studied / "studies/net.toml", root / "studies")
    shutil.copy(studied / "studies/net.toml", root / "studies/renamed.toml")
    (root / "data").symlink_to(studied / "data")
    monkeypatch.chdir(root)
    return root


@pytest.fixture(params=["sqlite", "postgresql", "proxy"])
def url(request: pytest.FixtureRequest, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    match request.param:
        case "sqlite":
            yield "sqlite:///study.db"
        case "postgresql":
            server: Postgres = request.getfixturevalue("postgres_server")
            monkeypatch.setenv("PGPASSWORD", server.password)
            yield server.new_database()
        case "proxy":
            proxy, port = serve(open_storage(workspace / "behind"), "127.0.0.1", 0)
            yield f"grpc://127.0.0.1:{port}"
            proxy.stop(grace=None)


def add_study(root: Path, url: str | None, trials: int = 3, name: str = "net") -> StudyLocation:
    location = Workspace(root).location(COMPETITION, name, url)
    return make_study(root, name, trials, np.random.default_rng(7), location.url)


def test_the_folder_remembers_where_its_trials_are_and_no_password(
    url: str, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = add_study(workspace, url).folder
    assert "secret" not in (folder / RECORD).read_text()
    assert run(["studies", "net", "--json"]) == 0
    printed = capsys.readouterr()
    assert (json.loads(printed.out)["trials"], printed.err) == (3, "")
    assert len(plan(Workspace(), COMPETITION, "net").members) == 1
    assert [summary.study for summary in Workspace().studies()] == ["net"]
    assert not (folder / JOURNAL).exists()
    assert run(["report", "net", "--output", str(workspace / "net.html")]) == 0


def test_storage_names_it_where_nothing_is_remembered(url: str, workspace: Path) -> None:
    (add_study(workspace, url).folder / RECORD).unlink()
    with pytest.raises(StudyError, match="has no trials"):
        Workspace().summary("net")
    assert run(["studies", "net", "--storage", url]) == 0


@pytest.mark.parametrize("command", READERS)
def test_every_command_that_reads_trials_takes_a_storage(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "--help"]) == 0
    assert "--storage" in capsys.readouterr().out


def test_a_moved_workspace_finds_its_sqlite_file_from_any_folder(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_study(workspace, "sqlite:///study.db")
    moved = workspace.rename(workspace.with_name("moved"))
    monkeypatch.chdir(moved.parent)
    assert len(Workspace(moved).summary("net").trials) == 4
    assert len(Workspace("moved").summary("net").trials) == 4


@pytest.mark.parametrize("url", [None, "sqlite:///study.db"])
def test_a_renamed_study_keeps_its_trials(url: str | None, workspace: Path) -> None:
    folder = add_study(workspace, url).folder
    folder.rename(folder.with_name("renamed"))
    (workspace / "studies/net.toml").unlink()
    summary = Workspace().summary("renamed")
    assert (summary.study, len(summary.trials)) == ("renamed", 4)
    location = Workspace().location(COMPETITION, "renamed")
    study, _ = open_study(location, load_definition(workspace, "renamed"), get_metric("accuracy"))
    assert (study.study_name, len(study.trials)) == (f"{COMPETITION}/net", 4)


def test_two_places_are_told_once(
    workspace: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    add_study(workspace, None)
    add_study(workspace, "sqlite:///study.db", trials=5)
    capsys.readouterr()
    assert run(["studies", "net", "--json"]) == 0
    printed = capsys.readouterr()
    assert (json.loads(printed.out)["trials"], printed.err) == (5, "")
    monkeypatch.setenv("KAGGLEBOT_STORAGE", "sqlite:///other.db")
    assert run(["studies", "net"]) == 1
    printed = capsys.readouterr()
    assert printed.err.count("so far are in sqlite:///") == 1
    assert "has no trials for digits-practice in sqlite:///" in printed.err
    assert not (workspace / "other.db").exists()
    assert run(["studies", "net", "--storage", "sqlite:///study.db"]) == 0  # before the environment
    assert "so far" not in capsys.readouterr().err


def test_a_study_in_its_folder_is_not_split_in_silence(workspace: Path) -> None:
    notes: list[str] = []
    folder = add_study(workspace, None).folder
    place = Workspace(workspace, storage="sqlite:///new.db", on_note=notes.append)
    assert place.location(COMPETITION, "net").url == f"sqlite:///{workspace}/new.db"
    place.location(COMPETITION, "net")
    before, now = folder / JOURNAL, f"sqlite:///{workspace}/new.db"
    assert notes == [f"The trials of 'net' so far are in {before}; as asked, {now} is used now."]


def test_a_proxy_in_front_of_the_folder_is_not_remembered(workspace: Path) -> None:
    folder = add_study(workspace, None).folder
    StudyLocation(COMPETITION, "net", folder, "grpc://127.0.0.1:13000").remember()
    assert not (folder / RECORD).exists()


def test_a_missing_password_is_named(
    workspace: Path, postgres_server: Postgres, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    add_study(workspace, postgres_server.new_database())
    assert run(["studies", "net"]) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "asks for a password, and none is given. hint: Set PGPASSWORD" in said
    assert run(["studies"]) == 1  # none can be listed
    printed = capsys.readouterr()
    said = " ".join(printed.err.split())
    assert "No study can be listed. The study 'net' is left out: The server of postgresql" in said
    assert "kagglebot tune" not in said and printed.out == ""
    add_study(workspace, None, name="renamed")
    assert run(["studies"]) == 0
    assert "'net' is left out: The server of postgresql" in " ".join(capsys.readouterr().err.split())
    with pytest.raises(StudyError, match="asks for a password"):  # the best trial may be there
        plan(Workspace(), COMPETITION, None)


def test_mysql_without_a_password_is_told_the_same() -> None:
    from sqlalchemy.exc import OperationalError

    with pytest.raises(StudyError, match="asks for a password"), storage_errors("mysql+pymysql://me@host/db"):
        cause = Exception(1045, "Access denied for user 'me'@'host' (using password: NO)")
        raise OperationalError("", {}, cause)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"study": "net"}', '{"study": "net", "storage": null}'])
def test_a_damaged_record_is_named(text: str, workspace: Path) -> None:
    folder = add_study(workspace, None).folder
    (folder / RECORD).write_text(text)
    with pytest.raises(KagglebotError, match=f"{RECORD} is damaged"):
        Workspace().summary("net")


def test_a_copy_of_a_folder_does_not_add_to_the_trials_of_the_original(workspace: Path) -> None:
    location = add_study(workspace, "sqlite:///study.db")
    copy = Workspace().location(COMPETITION, "renamed")
    shutil.copytree(location.folder, copy.folder)
    copy = Workspace().location(COMPETITION, "renamed")
    with pytest.raises(StudyError, match=r"renamed is a copy of .*net: both would add to the same trials"):
        copy.check_original()
    location.check_original()
    shutil.rmtree(location.folder)
    copy.check_original()


def test_a_study_folder_may_be_a_link(workspace: Path, tmp_path: Path) -> None:
    folder = workspace / "studies" / COMPETITION / "net"
    folder.parent.mkdir()
    (tmp_path / "disk").mkdir()
    folder.symlink_to(tmp_path / "disk")
    add_study(workspace, "sqlite:///study.db")
    assert [len(summary.trials) for summary in Workspace().studies()] == [4]


def test_the_environments_url_may_end_with_a_line(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAGGLEBOT_STORAGE", "sqlite:///study.db\n")
    assert Workspace().settings.storage == "sqlite:///study.db"


def test_what_to_do_next_names_the_storage_that_was_asked_for(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (workspace / "studies" / COMPETITION / "net").mkdir(parents=True)
    with pytest.raises(StudyError, match="has no trials") as caught:
        Workspace(storage="sqlite:///new.db?password=canary").summary("net")
    command = f"kagglebot tune net --competition {COMPETITION} --storage sqlite:///{workspace}/new.db"
    assert caught.value.hint == f"Run: {command}"
    assert run(["studies", "--storage", "sqlite:///new.db"]) == 0
    assert "Next: kagglebot tune --trials 50 --storage sqlite:///new.db" in capsys.readouterr().err
    assert run(["studies", "--storage", "sqlite:////nonexistent/x.db"]) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "No study can be listed." in said and "the folder /nonexistent does not exist" in said
