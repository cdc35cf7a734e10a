"""Models and cards with bytes and values changed at random: each is used as it was, or refused in a sentence."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.errors import KagglebotError
from kagglebot.models.registry import get_family
from kagglebot.retraining.final_model import FinalModel, Recipe
from kagglebot.retraining.model_card import card_path, write_card
from kagglebot.retraining.predict import final_predictor
from kagglebot.training.keras.weights_file import read_weights, saved_scaling
from kagglebot.training.registry import make_learner

SHAPE = (3, 3, 1)
IMAGES = np.arange(36, dtype=np.uint8).reshape(4, *SHAPE)
NETS = {"mlp": {"layers": 1, "units_1": 3}, "dense": {"layers": 1, "units_1": 3}}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)
FUZZ = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def save(folder: Path, family: str) -> FinalModel:
    learner = make_learner(get_family(family), NETS[family], SHAPE, 3, seed=0, pixel_moments=(9.0, 3.0))
    if family == "mlp":  # takes its shapes from the first rows
        learner.run_epoch(IMAGES, np.arange(4) % 3, np.arange(4), schedule_position=lambda share: share)
    path = folder / f"trial-0.{'npz' if family == 'mlp' else 'keras'}"
    learner.save(path)
    recipe = Recipe(family, NETS[family], 1, 1, (0.5,), "accuracy", 0, "abc", ImageRule())
    write_card(path, {"recipe": recipe.to_json(), "seconds": 1.0, "threads": 1, "scaling": [1 / 255, 0.0]})
    return FinalModel(path, recipe, {})


@pytest.fixture(scope="module", params=NETS)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> FinalModel:
    return save(tmp_path_factory.mktemp("models"), request.param)


@contextmanager
def kept(path: Path) -> Iterator[bytes]:
    """Put back what the block makes of a file."""
    before = path.read_bytes()
    try:
        yield before
    finally:
        path.write_bytes(before)


def check(model: FinalModel) -> None:
    """It can be used and predicts probabilities, or says in a sentence why not."""
    reason = model.why_train()
    try:
        probabilities = final_predictor(model.path, SHAPE, 3)(IMAGES) if model.path.suffix == ".npz" else None
    except KagglebotError as error:
        assert error.message.endswith(".") and "\n" not in error.message
    else:
        assert reason is None or reason == "" or "has no card" in reason or probabilities is None
        if probabilities is not None:
            np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-3)


@FUZZ
@given(data=st.data())
def test_a_file_with_other_bytes(model: FinalModel, data: st.DataObject) -> None:
    early = data.draw(st.booleans())
    with kept(model.path) as content, kept(card_path(model.path)) as card:
        if early:  # no digest on the card: the content itself is all there is to see it by
            card_path(model.path).write_text(json.dumps(json.loads(card) | {"sha256": None}))
        changed = bytearray(content[: data.draw(st.integers(0, len(content)))])
        for _ in range(data.draw(st.integers(0, 8)) if changed else 0):
            changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
        model.path.write_bytes(changed)
        if not early:
            assert (model.why_train() is None) == (bytes(changed) == content)
        check(model)
        if model.path.suffix == ".keras":
            for read in (read_weights, saved_scaling):
                try:
                    read(model.path)
                except KagglebotError as error:
                    assert model.path.name in error.message


@FUZZ
@given(data=st.data())
def test_a_card_with_other_values(model: FinalModel, data: st.DataObject) -> None:
    with kept(card_path(model.path)) as content:
        card: dict[str, Any] = json.loads(content)
        part = card["recipe"] if data.draw(st.booleans()) else card
        key = data.draw(st.sampled_from(sorted(part)) | st.text(max_size=5))
        if data.draw(st.booleans()):
            part.pop(key, None)
        else:
            part[key] = data.draw(VALUES)
        text = json.dumps(card)
        card_path(model.path).write_text(text[: data.draw(st.sampled_from([len(text), len(text) // 2, 0]))])
        check(model)
