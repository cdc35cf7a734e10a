import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from practice_server import serving

from kagglebot.cli.main import run
from kagglebot.practice.competition import from_archive, write_competition
from kagglebot.practice.faults import Faults
from kagglebot.practice.server import PracticeServer


def _png(row: int) -> bytes:
    from sklearn.datasets import load_digits

    stream = io.BytesIO()
    Image.fromarray((load_digits().images[row] * 15).astype(np.uint8)).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PracticeServer]:
    """Serves ``pets`` (classes in the names of the files, one image is damaged) and ``prices`` (a regression)."""
    path = tmp_path / "pets.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for row in range(4):
            archive.writestr(f"train/cat.{row}.png", _png(row))
            archive.writestr(f"train/dog.{row}.png", _png(row + 4))
        archive.writestr("train/dog.9.png", b"no image")
        archive.writestr("test/1.png", _png(8))
        archive.writestr("sample_submission.csv", "id,label\n1,0.5\n")
    pets = replace(from_archive(path), metric="Beauty")
    with serving(monkeypatch, pets, replace(pets, name="prices", metric="RMSLE")) as server:
        yield server


def test_what_was_found_and_assumed_is_said_and_choices_are_kept(
    server: PracticeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["fetch", "pets", "--json"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "train/dog.9.png" in said.err and "--skip-corrupt" in said.err

    assert run(["fetch", "pets", "--skip-corrupt", "--json"]) == 0
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert {key: found[key] for key in ("competition", "train_rows", "test_rows", "image_shape", "skipped")} == {
        "competition": "pets",
        "train_rows": 8,
        "test_rows": 1,
        "image_shape": [8, 8, 1],
        "skipped": 1,
    }
    assert (found["classes"], found["id_column"], found["target_column"]) == (["cat", "dog"], "id", "label")
    assert (found["prediction_kind"], found["metric"], found["column_classes"]) == ("probability", "auc", [1])
    assert found["downloaded"] is False  # what came before the damaged image was met is kept
    assert len(found["assumptions"]) == 3
    for assumption in found["assumptions"]:
        assert f"note: {assumption}\n" in said.err

    assert run(["fetch", "pets", "--metric", "log_loss"]) == 0
    shown = capsys.readouterr()
    assert "log loss (lower is better)" in shown.out and "the probability of dog" in shown.out
    assert run(["fetch", "pets", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["metric"], found["choices"]) == ("log_loss", {"skip_corrupt": "yes", "metric": "log_loss"})
    assert found["downloaded"] is False
    assert run(["fetch", "pets", "--no-skip-corrupt"]) == 1


def test_a_choice_of_files_is_said(server: PracticeServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fetch", "pets", "--files", "*.CSV"]) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "There are no images" in said
    assert "Only files like '*.CSV' were looked at: name more with --files, or all with --files \"\"." in said

    assert run(["fetch", "pets", "--files", "Train/dog*", "--files", "train/CAT.?.png", "--skip-corrupt"]) == 1
    assert "no test image for id '1'" in " ".join(capsys.readouterr().err.split())
    assert run(["fetch", "pets", "--files", "Train/*", "--files", "test", "--skip-corrupt"]) == 0
    assert "only Train/*, test, by --files" in capsys.readouterr().out
    assert run(["fetch", "pets", "--files", ""]) == 0
    assert "by --files" not in capsys.readouterr().out


def test_names_of_files_may_have_any_signs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with zipfile.ZipFile(tmp_path / "signs.zip", "w") as archive:
        for row in range(4):
            archive.writestr(f"train/train/ä {row}#?%20[1].PNG", _png(row))
        archive.writestr("test/test/ö &+.PNG", _png(8))
        rows = "".join(f"ä {row}#?%20[1],{'ab'[row % 2]}\n" for row in range(4))
        archive.writestr("Train Labels.CSV", f"id,label\n{rows}")
        archive.writestr("sample_submission.csv", "id,label\nö &+,a\n")
    monkeypatch.setenv("KAGGLEBOT_WORKSPACE", str(tmp_path))
    with serving(monkeypatch, from_archive(tmp_path / "signs.zip"), faults=Faults(page_size=2)):
        command = ["fetch", "signs", "--json", "--files", "*.csv", "--files", "t*/"]
        assert run([*command, "--files", "train"]) == 0, capsys.readouterr().err
    found = json.loads(capsys.readouterr().out)
    assert (found["train_rows"], found["test_rows"], found["classes"]) == (4, 1, ["a", "b"])


def test_out_of_scope_is_told_before_the_download(
    server: PracticeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["fetch", "prices"]) == 1
    assert "a regression" in capsys.readouterr().err
    assert run(["fetch", "pets", "--metric", "beauty"]) == 2
    assert "Known metrics: accuracy, auc" in capsys.readouterr().err
    assert server.calls["download"] == 0


def test_chosen_files_are_all_that_is_downloaded_until_the_choice_is_taken_back(
    server: PracticeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = ["--files", "train/*.[0-3].png", "--files", "test"]
    assert run(["fetch", "pets", "--files", "nothing/*"]) == 2
    assert "none of the 11 files on Kaggle is like 'nothing/*'" in capsys.readouterr().err
    for arguments, new in ((chosen, True), ([], False)):
        assert run(["fetch", "pets", *arguments, "--json"]) == 0
        said = capsys.readouterr()
        found = json.loads(said.out)
        assert (found["train_rows"], found["test_rows"], found["downloaded"]) == (8, 1, new)
        assert found["choices"] == {"files": "train/*.[0-3].png\ntest"}
        assert ("pets: 10 files, " in said.err) == new
    with zipfile.ZipFile("data/pets/pets.zip") as archive:
        assert len(archive.namelist()) == 10 and "train/dog.9.png" not in archive.namelist()
    assert run(["fetch", "pets", "--files", ""]) == 1
    assert "train/dog.9.png cannot be read" in capsys.readouterr().err


def test_verbose_says_each_step_and_only_while_that_command_runs(
    server: PracticeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["-v", "fetch", "pets", "--skip-corrupt"]) == 0
    assert "DEBUG downloading pets.zip\n" in capsys.readouterr().err
    assert run(["fetch", "pets"]) == 0
    assert "DEBUG" not in capsys.readouterr().err


def test_files_that_are_here_need_neither_kaggle_nor_an_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = write_competition(tmp_path / "downloads").archive
    folder = tmp_path / "mounted"
    zipfile.ZipFile(archive).extractall(folder)
    assert run(["fetch", "--from", str(archive), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["competition"], found["train_rows"], found["downloaded"]) == ("digits-practice", 1200, False)
    assert found["source"] == str(archive)
    assert run(["fetch", "digits-practice", "--from", str(folder)]) == 0
    shown = capsys.readouterr()
    assert "Read from" in shown.out and "\x1b" not in shown.err
    assert "note: Kaggle names no metric: accuracy is assumed" in shown.err
    assert shown.err.endswith("Next: kagglebot tune --trials 50\n")
    capitals = archive.rename(archive.with_name("Digit-Recognizer.ZIP"))
    assert run(["fetch", "--from", str(capitals)]) == 0
    shown = capsys.readouterr()
    assert "digit-recognizer is in" in shown.out
    assert shown.err.endswith("Next: kagglebot tune --trials 50 --competition digit-recognizer\n")
    archive = capitals.rename(archive)
    assert run(["fetch", "--from", str(tmp_path / "none")]) == 1
    assert "There is no" in capsys.readouterr().err
    assert run(["fetch", "--from", ""]) == 2
    said = capsys.readouterr().err
    assert "--from names nothing.\nhint: Name a folder or a zip file, or leave it out.\n" in said
    assert run(["fetch", "--from", str(archive), "--files", "train.csv"]) == 2
    assert "--files chooses among Kaggle's files" in capsys.readouterr().err
