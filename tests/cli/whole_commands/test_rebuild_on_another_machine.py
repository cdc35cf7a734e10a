"""A trial's model trained again on other machines from the study alone: bit-identical weights."""

import io
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import optuna
import pytest
from practice_server import serving

from kagglebot import Workspace
from kagglebot.cli.main import run
from kagglebot.practice import write_competition
from kagglebot.search.storage.attributes import RUN
from kagglebot.search.storage.journal import open_storage

NAME = "digits-practice"
KEY = f"{NAME}/tiny"
STUDY = """\
family = "cnn"
[space]
filters = { low = 2, high = 8 }
[fixed]
blocks = 2
convolutions = 1
epochs = 2
dropout = 0.2
shift = 0.1
[[trials]]
filters = 4
"""


@pytest.fixture
def original(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The workspace of the machine that ran the trial."""
    root = tmp_path / "original"
    (root / "studies").mkdir(parents=True)
    (root / "studies" / "tiny.toml").write_text(STUDY)
    with serving(monkeypatch, write_competition(tmp_path / "served")):
        for command in (["fetch", NAME], ["tune", "tiny", "--trials", "1", "--jobs", "1", "--seed", "5"]):
            assert run(["--workspace", str(root), *command, "--json"]) == 0
    return root


def another(original: Path, name: str) -> Path:
    """Another machine, with the competition's data and nothing of the study."""
    root = original.parent / name
    root.mkdir()
    shutil.copytree(original / "data", root / "data")
    return root


def train(root: Path, *options: str) -> dict[str, Any]:
    """Train the trial in a process of its own."""
    program = "from kagglebot.cli.main import main; main()"
    command = [sys.executable, "-c", program, "--workspace", str(root), "train", "tiny", "--trial", "0", *options]
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def weights(model: dict[str, Any]) -> dict[str, np.ndarray]:
    found = {}
    with zipfile.ZipFile(model["path"]) as packed, h5py.File(io.BytesIO(packed.read("model.weights.h5"))) as file:
        file.visititems(
            lambda name, item: found.update({name: item[()]} if isinstance(item, h5py.Dataset) else {})
        )
    return found


def test_the_study_alone_gives_the_same_weights_and_says_what_differs(original: Path) -> None:
    journal = Path("studies", NAME, "tiny", "trials.journal")
    study = optuna.load_study(study_name=KEY, storage=open_storage((original / journal).parent))
    made = study.trials[0].user_attrs[RUN]

    with_journal = another(original, "with-journal")
    (with_journal / journal).parent.mkdir(parents=True)
    shutil.copy(original / journal, with_journal / journal)

    with_database = another(original, "with-database")
    url = f"sqlite:///{with_database / 'trials.db'}"
    copy = optuna.create_study(storage=open_storage(with_database, url), study_name=KEY, direction="maximize")
    for name, value in study.user_attrs.items():
        copy.set_user_attr(name, value)
    (trial,) = study.get_trials(deepcopy=True)
    versions = {**made["versions"], "tensorflow": "2.0.0"}
    trial.set_user_attr(RUN, {**made, "versions": versions, "digest": "0" * 64})
    copy.add_trial(trial)
    (with_database / "kagglebot.toml").write_text(f'storage = "{url}"\n')

    first, second = train(with_journal, "--threads", "1"), train(with_database, "--threads", "1")
    assert made["threads"] >= 1 and first["threads"] == second["threads"] == 1
    assert all("thread" in said for said in first["differences"])
    assert any("TensorFlow 2.0.0" in said for said in second["differences"])
    assert any("other data (000000000000)" in said for said in second["differences"])
    ours, theirs = weights(first), weights(second)
    assert ours.keys() == theirs.keys() and len(ours) > 4
    for name, values in ours.items():
        assert values.tobytes() == theirs[name].tobytes(), name

    again = Workspace(with_journal)
    assert all(again.train("tiny", trial=0, threads=threads).reused for threads in (None, 1))
