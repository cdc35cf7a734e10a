import csv
import io
import zipfile
from pathlib import Path

import pytest
from practice_forms import write_form

from kagglebot.errors import DataError, UsageError
from kagglebot.practice import from_archive, write_competition
from kagglebot.practice.packing import write_zip
from kagglebot.practice.packing import zipped as zipped_files
from kagglebot.practice.scoring.score import score


def read(archive: Path, name: str) -> list[list[str]]:
    with zipfile.ZipFile(archive) as zipped:
        return list(csv.reader(io.TextIOWrapper(zipped.open(name), encoding="utf-8")))


def test_files_have_the_form_of_digit_recognizer(tmp_path: Path) -> None:
    competition = write_competition(tmp_path)
    pixels = [f"pixel{index}" for index in range(64)]
    train = read(competition.archive, "train.csv")
    test = read(competition.archive, "test.csv")
    sample = read(competition.archive, "sample_submission.csv")
    assert (train[0], test[0], sample[0]) == (["label", *pixels], pixels, ["ImageId", "Label"])
    assert (len(train), len(test), len(sample)) == (1201, 598, 598)
    assert {row[0] for row in train[1:]} == set("0123456789")
    values = {int(value) for row in test[1:] for value in row}
    assert (min(values), max(values)) == (0, 255)
    assert competition.hidden is not None
    assert list(competition.hidden) == [row[0] for row in sample[1:]]


def test_hidden_labels_are_not_in_the_archive(tmp_path: Path) -> None:
    competition = write_competition(tmp_path)
    with zipfile.ZipFile(competition.archive) as zipped:
        assert sorted(zipped.namelist()) == ["sample_submission.csv", "test.csv", "train.csv"]
    assert {row[1] for row in read(competition.archive, "sample_submission.csv")[1:]} == {"0"}


