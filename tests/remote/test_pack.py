"""What a search on Kaggle takes along."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kagglebot.paths import WorkspacePaths
from kagglebot.pretrained.weights import WeightsFile
from kagglebot.remote import pack
from kagglebot.remote.pack import packing
from kagglebot.remote.search import pack_search
from kagglebot.search import pretrained_weights
from kagglebot.search.prepare import plan_search
from kagglebot.system.files.digest import file_digest

COMPETITION = "digits-practice"
BOTH = """\
family = ["mlp", "pretrained"]
[fixed.pretrained]
backbone = "efficientnet-lite0"
"""


@pytest.fixture(autouse=True)
def _no_download(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pack, "download_packages", lambda folder: (folder / "a-1-py3-none-any.whl").touch())


def packed(workspace: WorkspacePaths, target: Path, study: str = "tiny") -> dict[str, str]:
    """Pack a search, and return the digest of each file."""
    asked = {"trials": 3, "timeout_seconds": None, "restrict": (), "fix": ()}
    plan = plan_search(workspace, study, COMPETITION, storage=None, **asked)  # type: ignore[arg-type]
    shutil.rmtree(target, ignore_errors=True)
    pack_search(target, workspace, plan, {"search": {"trials": 3}, "gpu": True}, share=(0, 1))
    return {path.name: file_digest(path) for path in target.iterdir()}


def test_the_same_search_is_packed_alike_and_imports_its_own_sources(
    workspace: WorkspacePaths, tmp_path: Path
) -> None:
    files = packed(workspace, tmp_path / "a")
    assert files == packed(workspace, tmp_path / "b") == packed(workspace, tmp_path / "a")
    assert sorted(files) == [
        "a-1-py3-none-any.whl", "job.json", "job.py", "kagglebot.pyz", "study.archive", "study.toml"
    ]  # fmt: skip
    asked = json.loads((tmp_path / "a/job.json").read_text())
    assert (asked["study"], asked["search"], asked["gpu"]) == ("tiny", {"trials": 3}, True)
    assert asked["choices"]["metric"] == "accuracy"
    program = "import job; job.PACKED.joinpath('a-1-py3-none-any.whl').unlink(); job.add_sources()"
    check = f"{program}; import kagglebot.remote.there; print(kagglebot.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", check], cwd=tmp_path / "a", capture_output=True, text=True, check=True
    )
    assert Path(done.stdout.strip()) == tmp_path / "a/kagglebot.pyz/kagglebot/__init__.py"


def test_pretrained_weights_go_along(
    workspace: WorkspacePaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "weights").write_text("weights")
    found = WeightsFile(tmp_path / "weights", "", "own")
    monkeypatch.setattr(pretrained_weights, "find_weights", lambda backbone: found)
    (workspace.studies_folder / "both.toml").write_text(BOTH)
    packed(workspace, tmp_path / "a", "both")
    (name,) = json.loads((tmp_path / "a/job.json").read_text())["weights"]
    assert (tmp_path / "a" / name).read_text() == "weights"


def test_a_folder_takes_the_place_of_another_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "work" / "packed"
    with packing(target) as new:
        (new / "first").touch()
    with pytest.raises(KeyError), packing(target) as new:
        (new / "second").touch()
        raise KeyError
    assert [path.name for path in target.iterdir()] == ["first"]
    with packing(target) as new:
        (new / "second").touch()
    assert [path.name for path in tmp_path.rglob("*")] == ["work", "packed", "second"]
