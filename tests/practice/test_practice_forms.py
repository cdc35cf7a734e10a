import csv
import io
import math
import tarfile
import zipfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import py7zr
import pytest
from damaged_form import write_damaged_form
from PIL import Image
from practice_forms import LAYOUTS, write_form
from practice_forms.catalogue import FORMS
from practice_forms.write import draw_items

from kagglebot.practice import PracticeCompetition
from kagglebot.practice.scoring.score import score

SMALL = {"rows": 60, "test_rows": 40}
WITH_IMAGES = [name for name in LAYOUTS if name not in ("pixel-columns", "kannada", "pixel-strings")]


def unpack(content: bytes) -> dict[str, bytes]:
    """Every file in a zip archive and in the archives inside it."""
    files: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            files |= unpack_inner(name, archive.read(name))
    return files


def unpack_inner(name: str, content: bytes) -> dict[str, bytes]:
    if name.endswith(".zip"):
        return unpack(content)
    if name.endswith(".tar.gz"):
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as tar:
            return {entry.name: tar.extractfile(entry).read() for entry in tar}
    if name.endswith(".7z"):
        factory = py7zr.io.BytesIOFactory(1 << 20)
        with py7zr.SevenZipFile(io.BytesIO(content)) as archive:
            archive.extractall(factory=factory)
        return {key: product.read() for key, product in factory.products.items()}
    return {name: content}


def table(files: Mapping[str, bytes], name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files[name].decode())))


def sample(files: Mapping[str, bytes]) -> bytes:
    return next(content for name, content in files.items() if "submission" in name.lower())


def filled(competition: PracticeCompetition) -> bytes:
    """The true labels in the form of a submission."""
    lines = [",".join(competition.header)]
    for row_id, label in competition.hidden.items():
        asked = competition.classes
        values = [str(int(label == name)) for name in asked] if asked else [label]
        lines.append(",".join([row_id, *values]))
    return "\n".join(lines).encode()


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_perfect_file_scores_perfectly_and_the_sample_like_chance(tmp_path: Path, layout: str) -> None:
    competition = write_form(tmp_path, layout, **SMALL)
    files = unpack(competition.archive.read_bytes())
    rows = list(csv.reader(io.StringIO(sample(files).decode())))
    assert tuple(rows[0]) == competition.header
    assert [row[0] for row in rows[1:]] == list(competition.hidden)
    best, blank = score(filled(competition), competition), score(sample(files), competition)
    share = max(Counter(competition.hidden.values()).values()) / len(competition.hidden)
    if "Loss" in competition.metric:
        assert best == pytest.approx(0, abs=1e-9)
        assert blank == pytest.approx(math.log(max(2, len(rows[0]) - 1)))
    else:
        assert best == 1
        likely = {"AUC": 0.5, "MAP@{K}": 0.5}.get(competition.metric, share)
        assert blank == 0.5 if competition.metric == "AUC" else blank <= likely


@pytest.mark.parametrize("layout", WITH_IMAGES)
def test_every_test_id_has_its_image(tmp_path: Path, layout: str) -> None:
    competition = write_form(tmp_path, layout, **SMALL)
    files = unpack(competition.archive.read_bytes())
    images = {name: opened(content) for name, content in files.items() if not name.endswith(".csv")}
    assert len(images) == 100
    assert {image.mode for image in images.values()} == ({"RGB"} if FORMS[layout].colour else {"L"})
    low, high = FORMS[layout].sides
    sizes = {image.size for image in images.values()}
    assert (len(sizes) > 1) == (low < high)
    assert min(map(min, sizes)) >= low and max(map(max, sizes)) <= high
    found = Counter(Path(name).name for name in images if not name.startswith("train"))
    for row_id in competition.hidden:
        assert sum(found[row_id + suffix] for suffix in ("", ".png", ".jpg", ".tif", ".webp")) == 1


@pytest.mark.parametrize("layout", [name for name in WITH_IMAGES if FORMS[name].files.table])
def test_every_label_has_its_image(tmp_path: Path, layout: str) -> None:
    competition = write_form(tmp_path, layout, **SMALL)
    files = unpack(competition.archive.read_bytes())
    form = FORMS[layout]
    rows = table(files, form.files.table)
    names = {str(Path(name).with_suffix("")) for name in files}
    folder = Path(form.files.train).parent
    for row in rows:
        assert str(folder / Path(row[form.header[0]]).stem) in names
    assert len(rows) == 60
    assert {row[form.files.target or form.header[1]] for row in rows} == set(form.classes.values())


