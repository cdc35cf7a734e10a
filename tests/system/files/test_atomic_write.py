import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from kagglebot.system.files.atomic_write import atomic_write, move_into_place
from kagglebot.system.files.json_file import read_json, write_json


def test_a_file_takes_its_name_only_when_the_block_ends_well(tmp_path: Path) -> None:
    path = tmp_path / "new" / "model.keras"
    with pytest.raises(RuntimeError), atomic_write(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert list(path.parent.iterdir()) == []
    with atomic_write(path) as temporary:
        assert temporary.suffix == ".keras"
        temporary.write_text("whole")
        assert not path.exists()
    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]


def test_the_old_file_stays_when_the_new_one_fails(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"old": 1})
    with pytest.raises(TypeError):
        write_json(path, {"new": object()})
    assert read_json(path) == {"old": 1}
    assert list(tmp_path.iterdir()) == [path]


_REPLACED = """
from kagglebot.system.files.atomic_write import move_into_place
from kagglebot.system.files.json_file import read_json, write_json

path, tree = folder / "a.json", folder / "tree"

def before():
    write_json(path, ["old"])

def job():
    write_json(path, ["new"] * 9)
    new = folder / ".new"
    new.mkdir(exist_ok=True)
    write_json(new / "b.json", ["new"])
    if not tree.exists():
        move_into_place(new, tree)

def after():
    assert read_json(path) in (["old"], ["new"] * 9)
    assert not tree.exists() or read_json(tree / "b.json") == ["new"]

folder.mkdir()
print(kill_at_every_step(before, job, after))
"""


def test_killed_at_any_step_a_file_or_folder_is_the_old_one_or_the_new(
    tmp_path: Path, killed_everywhere: Callable[..., str]
) -> None:
    assert int(killed_everywhere(_REPLACED, tmp_path / "folder")) > 10


def test_content_is_on_the_disk_before_the_rename_and_the_name_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: steps.append(f"sync {os.fstat(descriptor).st_ino}"))
    monkeypatch.setattr("kagglebot.system.files.atomic_write._MANY_FILES", 3)
    monkeypatch.setattr(os, "sync", lambda: steps.append("sync all"))
    for name in ("replace", "rename"):
        real = getattr(Path, name)
        monkeypatch.setattr(Path, name, lambda *paths, real=real: (steps.append("rename"), real(*paths)))
    here = f"sync {tmp_path.stat().st_ino}"

    write_json(tmp_path / "a.json", 1)
    assert steps == [f"sync {(tmp_path / 'a.json').stat().st_ino}", "rename", here]

    for count, expected in ((2, ["sync", "sync", "sync", "rename", here]), (9, ["sync all", "rename", here])):
        new, folder = tmp_path / f"new-{count}", tmp_path / f"folder-{count}"
        new.mkdir()
        for number in range(count):
            (new / str(number)).touch()
        steps.clear()
        move_into_place(new, folder)
        assert [step if step in expected else step.split()[0] for step in steps] == expected
        assert len(list(folder.iterdir())) == count


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    with atomic_write(pipe) as path:
        path.write_text("whole")
    reader.join()
    assert (read, pipe.is_fifo()) == (["whole"], True)
