"""Plans of the models of trials that are chosen."""

from dataclasses import replace
from pathlib import Path

from retraining_study import TRIALS, summarise

from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.retraining.plan import plan_trial
from kagglebot.study_config.sections import Validation


def test_the_model_keeps_the_size_that_images_had_under_a_limit(study: Path, data: Path) -> None:
    for largest, size in ((224, None), (5, (5, 5))):
        summary = replace(summarise(*TRIALS), images=ImageRule(largest=largest))
        ((_, model),) = plan_trial(summary, TRIALS[1], study, data).members
        assert model.recipe.images == ImageRule(size)


def test_the_model_does_not_learn_from_rows_that_the_study_sealed(study: Path, data: Path) -> None:
    summary = replace(summarise(*TRIALS), split=Validation(sealed=0.05, seed=7))
    ((_, model),) = plan_trial(summary, TRIALS[1], study, data).members
    assert model.recipe.sealed == (0.05, 7)
