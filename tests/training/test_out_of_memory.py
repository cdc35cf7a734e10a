"""Memory that runs out is one error; images may be larger than memory, as nothing reads many of them at once."""

import errno
from pathlib import Path

import numpy as np
import pytest

from kagglebot.models.registry import get_family, known_families
from kagglebot.training import learner as learner_contract
from kagglebot.training.keras import features
from kagglebot.training.keras import learner as keras_learner
from kagglebot.training.learner import FailureKind, TrainingError, pixel_moments
from kagglebot.training.out_of_memory import memory_errors
from kagglebot.training.registry import ENGINES, load_predictor, make_learner
from kagglebot.training.sklearn import learner as sklearn_learner

SHAPE = (8, 8, 1)
COUNT, MOST = 700, 100


class Corpus:
    """Images that are read by row numbers only, never more than ``MOST`` at once."""

    def __init__(self, images: np.ndarray) -> None:
        self._images, self.shape = images, images.shape
        self.read = 0

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        assert len(rows) <= MOST
        self.read += len(rows)
        return self._images[rows]


IMAGES = np.random.default_rng(0).integers(0, 256, (COUNT, *SHAPE)).astype(np.uint8)


@pytest.fixture(autouse=True)
def _small_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sklearn_learner, "_PIXELS", MOST * 64)
    monkeypatch.setattr(keras_learner, "PREDICT_PIXELS", MOST * 64)
    monkeypatch.setattr(features, "MOST_PIXELS", MOST * 64)


@pytest.mark.parametrize("family", sorted(known_families()))
def test_trains_and_predicts_a_part_at_a_time(family: str, tmp_path: Path) -> None:
    labels = np.arange(COUNT, dtype=np.int64) % 3
    settings = {"batch_size": 30, "epochs": 1, **({"resolution": 32} if get_family(family).transfer else {})}
    learner = make_learner(get_family(family), settings, SHAPE, 3, seed=0, pixel_moments=(0.0, 1.0))
    corpus = Corpus(IMAGES)
    learner.run_epoch(corpus, labels, np.arange(COUNT), schedule_position=lambda share: share)
    assert corpus.read >= COUNT - 30
    path = tmp_path / f"model{ENGINES[get_family(family).engine].suffix}"
    learner.save(path)
    rows = np.arange(0, COUNT, 2)
    predict = load_predictor(path, get_family(family), settings, SHAPE, 3, scaling=(1 / 255, 0))
    whole = predict(Corpus(IMAGES))
    assert whole.shape == (COUNT, 3)
    # A frozen backbone's features are kept in half precision.
    error = 1e-2 if get_family(family).transfer else 1e-4
    np.testing.assert_allclose(learner.predict(Corpus(IMAGES), rows), whole[rows], rtol=error)


def test_moments_are_those_of_all_pixels() -> None:
    assert learner_contract._READ <= MOST
    moments = pixel_moments(Corpus(IMAGES), np.arange(COUNT))
    np.testing.assert_allclose(moments, (IMAGES.mean(), IMAGES.std()))


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        RuntimeError("std::bad_alloc"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 4096 bytes"),
        type("ResourceExhaustedError", (Exception,), {})("OOM when allocating tensor"),  # TensorFlow's
        type("OutOfMemoryError", (RuntimeError,), {})("CUDA out of memory"),  # PyTorch's
        RuntimeError("CUDA error: out of memory"),
        RuntimeError("failed to allocate 32.00M from device: CUDA_ERROR_OUT_OF_MEMORY: out of memory"),
        RuntimeError("failed to create cublas handle: CUBLAS_STATUS_ALLOC_FAILED"),
        RuntimeError("failed to create cublas handle: CUBLAS_STATUS_NOT_INITIALIZED"),
        RuntimeError("Could not create cudnn handle: CUDNN_STATUS_ALLOC_FAILED"),
        RuntimeError("Could not create cudnn handle: CUDNN_STATUS_NOT_INITIALIZED"),
        RuntimeError("CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED"),
        RuntimeError("Failed to get convolution algorithm. This is probably because cuDNN failed to initialize"),
        type("NotFoundError", (Exception,), {})("No algorithm worked! Error messages: ..."),
    ],
    ids=repr,
)
def test_every_way_to_say_it_is_one_error(error: Exception) -> None:
    with pytest.raises(TrainingError, match="memory ran out") as caught, memory_errors():
        raise error
    assert "batch_size" in caught.value.hint
    assert caught.value.kind is FailureKind.OUT_OF_MEMORY


@pytest.mark.parametrize(
    "error",
    [
        ValueError("x"),
        RuntimeError("CUDNN_STATUS_BAD_PARAM"),
        OSError(errno.ENOSPC, "full"),
        TrainingError("it diverged"),
    ],
    ids=repr,
)
def test_other_errors_pass(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, memory_errors():
        raise error
    assert caught.value is error
