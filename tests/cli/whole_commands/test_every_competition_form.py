"""Every form of competition from fetch to score, with the real client and the practice server."""

import csv
from pathlib import Path

import pytest
from practice_forms import LAYOUTS
from whole_job import Commands

STUDY = """\
[images]
size = 16
[validation]
fraction = 0.2
"""
NET = f"""\
family = "cnn"
{STUDY}
[space]
filters = {{ low = 8, high = 16 }}
[fixed]
blocks = 2
convolutions = 1
epochs = 4
batch_size = 16
[[trials]]
filters = 16
"""
PERCEPTRON = f"""\
family = "mlp"
{STUDY}
[space]
units_1 = {{ low = 32, high = 64 }}
[fixed]
layers = 1
epochs = 20
batch_size = 16
learning_rate = 3e-3
[[trials]]
units_1 = 64
"""
#: The form on which a net of Keras does the job; on the others a perceptron, which starts in a third of the time.
ON_A_NET = {"wide"}
#: A score that a net which learned nothing does not reach; a log loss stays below its number.
ABOVE_CHANCE = {"accuracy": 0.5, "auc": 0.75, "macro_f1": 0.5, "kappa": 0.4, "map@5": 0.5}
BELOW_CHANCE = {"name-prefix": 0.6, "wide": 1.1}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_from_fetch_to_score(
    layout: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commands = Commands(tmp_path, layout, monkeypatch, capsys)
    job = commands.whole_job("quick", NET if layout in ON_A_NET else PERCEPTRON, ("--trials", "1", "--jobs", "1"))
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
