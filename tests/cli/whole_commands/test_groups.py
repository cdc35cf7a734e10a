"""A competition with drivers, from fetch to the report: whole drivers are held out, and every score says so."""

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from practice_server import serving

from kagglebot.cli.main import run
from kagglebot.practice.competition import from_archive

STUDY = """\
family = "mlp"
[validation]
fraction = 0.25
[fixed]
layers = 1
epochs = 3
batch_size = 16
[space]
units_1 = { low = 8, high = 16 }
"""


def _archive(path: Path) -> Path:
    """Two classes of digits in folders, and eight drivers in a table beside."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    rows = np.flatnonzero(digits.target < 2)[:97]
    listed = ["subject,classname,img"]
    with zipfile.ZipFile(path, "w") as archive:
        for number, row in enumerate(rows):
            stream = io.BytesIO()
            Image.fromarray((digits.images[row] * 15).astype(np.uint8)).save(stream, "PNG")
            name = f"c{digits.target[row]}"
            folder = "imgs/test" if number == 96 else f"imgs/train/{name}"
            archive.writestr(f"{folder}/img_{number}.png", stream.getvalue())
            listed += [] if number == 96 else [f"p{number % 8:03},{name},img_{number}.png"]
        archive.writestr("driver_imgs_list.csv", "\n".join(listed) + "\n")
        archive.writestr("sample_submission.csv", "img,c0,c1\nimg_96.png,0.5,0.5\n")
    return path


def test_every_score_says_by_what_rows_were_held_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = tmp_path / "workspace"
    (workspace / "studies").mkdir(parents=True)
    (workspace / "studies" / "quick.toml").write_text(STUDY)
    monkeypatch.setenv("KAGGLEBOT_WORKSPACE", str(workspace))
    served = replace(from_archive(_archive(tmp_path / "drivers.zip")), metric="Multiclass Loss")
    with serving(monkeypatch, served):
        assert run(["fetch", "drivers", "--group", "(p[0-9"]) != 0
        assert "is not a regular expression" in capsys.readouterr().err
        assert not (workspace / "data" / "drivers" / "files").exists()  # refused before the download
        assert run(["fetch", "drivers"]) == 0
        shown = capsys.readouterr()
        assert "8, by subject" in shown.out
        assert "'subject' repeats as patients or drivers do (8 values)" in " ".join(shown.err.split())
        assert run(["fetch", "drivers", "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert (found["group"], found["groups"], found["duplicates"]["across_classes"]) == ("subject", 8, 0)
    assert run(["tune", "quick", "--competition", "drivers", "--trials", "1", "--jobs", "1", "--json"]) == 0
    tuned = json.loads(capsys.readouterr().out)
    assert (tuned["group"], tuned["validation_rows"]) == ("subject", 24)
    groups = np.load(next(workspace.glob("data/drivers/cache/*/train_groups.npy")))
    with np.load(next(workspace.glob("studies/drivers/quick/predictions/*.npz"))) as kept:
        rows = kept["rows"]
    assert tuned["validation_groups"] == len(np.unique(groups[rows])) == 2
    assert run(["studies", "quick", "--competition", "drivers", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    error = found["top"][0]["score_error"]  # the error of a trial is of drivers wherever it is said
    assert found["significance"]["standard_error"] == pytest.approx(error)
    assert found["significance"]["groups"] == 2
    assert run(["studies", "quick", "--competition", "drivers"]) == 0
    shown_out = " ".join(capsys.readouterr().out.split())
    assert "on 24 validation rows in 2 groups" in shown_out and "whole groups by subject" in shown_out
    assert not set(groups[rows]) & set(np.delete(groups, rows))
