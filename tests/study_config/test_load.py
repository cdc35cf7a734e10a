from pathlib import Path

import pytest
from example_definition import TEXT, parse

from kagglebot.errors import StudyError
from kagglebot.study_config.definition_files import find_definitions, shipped_folder
from kagglebot.study_config.load import load_definition, stored_definition


@pytest.mark.parametrize(
    ("old", "new", "key", "line"),
    [
        ("low = 4, high", "low = 0, high", "space.filters", 8),
        ("low = 4, high", "low = 4, hihg", "space.filters", 8),
        ("filters = { low", "filtres = { low", "space.filtres", 8),
        ("fraction = 0.25", "fraction = 2", "validation.fraction", 5),
        ('family = "cnn"', 'family = "resnet"', "family", 1),
        ('"pooling", "dense"', '"pooling", "flat"', "space.head", 9),
        ('{ head = "dense" }', '{ haed = "dense" }', "space.dense_units", 10),
        ('{ head = "dense" }', '{ metric = ["accuracy", "hits"] }', "space.dense_units", 10),
        ("blocks = 2", "blocks = 99", "fixed.blocks", 13),
        ("blocks = 2", "filters = 8", "fixed.filters", 13),
        ("blocks = 2", 'averaging = "x"', "fixed.averaging", 13),
        ("blocks = 2", 'ema_epochs = "x"', "fixed.ema_epochs", 13),
        ("blocks = 2", "crop = 0", "fixed.crop", 13),
        ("blocks = 2", "jitter = 1.5", "fixed.jitter", 13),
        ("blocks = 2", "cutmix = -1.0", "fixed.cutmix", 13),
        ("blocks = 2", 'border = "wrap"', "fixed.border", 13),
        ("blocks = 2", "ema_epochs = 2.0\naveraging = 1.0", "fixed.averaging", 14),
        ("filters = 8", "filters = 99", "trials.0.filters", 16),
        ("filters = 4\n", "kernel = 5\n", "trials.1.kernel", 20),
        ("filters = 8\n", 'filters = 8\nrows = "many"\n', "trials.0.rows", 17),
        ("filters = 8\n", "filters = 8\nrows = 5000\n", "trials.0.rows", 17),
        ("description", "descripton", "descripton", 2),
        ("[space]", "[keep.filters]\nvalues = [8]\n[space]", "keep", 7),
        ("[space]", "[images]\nsize = 2\n[space]", "images.size", 8),
        ("[space]", "[images]\nsize = [32]\n[space]", "images.size", 8),
        ("[space]", '[images]\nsize = "big"\n[space]', "images.size", 8),
        ("[space]", '[images]\nfit = "squeeze"\n[space]', "images.fit", 8),
        ("[space]", "[images]\nchannels = 2\n[space]", "images.channels", 8),
    ],
)
def test_a_wrong_key_is_named_with_its_line(old: str, new: str, key: str, line: int) -> None:
    assert old in TEXT
    with pytest.raises(StudyError) as caught:
        parse(TEXT.replace(old, new, 1))
    assert caught.value.message.startswith(f"studies/mine.toml, line {line}: {key}")
    assert caught.value.hint


@pytest.mark.parametrize("typed", ["learning_rat", "filter", "units"])
def test_an_unknown_parameter_brings_the_nearest_and_all_that_are_allowed(typed: str) -> None:
    with pytest.raises(StudyError, match="there is no such parameter") as caught:
        parse(TEXT.replace("filters = { low", f"{typed} = {{ low", 1))
    meant = {"learning_rat": "learning_rate", "filter": "filters", "units": "dense_units"}[typed]
    assert caught.value.hint.startswith(f"Did you mean {meant}? Known: ")
    assert {"batch_size", "blocks", "learning_rate"} <= set(
        caught.value.hint.rstrip(".").split(": ")[1].split(", ")
    )


def test_a_setting_is_not_searched_under_its_old_name_too() -> None:
    text = TEXT.replace("[space]", "[space]\nema_epochs = { low = 1.0, high = 2.0 }").replace(
        "blocks = 2", "averaging = 1.0"
    )
    with pytest.raises(StudyError, match=r"line 14: fixed.averaging: it is searched in \[space\] too"):
        parse(text)


def test_images_have_a_size_or_a_largest_one() -> None:
    with pytest.raises(StudyError, match="size and largest exclude each other"):
        parse(TEXT + "[images]\nsize = 32\nlargest = 32\n")


def test_a_family_that_does_not_exist_ends_in_one_full_stop() -> None:
    with pytest.raises(StudyError) as caught:
        parse(TEXT.replace('family = "cnn"', 'family = "cnnn"'))
    assert caught.value.message.endswith("'cnnn'.")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_definition_may_have_a_byte_order_mark(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies" / "mine.toml").write_text(TEXT, encoding=encoding)
    assert load_definition(tmp_path, "mine") == parse(TEXT)


def test_broken_toml_names_file_and_line() -> None:
    with pytest.raises(StudyError, match=r"studies/mine.toml is not valid TOML: .*line 7"):
        parse(TEXT.replace("[space]", "[space"))


def test_the_workspace_wins_over_what_is_shipped(tmp_path: Path) -> None:
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies" / "cnn.toml").write_text(TEXT)
    assert load_definition(tmp_path, "cnn").description == "for the tests"
    assert find_definitions(tmp_path / "elsewhere")["cnn"] == shipped_folder() / "cnn.toml"


def test_an_unknown_study_lists_the_known(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="no study 'cnm'") as caught:
        load_definition(tmp_path, "cnm")
    assert "cnn" in caught.value.hint


@pytest.mark.parametrize("path", sorted(shipped_folder().glob("*.toml")), ids=lambda path: path.stem)
def test_shipped_definitions_are_sound(path: Path, tmp_path: Path) -> None:
    definition = load_definition(tmp_path, path.stem)
    assert definition.description
    assert definition.enqueued(), "its first trial should be a good one, not a random one"


def test_a_definition_that_an_editor_named_txt_is_named(tmp_path: Path) -> None:
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies/mine.toml.txt").write_text(TEXT)
    with pytest.raises(StudyError, match=r"no study 'mine': its file is called mine\.toml\.txt") as caught:
        load_definition(tmp_path, "mine")
    assert caught.value.hint == "Rename it to mine.toml."


def test_what_a_newer_version_stored_is_no_bug_of_this_one() -> None:
    with pytest.raises(
        StudyError, match=r"The storage of 'mine' has .* cannot read: pruner\.patience\."
    ) as caught:
        stored_definition({"family": "mlp", "pruner": {"patience": 3}}, "mine")
    assert "A newer version wrote it" in caught.value.hint
