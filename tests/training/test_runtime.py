import pytest

from kagglebot.training.runtime import Runtime, read_runtime


@pytest.mark.parametrize(
    ("runtime", "words"),
    [
        (Runtime("tensorflow", "CPU"), "TensorFlow on CPU"),
        (Runtime("torch", "GPU", "bfloat16"), "PyTorch on GPU in bfloat16"),
        (Runtime("scikit-learn", "CPU"), "scikit-learn on CPU"),
        (Runtime("jax", "TPU"), "jax on TPU"),
    ],
)
def test_it_is_written_in_words_and_read_from_data_or_the_words_of_0_1(runtime: Runtime, words: str) -> None:
    assert str(runtime) == words
    assert read_runtime(runtime._asdict()) == read_runtime({"backend": words}) == runtime


def test_an_early_version_stored_none() -> None:
    assert read_runtime({"threads": 2}) is None
    assert read_runtime({"backend": "torch"}) == Runtime("torch", "CPU")
