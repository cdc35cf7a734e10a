from pathlib import Path
from types import SimpleNamespace

import pytest

from kagglebot.search import worker_count
from kagglebot.search.worker_count import NetSizes, plan_workers
from kagglebot.study_config.load import parse_definition
from kagglebot.study_config.set_and_fix import Restriction
from kagglebot.training.learner import TrainingError

SPACE = """\
[space]
filters = { low = 8, high = 128, log = true }
batch_size = { choices = [32, 64, 256] }
learning_rate = { low = 1e-3, high = 1e-2 }
"""
SCHEMA = SimpleNamespace(image_shape=(64, 64, 3), classes=range(10))


def nets(text: str = 'family = "cnn"\n' + SPACE, **restrictions: Restriction) -> NetSizes:
    definition = parse_definition(text.encode(), Path("mine.toml"), "mine")
    return NetSizes(definition, restrictions, SCHEMA, 20_000)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_count, "available_cores", lambda: 6)
    monkeypatch.setattr(worker_count, "read_machine_profile", lambda: None)


def free(monkeypatch: pytest.MonkeyPatch, gigabytes: float) -> None:
    monkeypatch.setattr(worker_count, "available_memory", lambda swap=False: gigabytes * 1e9)


def test_the_ends_of_the_space_decide_what_nets_take() -> None:
    small, large = nets().extreme(min), nets().extreme(max)
    assert (small.batch, large.batch) == (32, 256)
    assert small.size < 0.9e9 and 6e9 < large.size < 8e9
    part = nets(filters=Restriction(low=8, high=16), batch_size=Restriction((64,)))
    assert part.extreme(max).batch == 64 and part.extreme(max).size < 1.1e9


def test_of_several_families_those_that_are_searched_count() -> None:
    text = 'family = ["cnn", "dense"]\n[space]\nbatch_size = { choices = [32, 256] }\n[fixed.cnn]\nfilters = 128\n'
    assert nets(text).extreme(max).size > 2 * nets(text, family=Restriction(("dense",))).extreme(max).size


@pytest.mark.parametrize(("gigabytes", "count"), [(100, 6), (25, 3), (9, 1), (2, 1)])
def test_as_many_workers_as_the_largest_net_leaves_room_for(
    monkeypatch: pytest.MonkeyPatch, gigabytes: float, count: int
) -> None:
    free(monkeypatch, gigabytes)
    workers = plan_workers(nets())
    assert (workers.count, workers.memory) == (count, gigabytes * 1e9 / count)
    assert plan_workers(nets(), trials=1).count == 1


@pytest.mark.parametrize(
    ("gigabytes", "jobs", "told"),
    [(0.5, None, r"0\.5 GB are free\.$"), (4, 8, r"0\.5 GB are free for each of 8 workers\.$")],
)
def test_a_machine_without_room_for_the_smallest_net_is_told(
    monkeypatch: pytest.MonkeyPatch, gigabytes: float, jobs: int | None, told: str
) -> None:
    free(monkeypatch, gigabytes)
    with pytest.raises(TrainingError, match=told):
        plan_workers(nets(), jobs=jobs)


def test_parameters_go_as_far_as_the_images_allow() -> None:
    text = 'family = "finetuned"\n[space]\nresolution = { low = 64, high = 512, step = 32 }\n'
    definition = parse_definition(text.encode(), Path("mine.toml"), "mine")
    sides = []
    for side in (32, 224):
        schema = SimpleNamespace(image_shape=(side, side, 3), classes=range(10))
        sides.append(NetSizes(definition, {}, schema, 20_000).extreme(max).shape)  # type: ignore[arg-type]
    assert sides == [(128, 128, 3), (512, 512, 3)]
