"""Limits of control groups of both versions, as Linux shows them in files."""

import math
from pathlib import Path

import pytest

from kagglebot.search import worker_count
from kagglebot.system.hardware import cgroups, cpu, memory
from kagglebot.system.hardware.cpu import available_cores
from kagglebot.system.hardware.memory import available_memory


class Machine:
    """A machine's files on control groups: ``/proc/self`` and the mounted groups."""

    def __init__(self, folder: Path) -> None:
        self.proc, self.top = folder / "proc", folder / "cgroup"
        self.proc.mkdir()

    def version_2(self, group: str, root: str = "/") -> Path:
        """Put this process into a group of version 2, mounted from ``root`` on; return the mounted folder."""
        self.top.mkdir()
        (self.proc / "cgroup").write_text(f"0::{group}\n")
        line = f"29 23 0:26 {root} {self.top} rw,nosuid - cgroup2 cgroup2 rw\n"
        (self.proc / "mountinfo").write_text(f"23 1 8:1 / / rw - ext4 /dev/sda1 rw\n{line}")
        return self.top

    def version_1(self, group: str, root: str = "/") -> dict[str, Path]:
        """Put this process into a group of version 1; return the mounted folder of each controller."""
        (self.proc / "cgroup").write_text(f"5:memory:{group}\n4:cpu,cpuacct:{group}\n1:name=systemd:/x\n0::/\n")
        lines = []
        for names in ("cpu,cpuacct", "memory"):
            (self.top / names).mkdir(parents=True)
            lines.append(f"31 23 0:29 {root} {self.top / names} rw shared:1 - cgroup cgroup rw,{names}\n")
        (self.proc / "mountinfo").write_text("".join(lines))
        return {"cpu": self.top / "cpu,cpuacct", "memory": self.top / "memory"}


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine of eight cores whose control groups are files of the test."""
    made = Machine(tmp_path)
    monkeypatch.setattr(cgroups, "PROC", made.proc)
    monkeypatch.setattr(cpu.os, "sched_getaffinity", lambda process: set(range(8)), raising=False)
    return made


def _write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text + "\n")


@pytest.mark.parametrize(
    ("written", "cores"),
    [("150000 100000", 2), ("100000 100000", 1), ("5000 100000", 1), ("max 100000", 8), ("2000000 100000", 8)],
)
def test_a_quota_of_a_container_is_rounded_up(machine: Machine, written: str, cores: int) -> None:
    _write(machine.version_2("/"), cpu__max=written)
    assert available_cores() == cores


@pytest.mark.parametrize(("quota", "cores"), [("150000", 2), ("-1", 8), ("50000", 1)])
def test_a_quota_of_version_1(machine: Machine, quota: str, cores: int) -> None:
    folders = machine.version_1("/docker/abc", root="/docker/abc")
    _write(folders["cpu"], cpu__cfs_quota_us=quota, cpu__cfs_period_us="100000")
    assert available_cores() == cores


def test_the_narrowest_of_nested_groups_counts(machine: Machine) -> None:
    top = machine.version_2("/user.slice/job/step")
    _write(top / "user.slice" / "job" / "step", cpu__max="max 100000")
    _write(top / "user.slice" / "job", cpu__max="250000 100000")
    _write(top / "user.slice", cpu__max="600000 100000")
    assert available_cores() == 3


@pytest.mark.parametrize("text", ["", "nonsense\n", "0::/../..\n", "4:cpu:/gone\n0::/gone\n"])
def test_what_cannot_be_read_is_no_limit(machine: Machine, text: str) -> None:
    machine.version_2("/")
    (machine.proc / "cgroup").write_text(text)
    _write(machine.top, cpu__max="nonsense")
    assert available_cores() == 8 and cgroups.free_memory() == math.inf
    (machine.proc / "cgroup").unlink()
    assert available_cores() == 8


def test_workers_need_room_within_the_containers_memory(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    top = machine.version_2("/")
    monkeypatch.setattr(worker_count, "available_memory", lambda: 10e9)
    assert worker_count.most_jobs() == 6
    monkeypatch.setattr(worker_count, "available_memory", memory.available_memory)
    _write(top, memory__max=str(4_000_000_000), memory__current=str(1_500_000_000))
    _write(top, memory__stat="anon 1000000000\ninactive_file 600000000")
    assert available_memory() == pytest.approx(3_100_000_000)
    assert worker_count.most_jobs() == 2
    _write(top, memory__max="max")
    assert cgroups.free_memory() == math.inf


def test_the_memory_of_version_1(machine: Machine) -> None:
    folder = machine.version_1("/job")["memory"] / "job"
    _write(folder, memory__limit_in_bytes="3000000000", memory__usage_in_bytes="2000000000")
    _write(folder, memory__stat="cache 5\ntotal_inactive_file 500000000")
    assert cgroups.free_memory() == 1_500_000_000
