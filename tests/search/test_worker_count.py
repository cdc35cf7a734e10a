from pathlib import Path
from types import SimpleNamespace

import pytest

from kagglebot.search import worker_count
from kagglebot.search.worker_count import NetSizes, plan_workers
from kagglebot.study_config.load import parse_definition
from kagglebot.study_config.set_and_fix import Restriction
from kagglebot.system.hardware.gpu import Card
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


GB = 10**9


def _card(number: int, free: float = 24) -> Card:
    return Card(number, f"GPU-{number}", "NVIDIA A10", 24 * GB, int(free * GB), "535")


@pytest.mark.parametrize(
    ("free_gb", "most", "per_card"),
    [
        ((24,), ["GPU-0", "GPU-0"], 8),  # the largest net takes 6 to 8 GB
        ((24, 24), ["GPU-0", "GPU-1", "GPU-0", "GPU-1"], 8),
        ((90,), ["GPU-0"] * 3, 20),
        ((24, 6), ["GPU-0", "GPU-1", "GPU-0"], 4),
        ((3,), ["GPU-0"], 2),
    ],
)
def test_each_worker_has_a_card_and_cards_have_as_many_as_their_memory_holds(
    free_gb: tuple[float, ...], most: list[str], per_card: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    free(monkeypatch, 100)
    cards = [_card(number, each) for number, each in enumerate(free_gb)]
    workers = plan_workers(nets(), cards=cards)
    assert (workers.count, list(workers.cards)) == (len(most), most)
    assert workers.memory == pytest.approx(per_card * GB)
    assert plan_workers(nets(), cards=cards, trials=1).cards == ("GPU-0",)


def test_jobs_cores_and_main_memory_decide_how_many_share_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    cards = [_card(0), _card(1)]
    free(monkeypatch, 100)
    assert plan_workers(nets(), cards=cards, jobs=1).cards == ("GPU-0",)
    five = plan_workers(nets(), cards=cards, jobs=5)
    assert five.cards == ("GPU-0", "GPU-1", "GPU-0", "GPU-1", "GPU-0")
    assert five.memory == pytest.approx(16 * GB / 3)  # two thirds of 24 GB are for nets
    free(monkeypatch, 7)
    assert plan_workers(nets(), cards=cards).count == 2
    monkeypatch.setattr(worker_count, "available_cores", lambda: 1)
    assert plan_workers(nets(), cards=cards).count == 1


def test_a_card_whose_memory_is_not_known_has_one_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    free(monkeypatch, 100)
    workers = plan_workers(nets(), cards=[_card(0, 0)])
    assert (workers.count, workers.memory) == (1, 100 * GB)


def test_cards_without_room_for_the_smallest_net_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    free(monkeypatch, 100)
    with pytest.raises(TrainingError, match=r"0\.2 GB are free"):
        plan_workers(nets(), cards=[_card(0, 0.3)])
