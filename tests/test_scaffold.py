from pathlib import Path

import pytest

from kagglebot.errors import UsageError
from kagglebot.paths import DEFAULT_STUDY, PHOTO_STUDY
from kagglebot.scaffold import (
    check_new_study,
    check_new_workspace,
    definition_text,
    write_workspace,
)
from kagglebot.study_config.definition_files import shipped_folder
from kagglebot.study_config.load import load_definition, parse_definition


def test_comments_of_the_template_stay_and_settings_without_one_get_their_description() -> None:
    template = (shipped_folder() / f"{DEFAULT_STUDY}.toml").read_text()
    lines = definition_text("mine", 10).splitlines()
    for name in ("schedule", "convolutions_1", "epochs", "label_smoothing"):
        (old,) = (line for line in template.splitlines() if line.startswith(f"{name} = ") and "#" in line)
        (new,) = (line for line in lines if line.startswith(f"{name} = ") and "#" in line)
        assert new.split() == old.split()
    (filters,) = (line for line in lines if line.startswith("filters = {"))
    assert filters.partition("# ")[2] == "filters of the first block"
    assert filters.index("#") == next(line for line in lines if line.startswith("kernel = {")).index("#")


def test_the_budget_replaces_that_of_the_template_and_trials_stay_the_same() -> None:
    new = parse_definition(definition_text("mine", 0.001).encode(), Path("mine.toml"), "mine")
    assert (new.budget.timeout_seconds, new.budget.trials) == (1, None)
    assert new.digest() == load_definition(Path("/nowhere"), DEFAULT_STUDY).digest()


def test_a_copy_of_a_study_of_several_families_has_a_word_beside_the_settings_of_each() -> None:
    text = definition_text("mine", 10, PHOTO_STUDY)
    new = parse_definition(text.encode(), Path("mine.toml"), "mine")
    assert new.digest() == load_definition(Path("/nowhere"), PHOTO_STUDY).digest()
    part = text.partition("[space.finetuned]")[2].partition("[space.cnn]")[0]
    assert "# largest shift" in part.replace("augmentation: ", "") and "# features of each" not in part


def test_a_workspace_is_written_once(tmp_path: Path) -> None:
    settings, definition = write_workspace(tmp_path, "digits", "mine", 5)
    assert 'competition = "digits"' in settings.read_text() and definition == tmp_path / "studies" / "mine.toml"
    with pytest.raises(UsageError, match=r"kagglebot.toml is there already"):
        check_new_workspace(tmp_path)
    with pytest.raises(UsageError, match=r"mine.toml is there already"):
        check_new_study(tmp_path, "mine")
    assert check_new_study(tmp_path, "other") == "other"