def test_labels_stand_in_the_paths_where_there_is_no_table(tmp_path: Path) -> None:
    folders = unpack(write_form(tmp_path, "class-folders", **SMALL).archive.read_bytes())
    labels = {Path(name).parent.name for name in folders if name.startswith("train/")}
    assert labels == set(FORMS["class-folders"].classes.values())
    assert any(" " in label for label in labels)
    prefixed = unpack(write_form(tmp_path, "name-prefix", **SMALL).archive.read_bytes())
    numbers = {label: {f"train/{label}.{number}.jpg" for number in range(20)} for label in ("cat", "dog")}
    assert all(names <= set(prefixed) for names in numbers.values())


@pytest.mark.parametrize(
    ("layout", "header", "first"),
    [
        ("kannada", "label,pixel0,pixel1", "id,pixel0,pixel1"),
        ("pixel-strings", "emotion,pixels", "pixels"),
    ],
)
def test_tables_of_pixels(tmp_path: Path, layout: str, header: str, first: str) -> None:
    files = unpack(write_form(tmp_path, layout, **SMALL).archive.read_bytes())
    train, test = files["train.csv"].decode().splitlines(), files["test.csv"].decode().splitlines()
    assert train[0].startswith(header) and test[0].startswith(first)
    assert (len(train), len(test)) == (61, 41)
    assert len(train[1].replace(" ", ",").split(",")) == 1 + 16 * 16


def test_the_names_and_folders_of_the_real_ones(tmp_path: Path) -> None:
    stems = unpack(write_form(tmp_path, "image-stems", **SMALL).archive.read_bytes())
    assert {"train/1.png", "test/1.png", "trainLabels.csv", "sampleSubmission.csv"} <= set(stems)
    wide = unpack(write_form(tmp_path, "wide", **SMALL).archive.read_bytes())
    columns = list(table(wide, "train.csv")[0])
    assert columns == ["id", "species", "margin1", "margin2", "margin3"]
    assert list(table(wide, "test.csv")[0]) == ["id", *columns[2:]]
    assert {f"images/{number}.jpg" for number in range(1, 101)} <= set(wide)
    graded = unpack(write_form(tmp_path, "graded", **SMALL).archive.read_bytes())
    kinds = Counter(opened(graded[name]).format for name in graded if not name.endswith(".csv"))
    assert kinds == {"TIFF": 50, "WEBP": 50}


def test_same_seed_gives_the_same_files(tmp_path: Path) -> None:
    first, second, other = (
        write_form(tmp_path / folder, "tar", seed=seed, **SMALL).archive.read_bytes()
        for folder, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert first == second != other


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data:UserWarning")  # Pillow on its way to refusing a TIFF
@pytest.mark.parametrize("layout", WITH_IMAGES)
def test_a_corrupt_image_is_one_that_pillow_refuses(tmp_path: Path, layout: str) -> None:
    whole = unpack(write_form(tmp_path, layout, **SMALL).archive.read_bytes())
    files = unpack(
        write_damaged_form(tmp_path, layout, **SMALL, corrupt_train=2, corrupt_test=1).archive.read_bytes()
    )
    changed = [name for name in whole if files[name] != whole[name]]
    assert len(changed) == 3
    for name in changed:
        with pytest.raises(OSError, match=r".+"):
            opened(files[name])


def test_labels_and_ids_without_an_image(tmp_path: Path) -> None:
    competition = write_damaged_form(tmp_path, "image-files", **SMALL, labels_without_image=1, ids_without_image=2)
    files = unpack(competition.archive.read_bytes())
    missing = list(competition.hidden)[-2:]
    assert len(files) == 100 - 3 + 2
    assert not {f"test/{row_id}" for row_id in missing} & set(files)
    assert f"train/{table(files, 'train.csv')[-1]['id']}" not in files


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    for layout, options, reason in (
        ("none", {}, "no form 'none'"),
        ("name-prefix", {"rows": 1000}, "there are 362"),
    ):
        with pytest.raises(ValueError, match=reason):
            write_form(tmp_path, layout, **options)
    assert list(tmp_path.iterdir()) == []


def tiny(pixels: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(pixels).resize((8, 8))).ravel() / 255


@pytest.mark.parametrize("layout", FORMS)
def test_there_is_something_to_learn(layout: str) -> None:
    """What a linear model sees in tiny copies of the images is enough to beat chance by far."""
    from sklearn.linear_model import LogisticRegression

    form = FORMS[layout]
    train, test = (
        ([tiny(item.image.pixels) for item in items], [item.label for item in items])
        for items in draw_items(form, form.rows, 100, seed=0)
    )
    right = LogisticRegression(max_iter=300).fit(*train).score(*test)
    assert right > 0.5 + 0.5 / len(set(form.classes.values()))