def test_same_seed_gives_the_same_archive(tmp_path: Path) -> None:
    first, second, other = (
        write_competition(tmp_path / folder, seed=seed) for folder, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert first.archive.read_bytes() == second.archive.read_bytes() != other.archive.read_bytes()


def test_any_archive_can_be_served_with_its_labels(tmp_path: Path) -> None:
    written = write_competition(tmp_path)
    taken = from_archive(written.archive, hidden=tmp_path / "digits-practice-hidden.csv")
    assert (taken.name, taken.id_column, taken.target_column) == ("digits-practice", "ImageId", "Label")
    assert taken.hidden == written.hidden


def test_a_sample_may_be_packed(tmp_path: Path) -> None:
    written, archive = write_competition(tmp_path), tmp_path / "packed.zip"
    with zipfile.ZipFile(written.archive) as zipped:
        files = {name: zipped.read(name) for name in zipped.namelist()}
    sample = {"sample_submission.csv": files.pop("sample_submission.csv")}
    write_zip(archive, {f"{name}.zip": zipped_files({name: text}) for name, text in (files | sample).items()})
    taken = from_archive(archive, hidden=tmp_path / "digits-practice-hidden.csv")
    assert (taken.header, taken.hidden) == (("ImageId", "Label"), written.hidden)
    assert score(sample["sample_submission.csv"], taken) == score(sample["sample_submission.csv"], written)
    write_zip(archive, {"sample_submission.csv.zip": b"no zip file"})
    with pytest.raises(DataError, match="zip file"):
        from_archive(archive)


def test_archive_without_a_sample_or_none_at_all(tmp_path: Path) -> None:
    archive = tmp_path / "x.zip"
    with pytest.raises(DataError, match=r"x\.zip"):
        from_archive(archive)
    archive.write_text("no zip file")
    with pytest.raises(DataError, match="zip file"):
        from_archive(archive)
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("train.csv", "label\n")
    with pytest.raises(DataError, match="sample_submission"):
        from_archive(archive)


def test_a_sample_of_one_label_a_line_is_bare(tmp_path: Path) -> None:
    archive = tmp_path / "faces.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("example_submission.csv", "3\n0\n3\n3\n")
    faces = from_archive(archive, hidden={"1": "2", "2": "0", "3": "3", "4": "1"})
    assert (faces.bare, faces.header, faces.metric) == (True, ("row", "label"), "Categorization Accuracy")
    assert score(b"2\n0\n0\n0\n", faces) == 0.5


def test_a_wide_archive_is_scored_by_the_classes_of_its_columns(tmp_path: Path) -> None:
    written = write_form(tmp_path, "wide")
    hidden = tmp_path / "wide-practice-hidden.csv"
    taken = from_archive(written.archive, hidden=hidden)
    assert (taken.metric, taken.columns, taken.asked) == ("Multiclass Loss", written.columns, written.asked)
    assert taken.hidden == written.hidden
    with pytest.raises(UsageError, match="'Accuracy'"):
        from_archive(written.archive, hidden=hidden, metric="Accuracy")
    with pytest.raises(DataError, match="'Maple' is a true label"):
        from_archive(written.archive, hidden={"1": "Maple"})


def test_one_probability_is_that_of_the_last_label(tmp_path: Path) -> None:
    written = write_form(tmp_path, "name-prefix")
    hidden = tmp_path / "name-prefix-practice-hidden.csv"
    assert from_archive(written.archive, hidden=hidden, metric="Log Loss").asked == ("dog",)
    assert from_archive(written.archive, metric="Log Loss").asked == ("1",)


def _sample(folder: Path, text: str) -> Path:
    with zipfile.ZipFile(folder / "leaves.zip", "w") as zipped:
        zipped.writestr("sample_submission.csv", text)
    return folder / "leaves.zip"


@pytest.mark.parametrize(
    ("labels", "hidden", "separator"),
    [
        ("id,labels\n1,rust scab\n2,rot\n3,rust\n4,scab\n", {"1": "rust scab", "2": "rot"}, " "),
        ("id,labels\n1,\"['rust', 'scab']\"\n2,[]\n", {"1": "rust, scab", "2": ""}, ", "),
        ("id,rot,rust,scab\n1,0,1,1\n2,1,0,0\n", {"1": "rust|scab", "2": "rot"}, "|"),
        ("id,rot,rust\n1,0,1\n2,1,0\n", {"1": "rust", "2": "rot"}, ""),
        ("id,label\n1,Sugar beet\n2,Common wheat\n", {"1": "Sugar beet", "2": "Common wheat"}, ""),
    ],
)
def test_images_may_have_several_true_labels(
    tmp_path: Path, labels: str, hidden: dict[str, str], separator: str
) -> None:
    (tmp_path / "labels.csv").write_text(labels)
    taken = from_archive(_sample(tmp_path, "id,labels\n1,rot\n2,rot\n"), hidden=tmp_path / "labels.csv")
    assert taken.hidden is not None and {row: taken.hidden[row] for row in ("1", "2")} == hidden
    assert taken.label_separator == separator
    assert taken.metric == ("Mean F-Score" if separator else "Categorization Accuracy")


def test_several_true_labels_are_scored_in_columns_too(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("id,rot,rust\n1,0,0\n2,1,1\n3,1,0\n")
    archive = _sample(tmp_path, "id,rot,rust\n1,0,0\n")
    marks = from_archive(archive, hidden=tmp_path / "labels.csv", metric="Micro F1")
    assert score(b"id,rot,rust\n1,0,0\n2,1,1\n3,1,0\n", marks) == 1
    assert from_archive(archive, hidden=tmp_path / "labels.csv").metric == "Multiclass Loss"
    with pytest.raises(UsageError, match="'Kappa'"):
        from_archive(archive, hidden=tmp_path / "labels.csv", metric="Kappa")
    with pytest.raises(UsageError, match="'AUC'"):
        from_archive(_sample(tmp_path, "id,x\n1,a\n"), hidden={"1": "a|b", "2": "a"}, metric="AUC")
    with pytest.raises(DataError, match="'scab' is a true label"):
        from_archive(_sample(tmp_path, "id,rot,rust\n1,0,0\n"), hidden={"1": "rot|scab", "2": "rot"})


def test_any_metric_can_be_named_where_nothing_is_scored(tmp_path: Path) -> None:
    archive = write_competition(tmp_path).archive
    assert from_archive(archive, metric="RMSE").metric == "RMSE"
    with pytest.raises(UsageError, match="'RMSE'"):
        from_archive(archive, hidden={"1": "7"}, metric="RMSE")
