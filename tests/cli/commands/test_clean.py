import json
import shutil
from pathlib import Path

import pytest
from filelock import FileLock

from kagglebot.cli.main import run
from kagglebot.datasets.schema import read_schema

NAME = "digits-practice"


def clean(capsys: pytest.CaptureFixture[str], workspace: Path, *options: str, code: int = 0) -> str:
    assert run(["--workspace", str(workspace), "clean", *options]) == code
    output = capsys.readouterr()
    return output.err if code else output.out


def test_features_go_and_studies_stay_unless_one_is_at_work(
    capsys: pytest.CaptureFixture[str], studied: Path, tmp_path: Path
) -> None:
    shutil.copytree(studied, workspace := tmp_path / "workspace", symlinks=False)
    data = workspace / "data" / NAME
    features = data / "cache" / read_schema(data).digest / "train_images.net.npy"
    assert clean(capsys, workspace) == "There is nothing to remove.\n"
    features.write_bytes(bytes(3_000_000))
    kept = {path for path in workspace.rglob("*") if path.is_file()} - {features}
    assert "3 MB would be freed" in clean(capsys, workspace, "--dry-run")
    lock = workspace / "studies" / NAME / "net/workers/1.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(lock):
        assert "'net' of digits-practice is at work" in clean(capsys, workspace, code=1)
    assert features.is_file()
    document = json.loads(clean(capsys, workspace, "--json", "--competition", NAME))
    expected = {"path": str(features), "kind": "features", "bytes": 3_000_000}
    assert document == {"dry_run": False, "bytes": 3_000_000, "removed": [expected]}
    assert not features.exists() and all(path.is_file() for path in kept)
