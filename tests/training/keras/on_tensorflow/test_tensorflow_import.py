"""TensorFlow is imported without its start-up messages, and told how to use cards; these are stood in for."""

import gc

import pytest

from kagglebot.training.keras.on_tensorflow import steps as tensorflow_steps
from kagglebot.training.keras.on_tensorflow import tensorflow_import
from kagglebot.training.keras.on_tensorflow.steps import predict_step
from kagglebot.training.runtime import Runtime


def test_several_nets_in_a_process_are_no_reason_to_warn(caplog: pytest.LogCaptureFixture) -> None:
    import keras
    import numpy as np

    answers = [
        predict_step(keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)]))(np.zeros((1, 2), np.uint8))
        for _ in range(9)
    ]
    assert len(answers) == 9
    assert "retracing" not in caplog.text


def test_cards_give_memory_as_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    import tensorflow as tf

    growing: list[tuple[str, bool]] = []
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind=None: ["GPU:0", "GPU:1"])
    monkeypatch.setattr(
        tf.config.experimental, "set_memory_growth", lambda card, grows: growing.append((card, grows))
    )
    tensorflow_import.tensorflow.__wrapped__()
    assert growing == [("GPU:0", True), ("GPU:1", True)]


def test_no_garbage_is_searched_for_while_it_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[bool] = []
    monkeypatch.setattr(tensorflow_import, "import_keras", lambda backend: searched.append(gc.isenabled()))
    tensorflow_import.tensorflow.__wrapped__()
    assert searched == [False]
    assert gc.isenabled()


@pytest.mark.parametrize(
    ("details", "precision"),
    [
        (None, "float32"),
        ({"device_name": "Tesla T4", "compute_capability": (7, 5)}, "float16"),
        ({"device_name": "NVIDIA A100", "compute_capability": (8, 0)}, "bfloat16"),
        ({"device_name": "Tesla P100", "compute_capability": (6, 0)}, "float32"),
        ({}, "float32"),
    ],
)
def test_the_precision_is_that_of_the_card(
    details: dict[str, object] | None, precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tensorflow as tf

    cards = [] if details is None else ["GPU:0"]
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind=None: cards)
    monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda card: details)
    assert tensorflow_import.training_precision() == precision
    device = "CPU" if details is None else "GPU"
    assert tensorflow_steps.runtime() == Runtime("tensorflow", device, precision)
    assert tensorflow_steps.on_card() == (details is not None)
