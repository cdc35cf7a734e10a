"""``init``: a new workspace from questions in a terminal, or from options."""

import json
import os
import pty
import re
import select
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from kagglebot.cli.main import run
from kagglebot.config import read_settings
from kagglebot.datasets.schema import Schema, save_schema
from kagglebot.paths import DEFAULT_STUDY, PHOTO_STUDY
from kagglebot.study_config.definition_files import shipped_folder
from kagglebot.study_config.load import load_definition


def test_what_is_written_is_the_default_study_with_a_word_beside_each_setting(tmp_path, capsys):
    assert run(["init", "--yes", "--study", "wide", "--minutes", "30", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["files"] == ["kagglebot.toml", "studies/wide.toml"]
    settings = read_settings(tmp_path)
    assert (settings.competition, settings.study) == ("digit-recognizer", "wide")
    new, shipped = load_definition(tmp_path, "wide"), load_definition(tmp_path, DEFAULT_STUDY)
    assert new.digest() == shipped.digest()
    assert (new.budget.timeout_seconds, new.budget.trials) == (1800, None)
    text = (tmp_path / "studies" / "wide.toml").read_text()
    space = text.partition("[space]")[2].partition("[[trials]]")[0]
    settings = re.findall(r"^\w+ = .*$", space, re.MULTILINE)
    assert len(settings) == len(shipped.space)
    assert sum("  # " in line for line in settings) >= len(settings) - 1  # weight_decay says it all
    for section in ("validation", "pruner", "budget", "space", "trials"):
        assert re.search(rf"^# .*\n\[+{section}\]", text, re.MULTILINE), section


def test_for_photographs_it_is_the_study_of_photographs(tmp_path, capsys):
    schema = Schema("pictures", "class-folders", "accuracy", 9, 9, (32, 32, 3), ("a", "b"), "id", "label", "f00d")
    save_schema(tmp_path / "data" / "pictures", schema)
    assert run(["init", "--yes", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["competition"] == "pictures"
    assert load_definition(tmp_path, "mine").digest() == load_definition(tmp_path, PHOTO_STUDY).digest()


def test_what_is_fetched_is_not_named_as_the_next_step(tmp_path, capsys):
    schema = Schema("pictures", "class-folders", "accuracy", 9, 9, (32, 32, 3), ("a", "b"), "id", "label", "f00d")
    save_schema(tmp_path / "data" / "pictures", schema)
    assert run(["init", "--yes"]) == 0
    assert capsys.readouterr().err.endswith("\nNext: kagglebot tune\n")
    assert run(["init", "--yes", "--study", "wide"]) == 0
    assert capsys.readouterr().err.endswith("Next: kagglebot tune wide\n")
    (tmp_path / "kagglebot.toml").write_text('competition = "flowers"\n')
    assert run(["init", "--yes", "--study", "other"]) == 0
    assert "Next: kagglebot fetch, then kagglebot tune other\n" in capsys.readouterr().err


def test_nothing_that_is_there_is_overwritten(tmp_path, capsys):
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies" / "mine.toml").write_text("mine")
    assert run(["init", "--yes"]) == 2
    assert "studies/mine.toml is there already" in capsys.readouterr().err
    assert not (tmp_path / "kagglebot.toml").exists()
    (tmp_path / "kagglebot.toml").write_text('study = "mine"\n')
    assert run(["init", "--yes"]) == 2
    assert "kagglebot.toml is there already" in capsys.readouterr().err
    assert (tmp_path / "kagglebot.toml").read_text() == 'study = "mine"\n'
    assert [path.name for path in (tmp_path / "studies").iterdir()] == ["mine.toml"]


def test_a_study_is_added_to_a_workspace_and_its_kagglebot_toml_stays(tmp_path, capsys):
    (tmp_path / "kagglebot.toml").write_text('competition = "flowers"\nstudy = "mine"\n')
    assert run(["init", "--yes", "--study", "other", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["competition"], document["files"]) == ("flowers", ["studies/other.toml"])
    assert read_settings(tmp_path).study == "mine"


@pytest.mark.parametrize("name", sorted(path.stem for path in shipped_folder().glob("*.toml")))
def test_with_the_name_of_a_shipped_study_the_copy_is_of_that_one(name, tmp_path):
    shipped = load_definition(tmp_path, name)
    assert run(["init", "--yes", "--study", name]) == 0
    assert (tmp_path / "studies" / f"{name}.toml").is_file()
    assert load_definition(tmp_path, name).digest() == shipped.digest()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "There is no terminal to ask on."),
        (["--yes", "--study", "../mine"], "'../mine' is not a name for a study."),
        (["--yes", "-c", "no name"], "'no name' is not the name of a competition."),
        (["--yes", "--minutes", "0"], "Invalid value for '--minutes'"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(arguments, sentence, tmp_path, capsys):
    assert run(["init", *arguments]) == 2
    assert sentence in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_refuses_the_second_file_leaves_none(tmp_path, capsys):
    (tmp_path / "new").write_text("a file where the folder should be")
    assert run(["--workspace", "new/folder", "init", "--yes"]) == 1
    assert "error: Could not write" in capsys.readouterr().err


class Terminal:
    """`kagglebot init` in a terminal of its own."""

    def __init__(self) -> None:
        self.ours, theirs = pty.openpty()
        program = [sys.executable, "-c", "from kagglebot.cli.main import main; main()", "init"]
        self.process = subprocess.Popen(
            program, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)
        self.shown = ""

    def answer(self, question: str, text: str) -> None:
        while question not in self.shown:
            assert select.select([self.ours], [], [], 60)[0], f"no {question!r} in {self.shown!r}"
            self.shown += os.read(self.ours, 4096).decode()
        self.shown = self.shown.partition(question)[2]
        os.write(self.ours, text.encode())

    def end(self) -> int:
        code = self.process.wait(60)
        os.close(self.ours)
        return code


def test_three_questions_and_a_wrong_answer_is_asked_again(tmp_path):
    terminal = Terminal()
    terminal.answer("[digit-recognizer]: ", "https://www.kaggle.com/competitions/flowers/overview\n")
    terminal.answer("[mine]: ", "my study\n")
    terminal.answer("is not a name for a study", "")
    terminal.answer("[mine]: ", "\n")
    terminal.answer("[60.0]: ", "5\n")
    assert terminal.end() == 0
    assert tomllib.loads(Path("kagglebot.toml").read_text()) == {"competition": "flowers", "study": "mine"}
    assert load_definition(tmp_path, "mine").budget.timeout_seconds == 300


def test_ctrl_c_between_questions_writes_nothing(tmp_path):
    terminal = Terminal()
    terminal.answer("[digit-recognizer]: ", "\n")
    terminal.answer("[mine]: ", "")
    # Again where nothing comes of it: between its check for signals and its wait for keys readline is deaf.
    for _ in range(30):
        os.killpg(terminal.process.pid, 2)
        if select.select([terminal.ours], [], [], 5)[0]:
            break
    terminal.answer("Nothing was written.", "")
    assert terminal.end() == 130
    assert list(tmp_path.iterdir()) == []


def test_the_end_of_input_ends_the_line_of_the_question():
    terminal = Terminal()
    terminal.answer("[digit-recognizer]: ", "\x04")
    while "Nothing was written." not in terminal.shown:
        assert select.select([terminal.ours], [], [], 60)[0], terminal.shown
        terminal.shown += os.read(terminal.ours, 4096).decode()
    assert terminal.shown.startswith("\r\n")
    assert terminal.end() == 130
