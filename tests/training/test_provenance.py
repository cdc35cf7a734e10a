"""What is kept of how a model was made, and how two of them are told apart."""

from kagglebot.models.registry import get_family
from kagglebot.training.provenance import MADE_WITH, backend_of, differences, made_with

MADE = made_with(get_family("mlp"), 1, "0123456789abcdef")


def changed(**changes: object) -> dict[str, object]:
    return {**MADE, **changes}


def test_all_that_decides_the_weights_is_kept() -> None:
    assert tuple(MADE) == MADE_WITH
    packages = {"python", "kagglebot", "tensorflow", "keras", "scikit-learn", "numpy", "optuna"}
    assert MADE["versions"].keys() == packages and all(MADE["versions"].values())
    assert (MADE["backend"], MADE["threads"]) == ("scikit-learn on CPU", 1)


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


def test_the_backend_is_told_from_what_is_kept() -> None:
    kept = ["PyTorch on GPU in bfloat16", "TensorFlow on CPU", "scikit-learn on CPU", None]
    told = [backend_of({} if words is None else {"backend": words}) for words in kept]
    assert told == ["torch", "tensorflow", "tensorflow", "tensorflow"]
    (sentence,) = differences(changed(backend="PyTorch on CPU"), changed(backend="TensorFlow on CPU"))
    assert "ran on PyTorch on CPU, the model was trained on TensorFlow on CPU" in sentence


def test_a_package_that_only_one_of_them_knows_is_no_difference() -> None:
    assert differences(changed(versions={"python": "3.11.9"}), changed(versions={"numpy": "2.0.0"})) == ()
