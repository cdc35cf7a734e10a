"""Options of ``fetch``: saved, reset, and applied without unpacking again."""

from pathlib import Path

import pytest
from competition_files import ImageCompetition

from kagglebot.datasets.dataset import load_dataset
from kagglebot.datasets.fetching import ingest
from kagglebot.datasets.schema import read_schema
from kagglebot.errors import DataError, UsageError


@pytest.fixture
def trees(pictures: ImageCompetition) -> ImageCompetition:
    """Two columns could be the class: tree has u and v, site p and q."""
    pictures.draw("images/a.png", "images/b.png", "images/c.png", "images/d.png", "images/x.png")
    pictures.table("train.csv", "id,tree,site", "a,u,p", "b,v,p", "c,u,q", "d,v,q")
    pictures.table("sample_submission.csv", "id,answer", "x,u")
    return pictures


def _arrays(folder: Path) -> list[tuple[str, int]]:
    return [(path.name, path.stat().st_ino) for path in sorted((folder / "cache").glob("*/*"))]


def test_a_choice_is_kept_and_an_empty_one_takes_it_back(trees: ImageCompetition) -> None:
    assert trees.load().schema.classes == ("u", "v")
    schema = trees.load(target="site").schema
    assert (schema.classes, schema.choices) == (("p", "q"), {"target": "site"})
    assert not any("is taken for the class" in note for note in schema.assumptions)
    before = _arrays(trees.data)
    assert trees.load().schema == schema
    assert _arrays(trees.data) == before
    schema = trees.load(target="").schema
    assert (schema.classes, schema.choices) == (("u", "v"), {})


def test_another_choice_decodes_again_but_does_not_unpack_again(
    trees: ImageCompetition, monkeypatch: pytest.MonkeyPatch
) -> None:
    trees.load()
    image = trees.data / "files/images/a.png"
    before, arrays = image.stat().st_ino, _arrays(trees.data)
    unpacked: list[object] = []
    unpack = ingest.unpack
    monkeypatch.setattr(ingest, "unpack", lambda *args, **named: unpacked.append(args) or unpack(*args, **named))
    trees.load(target="site")
    assert (image.stat().st_ino, unpacked) == (before, [])
    assert {number for _, number in _arrays(trees.data)}.isdisjoint(number for _, number in arrays)
    assert [path.name for path in (trees.data / "cache").iterdir()] == [read_schema(trees.data).digest]


def test_a_metric_of_a_regression_is_refused_whatever_was_chosen_where_the_sample_has_fractions(
    trees: ImageCompetition,
) -> None:
    trees.load("RMSE", metric="accuracy")  # its sample holds a class
    trees.table("sample_submission.csv", "id,answer", "x,50.32")
    trees.table("train.csv", "id,answer", "a,50", "b,63", "c,50", "d,63")
    trees.refused("50.32 in 'answer': a regression", metric_name="RMSE", metric="accuracy")


def test_another_metric_decodes_nothing_and_changes_what_is_asked_for(trees: ImageCompetition) -> None:
    assert trees.load("").schema.assumptions[-1].startswith("Kaggle names no metric: accuracy is assumed")
    before = _arrays(trees.data)
    schema = trees.load("", metric="auc").schema
    assert (schema.metric, schema.prediction_kind, schema.column_classes) == ("auc", "probability", (1,))
    assert "'answer' is taken for the probability of 'v'" in schema.assumptions[-1]
    schema = trees.load("", metric="kappa").schema
    assert (schema.metric, schema.prediction_kind) == ("kappa", "label")
    assert _arrays(trees.data) == before


def test_a_chosen_metric_goes_before_kaggles(trees: ImageCompetition) -> None:
    trees.refused("regression", metric_name="RMSE")
    assert trees.load("RMSE", metric="accuracy").schema.metric == "accuracy"


def test_a_metric_that_is_not_known_is_refused_first(trees: ImageCompetition) -> None:
    with pytest.raises(UsageError, match="beauty"):
        trees.load(metric="beauty")
    assert not trees.data.exists()


def test_a_choice_that_fails_leaves_what_was(trees: ImageCompetition) -> None:
    before = trees.load().schema
    with pytest.raises(DataError, match="no column 'leaf' for --target"):
        trees.load(target="leaf")
    assert load_dataset(trees.data).schema == before
    assert trees.load().schema == before


def test_the_id_column_of_a_pixel_table_can_be_named(pictures: ImageCompetition) -> None:
    pictures.table("train.csv", "label,pixel0,pixel1,pixel2,pixel3", "0,1,2,3,4", "1,1,2,3,4")
    pictures.table("test.csv", "Id,other,pixel0,pixel1,pixel2,pixel3", "8,x,1,2,3,4", "9,y,5,6,7,8")
    pictures.table("sample_submission.csv", "Id,label", "y,0", "x,0")
    assert pictures.load(id="other").test_ids == ("x", "y")
