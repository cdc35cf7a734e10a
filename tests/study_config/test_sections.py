"""The images and the validation of a definition."""

import pytest
from example_definition import TEXT, parse

from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.errors import StudyError
from kagglebot.study_config.schema import Definition


@pytest.mark.parametrize(
    ("section", "rule"),
    [
        ("", ImageRule()),
        ("[images]\nsize = 32\n", ImageRule((32, 32))),
        ("[images]\nlargest = 224\n", ImageRule(largest=224)),
        ('[images]\nsize = [24, 48]\nfit = "crop"\nchannels = 1\n', ImageRule((24, 48), "crop", 1)),
    ],
)
def test_images_become_the_rule_that_they_are_decoded_by(section: str, rule: ImageRule) -> None:
    definition = parse(TEXT + section)
    assert definition.images.rule == rule
    stored = Definition(**definition.model_dump(mode="json"))
    assert stored.images == definition.images
    assert (definition.digest() == parse().digest()) == (rule == ImageRule())


@pytest.mark.parametrize(("rows", "folds"), [(1200, 5), (1201, None)])
def test_folds_are_for_competitions_with_few_rows(rows: int, folds: int | None) -> None:
    definition = parse("family = 'cnn'\n\n[validation]\nfolds = 5\nfolds_up_to = 1200\nfraction = 0.2\n")
    validation = definition.for_rows(rows).validation
    assert (validation.folds, validation.folds_up_to) == (folds, None)
    assert validation.rows(rows, 2) == (rows if folds else 240)


def test_a_limit_of_rows_for_folds_needs_folds() -> None:
    with pytest.raises(StudyError, match="folds_up_to needs folds"):
        parse("family = 'cnn'\n\n[validation]\nfolds_up_to = 1200\n")
