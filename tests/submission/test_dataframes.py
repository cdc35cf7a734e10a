"""Submissions and a leaderboard as DataFrames: columns, dtypes, and what is missing."""

import io
import re
from datetime import UTC, datetime

import pandas as pd
import pytest

from kagglebot.kaggle.records import Standing
from kagglebot.metrics.registry import get_metric
from kagglebot.submission.dataframes import leaderboard_dataframe, submissions_dataframe
from kagglebot.submission.ledger import LedgerEntry
from kagglebot.submission.records import Leaderboard


@pytest.fixture
def entries() -> list[LedgerEntry]:
    return [
        LedgerEntry(
            "digits", "a.csv", "00ff", rows=28000, study="cnn", model="trial 4", trial=4, validation_score=0.9912
        ),
        LedgerEntry(
            "digits", "b.csv", "", model="ensemble 5", status="complete", ref=17, public_score=0.98, rows=28000
        ),
    ]


def assert_documented(frame: pd.DataFrame, documented: str | None) -> None:
    for name, dtype in frame.dtypes.items():
        assert re.search(rf"^ *{name} +{re.escape(str(dtype))} ", documented or "", re.M), (name, dtype)


def test_submissions_have_the_documented_columns_and_dtypes(entries: list[LedgerEntry]) -> None:
    frame = submissions_dataframe(entries)
    assert_documented(frame, submissions_dataframe.__doc__)
    assert frame["model"].tolist() == ["trial 4", "ensemble 5"]
    assert frame["public_score"].isna().tolist() == [True, False]
    assert frame["trial"].isna().tolist() == [False, True] and frame["ref"].tolist()[1] == 17
    assert frame["time"].iloc[0] == pd.Timestamp(entries[0].time)
    read = pd.read_csv(io.StringIO(frame.to_csv(index=False)), parse_dates=["time"])
    assert list(read) == list(frame) and (read["time"] == frame["time"]).all()


def test_no_submissions_have_the_same_columns(entries: list[LedgerEntry]) -> None:
    empty = submissions_dataframe([])
    assert len(empty) == 0 and (empty.dtypes == submissions_dataframe(entries).dtypes).all()


def test_the_leaderboard_has_the_documented_columns_and_dtypes() -> None:
    standings = [Standing(1, "first", 0.99, datetime(2026, 1, 2, tzinfo=UTC)), Standing(2, "second", None, None)]
    frame = leaderboard_dataframe(Leaderboard("digits", standings, [], get_metric("accuracy")))
    assert_documented(frame, leaderboard_dataframe.__doc__)
    assert frame["team"].tolist() == ["first", "second"] and frame["score"].isna().tolist() == [False, True]
    assert frame["date"].iloc[0] == pd.Timestamp("2026-01-02", tz="UTC") and pd.isna(frame["date"].iloc[1])
    assert (
        leaderboard_dataframe(Leaderboard("digits", [], [], get_metric("accuracy"))).dtypes == frame.dtypes
    ).all()
