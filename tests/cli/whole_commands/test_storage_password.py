"""A database password is never printed, whatever a command prints about the database."""

from pathlib import Path

import pytest
from postgres import Postgres

from kagglebot.cli.main import run

COMMANDS = (
    ["doctor"],
    ["doctor", "--json"],
    ["tune", "--trials", "1"],
    ["--debug", "tune", "--trials", "1", "--json"],
    ["studies", "cnn"],
    ["--debug", "studies", "cnn"],
    ["studies"],
    ["train", "cnn"],
    ["proxy", "--port", "0"],
)


@pytest.fixture
def workspace(digits_data: Path, tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/digits-practice").symlink_to(digits_data)
    return tmp_path


@pytest.mark.parametrize("told", ["environment", "file"])
def test_a_database_that_does_not_answer_is_told_without_its_password(
    told: str,
    postgres_server: Postgres,
    workspace: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    url = postgres_server.url("nosuchdatabase")
    if told == "environment":
        monkeypatch.setenv("KAGGLEBOT_STORAGE", url)
    else:
        (workspace / "kagglebot.toml").write_text(f'storage = "{url}"\n')
    monkeypatch.setenv("KAGGLEBOT_KAGGLE_URL", "http://127.0.0.1:9")  # doctor asks nobody else
    for command in COMMANDS if told == "environment" else COMMANDS[::3]:  # where it stands changes no message
        code = run(["--workspace", str(workspace), *command])
        said = capfd.readouterr()
        assert code == 1, said
        assert "secret" not in said.out + said.err, command
        if "doctor" not in command:
            assert "kagglebot:***@127.0.0.1" in said.err, command
            assert "Traceback" not in said.err or "--debug" in command
    assert not [
        path for path in (workspace / "studies").rglob("*") if path.is_file() and b"secret" in path.read_bytes()
    ]


def test_doctor_opens_the_database_and_shows_where_it_is(
    postgres_server: Postgres, workspace: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from kagglebot.diagnostics.checks import examine

    monkeypatch.setenv("KAGGLEBOT_STORAGE", postgres_server.new_database())
    monkeypatch.setenv("KAGGLEBOT_KAGGLE_URL", "http://127.0.0.1:9")
    (check,) = [check for check in examine(workspace) if check.name == "Storage"]
    assert check.state == "ok"
    assert check.value.startswith("postgresql+psycopg://kagglebot:***@127.0.0.1")
    assert check.value.endswith(", 0 studies")


def test_a_storage_of_the_wrong_kind_is_refused_without_its_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "kagglebot.toml").write_text('storage = ["postgresql://me:canary@host/db"]\n')
    assert run(["--workspace", str(tmp_path), "studies"]) == 2
    assert "canary" not in capsys.readouterr().err
