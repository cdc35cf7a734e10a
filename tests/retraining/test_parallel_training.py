"""Final models in their own processes: killed, stopped, failed, and what is kept."""

import multiprocessing
import os
import signal
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import psutil
import pytest

from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.datasets.schema import read_schema
from kagglebot.retraining.final_model import FinalModel, Recipe, model_path
from kagglebot.retraining.model_card import read_card
from kagglebot.retraining.parallel_training import train_in_processes
from kagglebot.training.learner import TrainingError

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals")


@pytest.fixture
def models(tmp_path: Path, digits_data: Path) -> list[FinalModel]:
    """One that is trained in no time, and one that never ends."""
    recipe = Recipe(
        family="mlp",
        settings={"layers": 1, "units_1": 8, "batch_size": 16},
        epochs=1,
        planned=1,
        curve=(),
        metric="accuracy",
        seed=1,
        digest=read_schema(digits_data).digest,
        images=ImageRule(),
    )
    return [
        FinalModel(model_path(tmp_path, "mlp", number), replace(recipe, epochs=epochs), {})
        for number, epochs in enumerate((1, 1_000_000))
    ]


def train(models: list[FinalModel], data: Path, **options: object) -> None:
    options = {"jobs": 1, "cores": 1, **options}
    train_in_processes(models, data, log=models[0].path.parent / "worker.log", **options)


def children() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())]


def files(models: list[FinalModel]) -> list[str]:
    return sorted(path.name for path in models[0].path.parent.iterdir() if path.suffix in {".npz", ".json"})


def test_a_killed_process_is_a_sentence_and_what_was_finished_is_kept(
    models: list[FinalModel], digits_data: Path
) -> None:
    said: list[tuple[str, int, int | None]] = []

    def kill(phase: str, done: int, total: int | None) -> None:
        said.append((phase, done, total))
        if models[0].is_there:
            for child in children():
                child.send_signal(signal.SIGKILL)

    with pytest.raises(TrainingError, match=r"trained trial-1 was killed, perhaps for lack of memory\.") as caught:
        train(models, digits_data, on_progress=kill)
    assert "finished models are kept" in caught.value.hint
    assert files(models) == ["trial-0.json", "trial-0.npz"]
    assert said[0] == ("training 2 models", 0, 200)
    train(models[:1], digits_data)  # is there: nothing to start


def test_stopped_by_the_user_nothing_half_made_and_no_process_is_left(
    models: list[FinalModel], digits_data: Path
) -> None:
    def stop(phase: str, done: int, total: int | None) -> None:
        if models[0].is_there and len(children()) == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(models, digits_data, on_progress=stop, jobs=2)
    assert children() == []
    assert files(models) == ["trial-0.json", "trial-0.npz"]


def test_a_net_that_cannot_be_trained_is_named(models: list[FinalModel], digits_data: Path) -> None:
    deep = {"layers": 4, **{f"units_{layer}": 64 for layer in range(1, 5)}}
    diverges = {**deep, "learning_rate": 10.0, "optimizer": "sgd", "preprocessing": "raw"}
    bad = replace(models[1], recipe=replace(models[1].recipe, settings=diverges))
    with pytest.raises(
        TrainingError, match="trial-1 cannot be trained on all rows: the loss is no longer"
    ) as caught:
        train([models[0], bad], digits_data, jobs=2)
    assert "--trial N takes another one" in caught.value.hint
    assert models[0].is_there


def test_a_model_trained_with_another_number_of_threads_is_trained_again(
    models: list[FinalModel], digits_data: Path
) -> None:
    with_one, with_two = (replace(models[0], threads=threads) for threads in (1, 2))
    train([with_one], digits_data, cores=4)
    assert with_one.is_there and models[0].is_there and not with_two.is_there
    train([with_two], digits_data, cores=4)
    assert read_card(with_two.path)["threads"] == 2 and not with_one.is_there


@pytest.mark.parametrize(("cards", "seen"), [((), ["0,1"] * 3), (("GPU-0", "GPU-1"), ["GPU-0", "GPU-1", "GPU-0"])])
def test_models_are_shared_among_the_cards(
    cards: tuple[str, ...],
    seen: list[str],
    models: list[FinalModel],
    digits_data: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found: list[str] = []

    class Process:
        """Takes note of the cards that it would see, and is done."""

        exitcode = 0

        def __init__(self, target: object, args: tuple[Connection, ...]) -> None:
            self._connection = args[0]

        def start(self) -> None:
            found.append(os.environ["CUDA_VISIBLE_DEVICES"])
            self._connection.send(None)

        def join(self, timeout: float = 0) -> None:
            """Return at once."""

    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    monkeypatch.setattr(multiprocessing.get_context("spawn"), "Process", Process, raising=False)
    three = [*models, replace(models[0], path=models[0].path.with_name("third.npz"))]
    train(three, digits_data, jobs=3, cards=cards)
    assert found == seen
