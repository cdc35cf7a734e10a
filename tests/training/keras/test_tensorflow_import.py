"""TensorFlow is imported without its start-up messages."""

import pytest

from kagglebot.training.keras.tensorflow_steps import predict_step


def test_several_nets_in_a_process_are_no_reason_to_warn(caplog: pytest.LogCaptureFixture) -> None:
    import keras
    import numpy as np

    answers = [
        predict_step(keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)]))(np.zeros((1, 2), np.uint8))
        for _ in range(9)
    ]
    assert len(answers) == 9
    assert "retracing" not in caplog.text
