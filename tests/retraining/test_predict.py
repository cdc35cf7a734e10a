import json
from pathlib import Path

import numpy as np

from kagglebot.models.registry import get_family
from kagglebot.retraining.final_model import card_path
from kagglebot.retraining.predict import final_predictor, load_predictor
from kagglebot.training.registry import make_learner
from kagglebot.training.tta import predict_with_tta


def test_a_model_predicts_over_views_where_its_card_says_so(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (20, 6, 6, 1)).astype(np.uint8)
    settings = {"layers": 1, "units_1": 4}
    learner = make_learner(get_family("mlp"), settings, (6, 6, 1), 2, seed=0, pixel_moments=(0.0, 1.0))
    learner.run_epoch(images, np.arange(20) % 2, np.arange(20), schedule_position=lambda share: share)
    path = tmp_path / "trial-0.npz"
    for tta, flip in ((False, False), (True, False), (True, True)):
        recipe = {"settings": {"flip": flip}, "tta": tta}
        card_path(path).write_text(json.dumps({"recipe": recipe}))
        learner.save(path)
        expected = predict_with_tta(learner.predict, images, flip=flip)[tta]
        np.testing.assert_allclose(final_predictor(path)(images), expected, rtol=1e-5)
    np.testing.assert_allclose(load_predictor(path)(images), learner.predict(images), rtol=1e-5)
