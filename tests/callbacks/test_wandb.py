import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from search_events import follow

from kagglebot.callbacks.wandb import WeightsAndBiases
from kagglebot.errors import UsageError

_BLOCK, _HEADER, _FILE_HEADER = 32768, 7, 7


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WANDB_API_KEY", "WANDB_PROJECT", "WANDB_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_ERROR_REPORTING", "false")


def read_records(path: Path) -> Iterator[Any]:
    """Read an offline run: LevelDB's log format, each record a message of W&B's."""
    from wandb.proto.wandb_internal_pb2 import Record

    content, position, record = path.read_bytes(), _FILE_HEADER, b""
    while position + _HEADER <= len(content):
        if (left := _BLOCK - position % _BLOCK) < _HEADER:
            position += left
            continue
        length, kind = int.from_bytes(content[position + 4 : position + 6], "little"), content[position + 6]
        record += content[position + _HEADER : position + _HEADER + length]
        position += _HEADER + length
        if kind in (1, 4):  # whole, or its last part
            yield Record.FromString(record)
            record = b""


def read_run(path: Path) -> dict[str, Any]:
    run: dict[str, Any] = {"history": [], "summary": {}}
    for record in read_records(path):
        kind = record.WhichOneof("record_type")
        if kind == "run":
            config = {item.key: json.loads(item.value_json) for item in record.run.config.update}
            run |= {"name": record.run.display_name, "group": record.run.run_group, "config": config}
            run["project"] = record.run.project
        elif kind == "history":
            items = {item.key or item.nested_key[0]: json.loads(item.value_json) for item in record.history.item}
            run["history"].append(items)
        elif kind == "summary":
            items = {item.key or item.nested_key[0]: item.value_json for item in record.summary.update}
            run["summary"] |= {key: json.loads(value) for key, value in items.items()}
        elif kind == "exit":
            run["exit"] = record.exit.exit_code
    return run


def read_runs(folder: Path) -> dict[str, dict[str, Any]]:
    """Read the three runs once they are written: W&B's own process does that."""
    for _ in range(300):
        runs = [read_run(path) for path in (folder / "wandb").glob("offline-run-*/*.wandb")]
        if len(runs) == 3 and all("exit" in run for run in runs):
            return {run["name"]: run for run in runs}
        time.sleep(0.1)
    raise AssertionError(runs)


def test_an_offline_run_of_every_trial_lies_in_the_studys_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["kagglebot", "tune", "--storage", "postgresql://me:hunter2@host/db"])
    follow(WeightsAndBiases(), tmp_path)
    runs = read_runs(tmp_path)
    assert sorted(runs) == ["trial 0", "trial 1", "trial 3"]
    first, pruned, left = runs["trial 0"], runs["trial 1"], runs["trial 3"]
    assert (first["project"], first["group"]) == ("digits", "cnn")
    config = {key: value for key, value in first["config"].items() if not key.startswith("_")}
    assert config == {"filters": 8, "optimizer": "adam", "flip": True}
    curve = [(each["_step"], each["accuracy"], each["seconds"]) for each in first["history"]]
    assert curve == [(1, 0.5, 2.0), (2, 0.75, 3.0)]
    assert (first["summary"]["final_accuracy"], first["summary"]["state"]) == (0.75, "complete")
    assert (pruned["summary"]["final_accuracy"], pruned["summary"]["state"]) == (None, "pruned")
    assert (first["exit"], pruned["exit"], left["exit"]) == (0, 0, 1)
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"hunter2" in path.read_bytes()]


def test_its_variables_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_PROJECT", "mine")
    monkeypatch.setenv("WANDB_DIR", str(tmp_path / "elsewhere"))
    (tmp_path / "elsewhere").mkdir()
    follow(WeightsAndBiases(), tmp_path / "study")
    assert {run["project"] for run in read_runs(tmp_path / "elsewhere").values()} == {"mine"}


def test_without_an_account_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WANDB_MODE")
    with pytest.raises(UsageError, match="no API key") as caught:
        WeightsAndBiases()
    assert "WANDB_MODE=offline" in caught.value.hint


def test_a_missing_package_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(UsageError, match="wandb cannot be imported") as caught:
        WeightsAndBiases()
    assert caught.value.hint == "Run: pip install 'kagglebot[wandb]'"
