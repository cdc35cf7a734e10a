"""Every form of competition from fetch to score, with the real client and the practice server."""

import csv
from pathlib import Path

import pytest
from practice_forms import LAYOUTS
from whole_job import Commands

STUDY = """\
family = "cnn"
[images]
size = 16
[validation]
fraction = 0.2
[space]
filters = { low = 8, high = 16 }
[fixed]
blocks = 2
convolutions = 1
epochs = 4
batch_size = 16
[[trials]]
filters = 16
"""
#: A score that a net which learned nothing does not reach; a log loss stays below its number.
ABOVE_CHANCE = {"accuracy": 0.5, "auc": 0.75, "macro_f1": 0.5, "kappa": 0.4}
BELOW_CHANCE = {"name-prefix": 0.6, "wide": 1.1}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_from_fetch_to_score(
    layout: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commands = Commands(tmp_path, layout, monkeypatch, capsys)
    job = commands.whole_job("quick", STUDY, ("--trials", "1", "--jobs", "1"))
    fetched, submitted = job.fetched, job.submitted
    assert fetched["test_rows"] == len(job.competition.hidden)
    assert submitted["status"] == "complete" and submitted["rows"] == fetched["test_rows"]
    for value in (job.tuned["best"]["value"], submitted["public_score"]):
        if fetched["metric"] == "log_loss":
            assert value < BELOW_CHANCE[layout]
        else:
            assert value > ABOVE_CHANCE[fetched["metric"]]
    assert job.exported_score == pytest.approx(submitted["public_score"], abs=1e-4)
    with job.submission.open() as stream:
        assert tuple(next(csv.reader(stream))) == job.competition.header
