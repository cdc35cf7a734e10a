"""Names of studies and competitions: one rule, tolerant where only one thing can be meant, and said truly."""

import unicodedata
from pathlib import Path

import pytest

from kagglebot.datasets.schema import Schema, save_schema
from kagglebot.errors import StudyError, UsageError
from kagglebot.kaggle.names import competition_slug
from kagglebot.paths import WorkspacePaths, study_name
from kagglebot.study_config.definition_files import find_definitions
from kagglebot.study_config.load import load_definition

NO_NAMES = [
    "",
    " ",
    "my study",
    "..",
    "../cnn",
    "a/b",
    "a\\b",
    "-x",
    "a.b",
    "cnn\nx",
    "Größe",
    unicodedata.normalize("NFD", "Größe"),
    "\uff43\uff4e\uff4e",
    "x" * 101,
    "x\0y",
]


@pytest.mark.parametrize("text", NO_NAMES)
def test_what_is_no_name_is_none_anywhere(text: str, tmp_path: Path) -> None:
    folder = WorkspacePaths(tmp_path)
    for check in (
        study_name,
        competition_slug,
        folder.study,
        folder.competition,
        lambda name: folder.location("digits", name),
    ):
        with pytest.raises(UsageError, match=r"is not (a|the) name"):
            check(text)


def test_spaces_around_a_name_mean_nothing(tmp_path: Path) -> None:
    assert study_name(" cnn\n") == competition_slug("cnn ") == WorkspacePaths(tmp_path).study("cnn ") == "cnn"
    assert WorkspacePaths(tmp_path).location("digits", " cnn").folder == tmp_path / "studies/digits/cnn"


def test_upper_and_lower_case_of_a_fetched_competition(tmp_path: Path) -> None:
    for name in ("Kannada-MNIST", "titanic", "Titanic"):
        (tmp_path / "data" / name).mkdir(parents=True, exist_ok=True)
        (tmp_path / "data" / name / "competition.json").touch()
    folder = WorkspacePaths(tmp_path)
    assert folder.competition("kannada-mnist") == "Kannada-MNIST"
    assert folder.competition("TITANIC") in ("TITANIC", "titanic")  # the second where the disk knows no case
    assert folder.competition("dogs") == "dogs"
    assert folder.competition("Digit-Recognizer") == "digit-recognizer"


def test_a_command_names_the_competition_where_without_it_another_or_none_is_meant(tmp_path: Path) -> None:
    folder = WorkspacePaths(tmp_path)
    assert folder.competition_option("digits") == " --competition digits"
    for name, option in (("digits", ""), ("pets", " --competition digits")):
        (tmp_path / "data" / name).mkdir(parents=True)
        (tmp_path / "data" / name / "competition.json").touch()
        assert folder.competition_option("digits") == option
    (tmp_path / "kagglebot.toml").write_text('competition = "digits"\n')
    folder = WorkspacePaths(tmp_path)
    assert (folder.competition_option("digits"), folder.competition_option("pets")) == ("", " --competition pets")


def test_definitions_without_a_name_are_not_offered(tmp_path: Path) -> None:
    (tmp_path / "studies").mkdir()
    for name in ("mine", "my study", ".hidden"):
        (tmp_path / "studies" / f"{name}.toml").write_text("")
    assert "mine" in find_definitions(tmp_path)
    with pytest.raises(UsageError, match="'my study' is not a name for a study") as wrong:
        WorkspacePaths(tmp_path).study("my study")
    assert "rename" in wrong.value.hint
    for typed in ("MINE", "mien"):
        with pytest.raises(StudyError, match=f"There is no study '{typed}'") as caught:
            load_definition(tmp_path, typed)
        assert caught.value.hint.startswith("Did you mean 'mine'? Known studies: cnn, ")
        assert "my study" not in caught.value.hint


@pytest.mark.parametrize(
    ("shape", "begun", "taken", "said"),
    [
        ((28, 28, 1), (), "cnn", None),
        ((48, 48, 1), (), "cnn", None),
        ((32, 32, 3), (), "photo", "'photo', as the images of pictures are in colour"),
        ((40, 64, 1), (), "photo", "'photo', as the images of pictures are large"),
        ((32, 32, 3), ("photo",), "photo", None),
        ((32, 32, 3), ("photo", "cnn"), "photo", None),
        ((32, 32, 3), ("cnn",), "cnn", "'cnn', as it has trials; for images that are in colour 'photo' is better"),
        ((28, 28, 1), ("photo",), "photo", "'photo', as it has trials; for images that are small and grey"),
        ((32, 32, 3), ("mine",), "photo", "in colour"),
    ],
)
def test_the_study_that_no_one_names_fits_the_images_or_has_trials(
    shape: tuple[int, int, int], begun: tuple[str, ...], taken: str, said: str | None, tmp_path: Path
) -> None:
    (tmp_path / "data" / "pictures").mkdir(parents=True)
    schema = Schema("pictures", "class-folders", "accuracy", 9, 9, shape, ("a", "b"), "id", "label", "f00d")
    save_schema(tmp_path / "data" / "pictures", schema)
    for study in begun:
        (tmp_path / "studies" / "pictures" / study).mkdir(parents=True)
        (tmp_path / "studies" / "pictures" / study / "trials.journal").touch()
    notes: list[str] = []
    folder = WorkspacePaths(tmp_path, on_note=notes.append)
    assert folder.study(None, "pictures") == folder.study(competition="pictures") == taken
    assert len(notes) == (said is not None) and (said or "") in "".join(notes)
    assert folder.study("cnn", "pictures") == "cnn" and folder.study(None, "unknown") == "cnn"
    (tmp_path / "kagglebot.toml").write_text('study = "own"\n')
    assert WorkspacePaths(tmp_path).study(None, "pictures") == "own"
