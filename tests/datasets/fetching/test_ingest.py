from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from competition_files import Competition

from kagglebot.datasets.dataset import load_dataset
from kagglebot.datasets.fetching.ingest import ingest
from kagglebot.datasets.sample_submission.read import read_sample
from kagglebot.datasets.schema import save_schema
from kagglebot.errors import DataError

Make = Callable[..., Competition]


def _state(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file's inode and time of change: what tells a file that was written again."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in files}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "tiny"


def test_the_unpacked_files_are_kept_too(competition: Competition, folder: Path) -> None:
    ingest(competition.archive(), folder, competition="tiny", metric_name="Categorization Accuracy")
    assert (folder / "files/train.csv").read_text() == competition.train.text()
    assert read_sample(folder).ids == ("1", "2", "3", "4")
    assert load_dataset(folder).schema.metric == "accuracy"


def test_nothing_new_writes_nothing(competition: Competition, folder: Path) -> None:
    first = ingest(competition.archive(), folder, competition="tiny")
    before = _state(folder)
    assert ingest(competition.folder / "tiny.zip", folder, competition="tiny") == first
    assert _state(folder) == before


def test_the_same_files_packed_anew_are_not_decoded_again(competition: Competition, folder: Path) -> None:
    first = ingest(competition.archive(), folder, competition="tiny")
    before = _state(folder / "cache")
    archive = competition.archive("again.zip")
    content = archive.read_bytes()[:-2]  # a comment makes it another archive with the same files
    archive.write_bytes(content + len(b"again").to_bytes(2, "little") + b"again")
    assert ingest(archive, folder, competition="tiny") == first
    assert _state(folder / "cache") == before


def test_other_files_replace_the_old_ones(make_competition: Make, folder: Path) -> None:
    first = ingest(make_competition().archive(), folder, competition="tiny")
    old = load_dataset(folder)
    second = ingest(make_competition(test_rows=9).archive(), folder, competition="tiny")
    assert second.digest != first.digest
    assert (len(load_dataset(folder).test_ids), len(read_sample(folder).ids)) == (9, 9)
    assert [path.name for path in (folder / "cache").iterdir()] == [second.digest]
    assert old.test_images[3, 0, 0, 0] == 3  # who had opened the old ones keeps them


def test_arrays_of_0_1_stay_in_use_with_their_order_of_classes(make_competition: Make, folder: Path) -> None:
    archive = make_competition(labels=["10.0", "2.0", "1.0", "2.0", "1.0", "10.0"]).archive()
    first = ingest(archive, folder, competition="tiny")
    assert first.training_classes == ("1.0", "2.0", "10.0")
    assert first.digest != first.content  # models that 0.1 trained on these files are for another order
    before = _state(folder)
    assert ingest(archive, folder, competition="tiny") == first
    assert _state(folder) == before
    (folder / "cache" / first.digest).rename(folder / "cache" / first.content)
    old = replace(first, digest=first.content, training_classes=("1.0", "10.0", "2.0"), classes=(1, 10, 2))
    save_schema(folder, old)
    again = ingest(archive, folder, competition="tiny")
    assert (again.digest, again.training_classes, again.classes) == (
        first.content,
        ("1.0", "10.0", "2.0"),
        (1, 10, 2),
    )


def test_a_bad_archive_leaves_the_old_data_in_use(make_competition: Make, folder: Path) -> None:
    ingest(make_competition().archive(), folder, competition="tiny")
    before = _state(folder)
    broken = make_competition(test_rows=9)
    broken.train.rows[0][1] = "x"
    with pytest.raises(DataError, match=r"train\.csv, line 2"):
        ingest(broken.archive(), folder, competition="tiny")
    assert _state(folder) == before
    assert len(load_dataset(folder).test_ids) == 4


def test_a_missing_unpacked_file_comes_back(competition: Competition, folder: Path) -> None:
    ingest(competition.archive(), folder, competition="tiny")
    (folder / "files/test.csv").unlink()
    ingest(competition.archive(), folder, competition="tiny")
    assert (folder / "files/test.csv").read_text() == competition.test.text()


def test_another_metric_is_refused_before_anything_is_written(competition: Competition, folder: Path) -> None:
    with pytest.raises(DataError, match="RMSLE"):
        ingest(competition.archive(), folder, competition="tiny", metric_name="RMSLE")
    assert not folder.exists()


# Ingests a new archive over an old one, and tells after each kill what a reader finds: a line "rows in use".
_FETCHED_ANEW = """
import shutil
import numpy, pyarrow.csv, filelock
from kagglebot.datasets.dataset import load_dataset
from kagglebot.datasets.fetching.ingest import ingest
from kagglebot.datasets.sample_submission.read import read_sample

old, new = map(Path, sys.argv[2:])
assert not in_a_copy(lambda: ingest(old, folder, competition="tiny"))
untouched = folder.rename(folder.with_name("untouched"))

def fetch():
    ingest(new, folder, competition="tiny")

def before():
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(untouched, folder)

def after():
    data = load_dataset(folder)
    assert len(data.test_ids) == len(data.test_images) == len(read_sample(folder).ids)
    print(len(data.test_ids))
    assert not in_a_copy(fetch)
    sample = (folder / "files/sample_submission.csv").read_text()
    assert len(load_dataset(folder).test_ids) == len(sample.split()) - 1
    assert sorted(path.name for path in folder.iterdir() if path.name != ".lock") == [
        "cache", "competition.json", "files"
    ]

kill_at_every_step(before, fetch, after)
"""


def test_killed_at_any_step_the_old_data_or_the_new_is_in_use(
    make_competition: Make, folder: Path, killed_everywhere: Callable[..., str]
) -> None:
    old = make_competition().archive("old.zip")
    new = make_competition(test_rows=9).archive("new.zip")
    rows = [int(line) for line in killed_everywhere(_FETCHED_ANEW, folder, old, new).split()]
    assert len(rows) > 20
    assert set(rows) == {4, 9}
    assert rows == sorted(rows)  # one moment at which the new data comes into use
