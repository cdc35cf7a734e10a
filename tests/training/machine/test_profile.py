from pathlib import Path

import pytest

from kagglebot.config import BACKENDS
from kagglebot.errors import UsageError
from kagglebot.search.worker_count import auto_jobs, most_jobs
from kagglebot.training.keras import backends
from kagglebot.training.machine import profile
from kagglebot.training.machine.profile import (
    MachineProfile,
    Speed,
    choose_backend,
    profile_path,
    read_machine_profile,
    save_machine_profile,
)


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def speed(backend: str, processes: int, images_a_second: float) -> Speed:
    return Speed(backend, processes, 1, images_a_second, 0.05, 100.0)


def found(*speeds: Speed) -> MachineProfile:
    return MachineProfile(speeds, {}, 0.0)


def test_without_a_measurement_it_is_tensorflow_and_a_worker_a_core() -> None:
    assert read_machine_profile() is None
    assert choose_backend("auto") == "tensorflow"
    assert auto_jobs() == most_jobs()


def test_without_tensorflow_it_is_pytorch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "installed", lambda: ("torch",))
    assert choose_backend("auto") == backends.default_backend() == "torch"
    assert choose_backend("auto", elsewhere=True) == "tensorflow"


def test_the_faster_backend_is_taken_where_it_pays() -> None:
    usual = speed("tensorflow", 2, 1000)
    assert found(usual, speed("torch", 2, 1090)).backend == "tensorflow"
    assert found(usual, speed("torch", 2, 1110)).backend == "torch"
    assert found(usual).backend == found().backend == "tensorflow"


def test_fewer_workers_with_more_threads_are_taken_where_it_pays() -> None:
    assert found(speed("torch", 1, 1090), speed("torch", 2, 1000)).jobs("torch") == 2
    assert found(speed("torch", 1, 1110), speed("torch", 2, 1000)).jobs("torch") == 1
    assert found(speed("torch", 1, 1110)).jobs("tensorflow") is None


def test_what_was_kept_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = found(speed("tensorflow", 1, 1000), speed("torch", 1, 2000))
    assert save_machine_profile(kept) == profile_path()
    assert read_machine_profile() == kept
    assert choose_backend("auto") == "torch"
    assert choose_backend("auto", elsewhere=True) == "tensorflow"
    assert choose_backend("tensorflow") == "tensorflow"
    assert auto_jobs("torch") == 1
    monkeypatch.setattr(profile, "available_cores", lambda: 99)
    assert read_machine_profile() is None  # another machine's


@pytest.mark.parametrize("text", ["{}", "[1]", '{"speeds": [{"backend": "x"}]}', "no JSON"])
def test_a_damaged_file_counts_as_nothing_measured(text: str) -> None:
    save_machine_profile(found())
    profile_path().write_text(text)
    assert read_machine_profile() is None


def test_a_backend_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "installed", lambda: ("tensorflow",))
    assert choose_backend("torch", elsewhere=True) == "torch"
    with pytest.raises(UsageError) as caught:
        choose_backend("torch")
    assert caught.value.hint == "Run: pip install 'kagglebot[torch]'"
    with pytest.raises(UsageError, match="no backend 'jax'"):
        choose_backend("jax")


def test_every_backend_can_be_asked_for() -> None:
    assert ("auto", *backends.BACKENDS) == BACKENDS
