from pathlib import Path

import pytest
from first_recipe import EPOCHS, write_first_recipe

from kagglebot.datasets.dataset import load_dataset
from kagglebot.study_config.load import load_definition


@pytest.fixture
def workspace(data: Path, tmp_path: Path) -> Path:
    root = tmp_path / "workspace"
    (root / "data").mkdir(parents=True)
    (root / "data" / "digits-practice").symlink_to(data)
    return root


def test_what_the_data_leaves_one_choice_of_is_set(workspace: Path) -> None:
    (workspace / "studies").mkdir()
    text = 'family = "cnn"\n[space]\nborder = { choices = ["reflect"], when = { background = "< 0.2" } }\n'
    (workspace / "studies" / "dark.toml").write_text(text + "[[trials]]\n")
    alone = load_definition(workspace, write_first_recipe(workspace, "dark"))
    assert alone.fixed["border"] == "reflect"


@pytest.mark.parametrize(("study", "chosen"), [(None, "cnn"), ("photo", "photo")])
def test_its_only_trial_is_the_first_of_the_study_for_longer(
    workspace: Path, data: Path, study: str | None, chosen: str
) -> None:
    whole = load_definition(workspace, chosen).for_dataset(load_dataset(data))
    alone = load_definition(workspace, write_first_recipe(workspace, study))
    (trial,) = alone.enqueued()
    first = whole.enqueued()[0]
    assert alone.family == whole.family_of(first)
    assert alone.settings(trial) == {**whole.settings(first), "epochs": EPOCHS}
    # The same rows are held out, and every epoch of the trial is run: nothing prunes it.
    assert (alone.validation, alone.images, alone.seed) == (whole.validation, whole.images, whole.seed)
    assert alone.pruner.name == "none" and alone.promotion is None
