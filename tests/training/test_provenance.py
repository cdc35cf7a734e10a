"""Records of how a model was trained, and the comparison of two of them."""

import os
from dataclasses import replace
from importlib import metadata

import pytest

from kagglebot.models.registry import get_family
from kagglebot.pretrained.backbones import BACKBONES
from kagglebot.training import provenance
from kagglebot.training.provenance import MADE_WITH, differences, made_with, read_made_with, versions
from kagglebot.training.registry import ENGINES
from kagglebot.training.runtime import Runtime

MADE = made_with(get_family("mlp"), {}, 1, "0123456789abcdef")


def changed(**changes: object) -> dict[str, object]:
    return {**MADE, **changes}


def test_all_that_decides_the_weights_is_kept() -> None:
    assert (*MADE, "weights") == MADE_WITH  # only of pretrained nets
    packages = {"python", "kagglebot", "tensorflow", "keras", "scikit-learn", "numpy", "optuna"}
    assert MADE["versions"].keys() == packages and all(MADE["versions"].values())
    assert (MADE["backend"], MADE["device"], MADE["threads"]) == ("scikit-learn", "CPU", 1)


def test_tensorflow_need_not_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name == "tensorflow":
            raise metadata.PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(metadata, "version", version)
    monkeypatch.setattr(provenance, "current_backend", lambda: "torch")
    assert versions().keys() == {"python", "kagglebot", "keras", "scikit-learn", "numpy", "optuna", "torch"}


def test_what_differs_is_said_and_nothing_else() -> None:
    assert differences(MADE, MADE) == ()
    assert differences({}, MADE) == differences(MADE, {}) == ()
    versions = {**MADE["versions"], "tensorflow": "2.20.0", "keras": "3.9.0"}
    (sentence,) = differences(
        changed(versions={**MADE["versions"], "tensorflow": "2.19.0", "keras": "3.8.0"}),
        changed(versions=versions),
    )
    assert sentence == (
        "The trial ran with TensorFlow 2.19.0, Keras 3.8.0, "
        "the model was trained with TensorFlow 2.20.0, Keras 3.9.0: it may differ a little."
    )
    (sentence,) = differences(MADE, changed(threads=8))
    assert "on 1 thread, the model was trained on 8 threads" in sentence
    (sentence,) = differences(changed(platform="Darwin arm64"), changed(platform="Linux x86_64"))
    assert "ran on Darwin arm64, the model was trained on Linux x86_64" in sentence
    (sentence,) = differences(MADE, changed(digest="fedcba9876543210"))
    assert "other data (0123456789ab) than is here now (fedcba987654)" in sentence


def test_another_backend_is_a_difference_however_it_was_stored() -> None:
    (sentence,) = differences(changed(backend="torch"), changed(backend="tensorflow"))
    assert "ran on PyTorch on CPU, the model was trained on TensorFlow on CPU" in sentence
    (sentence,) = differences(changed(backend="PyTorch on CPU in bfloat16"), changed(backend="torch"))
    assert "ran on PyTorch on CPU in bfloat16, the model was trained on PyTorch on CPU:" in sentence
    in_words = {key: value for key, value in MADE.items() if key not in ("device", "precision")}
    assert differences({**in_words, "backend": "scikit-learn on CPU"}, MADE) == ()


def test_variables_that_change_the_computation_are_recorded_and_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    # The machine may set some of its own.
    variables = {"XLA_FLAGS": "--xla_cpu_enable_fast_math=true", "TF_CPP_MIN_LOG_LEVEL": "2"}
    monkeypatch.setattr(os, "environ", variables)
    fast = made_with(get_family("mlp"), {}, 1, "0123456789abcdef")
    assert fast["variables"] == {"XLA_FLAGS": "--xla_cpu_enable_fast_math=true"}
    (sentence,) = differences(fast, changed(variables={}))
    assert "ran with XLA_FLAGS=--xla_cpu_enable_fast_math=true, the model was trained with none" in sentence
    early = {key: value for key, value in MADE.items() if key != "variables"}
    assert differences(early, fast) == ()


def test_what_0_1_stored_in_words_is_read_as_data() -> None:
    stored = {"backend": "PyTorch on GPU in bfloat16", "platform": "Linux x86_64", "seed": 3, "settings": {}}
    assert read_made_with(stored) == {
        "backend": "torch",
        "device": "GPU",
        "precision": "bfloat16",
        "platform": "Linux x86_64",
    }
    assert read_made_with({"threads": 2}) == {"threads": 2}
    assert read_made_with(MADE) == MADE


def test_a_third_engine_is_stored_under_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = Runtime("jax", "TPU", "bfloat16")
    monkeypatch.setitem(ENGINES, "flax", replace(ENGINES["sklearn"], runtime=lambda _: runtime))
    made = made_with(replace(get_family("mlp"), engine="flax"), {}, 1, "0123456789abcdef")
    assert (made["backend"], made["device"], made["precision"]) == runtime
    (sentence,) = differences(made, MADE)
    assert "ran on jax on TPU in bfloat16, the model was trained on scikit-learn on CPU" in sentence


def test_a_package_that_only_one_of_them_knows_is_no_difference() -> None:
    assert differences(changed(versions={"python": "3.11.9"}), changed(versions={"numpy": "2.0.0"})) == ()


@pytest.mark.usefixtures("lite0")
def test_pretrained_weights_are_recorded_and_compared() -> None:
    made = made_with(get_family("pretrained"), {"resolution": 32}, 1, "0123456789abcdef")
    assert f"sha256:{made['weights']}" == BACKBONES["efficientnet-lite0"].checksum
    assert "weights" not in MADE
    (sentence,) = differences(made, {**made, "weights": "f" * 64})
    assert sentence.startswith("The trial began with other pretrained weights (579344248a93) than the model (ffff")
