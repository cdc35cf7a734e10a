"""Commands in hints name the workspace that the command line named."""

import json
import shlex
from pathlib import Path

import pytest

from kagglebot.cli.hints import in_workspace, name_workspace
from kagglebot.cli.main import run


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Run: kagglebot fetch", "Run: kagglebot --workspace 'my digits' fetch"),
        (
            "kagglebot fetch, then kagglebot tune cnn",
            "kagglebot --workspace 'my digits' fetch, then kagglebot --workspace 'my digits' tune cnn",
        ),
        ("`kagglebot studies cnn` has more.", "`kagglebot --workspace 'my digits' studies cnn` has more."),
        ("Run: kagglebot tune --help", None),
        ("Run `kagglebot --debug …` again", None),
        ("kagglebot trains nets, and kagglebot[torch] is kagglebot fetched.", None),
    ],
)
def test_only_commands_are_changed(said: str, shown: str | None) -> None:
    name_workspace(Path("my digits"), ["fetch", "tune", "train", "studies"])
    assert in_workspace(said) == (shown or said)
    name_workspace(None)
    assert in_workspace(said) == said


def test_a_hint_that_is_copied_works_on_the_same_workspace(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["--workspace", "digits", "tune"]) == 1
    assert capsys.readouterr().err.endswith("hint: Run: kagglebot --workspace digits fetch\n")
    assert run(["--workspace", "digits", "init", "--yes"]) == 0
    said = capsys.readouterr().err.removeprefix("Next: ").rstrip()
    _, tune = said.split(", then ")
    assert tune == "kagglebot --workspace digits tune"
    assert run(shlex.split(tune)[1:]) == 1  # of the competition in its kagglebot.toml, which is not here
    assert "digit-recognizer" in capsys.readouterr().err
    monkeypatch.setenv("KAGGLEBOT_WORKSPACE", "digits")  # the next command has it too
    assert run(["init", "--yes"]) == 2
    assert "--workspace" not in capsys.readouterr().err


def test_recommendations_name_the_workspace(capsys: pytest.CaptureFixture[str], studied: Path) -> None:
    before = ["--workspace", str(studied)]
    assert run([*before, "studies", "net", "--json"]) == 0
    (first, *_) = json.loads(capsys.readouterr().out)["recommendations"]
    assert shlex.split(first["command"])[:4] == ["kagglebot", *before, "submit"]
