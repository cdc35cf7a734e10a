"""``--ensemble``: from a search to the score of several models, with kills, with the real client."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from practice_server import point_at, serving

from kagglebot.cli.main import run
from kagglebot.datasets.dataset import load_dataset
from kagglebot.practice.competition import write_competition
from kagglebot.practice.server import PracticeServer
from kagglebot.retraining.predict import final_predictor

NAME = "digits-practice"
STUDY = """\
family = "mlp"
[space]
units_1 = { low = 8, high = 64 }
[fixed]
layers = 1
epochs = 20
[[trials]]
units_1 = 32
[[trials]]
units_1 = 48
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeServer]:
    with (
        pytest.MonkeyPatch.context() as patch,
        serving(patch, write_competition(tmp_path_factory.mktemp("served"))) as server,
    ):
        yield server


@pytest.fixture(scope="module")
def root(server: PracticeServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with two complete trials."""
    root = tmp_path_factory.mktemp("workspace")
    (root / "studies").mkdir()
    (root / "studies" / "quick.toml").write_text(STUDY)
    (root / "kagglebot.toml").write_text("jobs = 1\n")
    for command in (["fetch", NAME], ["tune", "quick", "--trials", "2"]):
        assert run(["--workspace", str(root), *command, "--json"]) == 0
    return root


@pytest.fixture(autouse=True)
def _in_workspace(server: PracticeServer, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    point_at(server, monkeypatch)
    monkeypatch.setenv("KAGGLEBOT_WORKSPACE", str(root))


def command(capfd: pytest.CaptureFixture[str], *arguments: str) -> dict:
    capfd.readouterr()
    code = run([*arguments, "--json"])
    said = capfd.readouterr()
    assert code == 0, said.err
    return json.loads(said.out)


def cards(root: Path) -> set[str]:
    return {path.stem for path in (root / "studies" / NAME / "quick" / "models").glob("trial-*.json")}


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_killed_between_two_members_it_goes_on_with_the_second(
    server: PracticeServer, root: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    program = "from kagglebot.cli.main import main; main()"
    arguments = ("train", "quick", "--best", "--ensemble", "2")
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while not cards(root):
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    (first,) = cards(root)

    trained = command(capfd, *arguments)
    members = trained["members"]
    assert trained["ensemble"] == len(members) == 2
    assert [Path(each["path"]).stem == first for each in members] == [each["reused"] for each in members]
    assert Counter(each["reused"] for each in members) == {True: 1, False: 1}
    assert {Path(each["path"]).stem for each in members} == cards(root)
    assert len({(each["trial"], each["seed"]) for each in members}) == 2
    assert all(each["seconds"] > 0 for each in members)
    assert trained["scores"][0] == trained["single_score"] and trained["scores"][1] == trained["validation_score"]
    assert trained["left_out"] == [] and not trained["reused"]

    submitted = command(capfd, "submit", "--best", "--ensemble", "2")
    assert submitted["model"]["ensemble"] == 2
    assert [each["path"] for each in submitted["model"]["members"]] == [each["path"] for each in members]
    assert submitted["file"].endswith("ensemble-2.csv") and submitted["status"] == "complete"
    assert submitted["public_score"] > 0.5 and submitted["rows"] == 597
    assert submitted["validation_score"] == trained["validation_score"]
    assert "quick ensemble 2" in server.submissions[-1].description
    images = load_dataset(root / "data" / NAME).test_images
    shape = images.shape[1:]
    mean = np.mean([final_predictor(Path(each["path"]), shape, 10)(images) for each in members], axis=0)
    with Path(submitted["file"]).open() as stream:
        labels = [int(row["Label"]) for row in csv.DictReader(stream)]
    assert (mean.argmax(axis=1) == labels).all()

    sent = len(server.submissions)
    again = command(capfd, "submit", "quick", "--ensemble", "2")
    assert (again["new"], again["ref"], len(server.submissions)) == (False, submitted["ref"], sent)
    assert command(capfd, "train", "quick", "--ensemble", "2")["reused"]
    (entry,) = [each for each in command(capfd, "submissions")["submissions"] if each["model"] == "ensemble 2"]
    assert entry["trial"] is None and entry["ref"] == submitted["ref"]


def test_studies_and_submit_say_by_how_much_the_best_score_is_too_good(
    root: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    optimism = command(capfd, "studies", "quick")["optimism"]
    assert 0 <= optimism < 0.05
    assert command(capfd, "submit", "quick", "--best", "--dry-run")["optimism"] == optimism
    assert command(capfd, "submit", "quick", "--trial", "0", "--dry-run")["optimism"] is None  # nothing was chosen


def test_the_best_trial_is_averaged_with_a_partner_where_the_study_asks_for_two_nets(
    root: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    asks = STUDY.replace("[space]", "[final]\nnets = 2\n[validation]\nsealed = 0.1\n[space]", 1)
    (root / "studies" / "pair.toml").write_text(asks)
    command(capfd, "tune", "pair", "--trials", "2")
    trained = command(capfd, "train", "pair", "--best")
    assert {each["trial"] for each in trained["members"]} == {0, 1} and trained["ensemble"] == 2
    submitted = command(capfd, "submit", "pair", "--best", "--dry-run")
    assert submitted["model"]["members"] == [{**each, "reused": True} for each in trained["members"]]
    assert submitted["sealed_score"] > 0.5 and submitted["sealed_rows"] == 120
    assert 0 < submitted["sealed_error"] < 0.05
    assert submitted["single_score"] == trained["single_score"]
    assert command(capfd, "export", "pair", "--best")["model"]["ensemble"] == 2
    assert command(capfd, "submit", "pair", "--trial", "0", "--dry-run")["model"] == {"trial": 0}
    written = root / "studies" / "pair.toml"
    written.write_text(asks.replace("nets = 2", "nets = 1"))
    assert command(capfd, "train", "pair", "--best")["trial"] in {0, 1}
    written.write_text(asks.replace("nets = 2", "nets = 0"))
    assert run(["train", "pair", "--best"]) == 1 and "nets" in capfd.readouterr().err
    written.unlink()  # what the study was last tuned with counts
    assert command(capfd, "train", "pair", "--best")["ensemble"] == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "--ensemble", "2", "--trial", "1"], "--ensemble and --trial exclude each other"),
        (["submit", "--ensemble", "2", "--file", "x.csv"], "takes no study, --best, --cheaper, --trial"),
        (["train", "--ensemble", "1"], "Invalid value for '--ensemble'"),
    ],
)
def test_what_makes_no_sense_is_wrong_usage(
    arguments: list[str], words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    assert words in " ".join(capfd.readouterr().err.split())
