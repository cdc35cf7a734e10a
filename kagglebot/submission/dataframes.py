"""Submissions and a leaderboard as pandas DataFrames."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kagglebot.analysis.dataframes import attributes_dataframe
from kagglebot.submission.ledger import LedgerEntry
from kagglebot.submission.records import Leaderboard

if TYPE_CHECKING:
    import pandas as pd

_SUBMISSION_COLUMNS = {
    "time": "datetime64[ns, UTC]",
    "competition": "string",
    "study": "string",
    "model": "string",
    "trial": "Int64",
    "status": "string",
    "validation_score": "float64",
    "public_score": "float64",
    "private_score": "float64",
    "rows": "int64",
    "file": "string",
    "digest": "string",
    "message": "string",
    "ref": "Int64",
    "error": "string",
}
_LEADERBOARD_COLUMNS = {"rank": "int64", "team": "string", "score": "float64", "date": "datetime64[ns, UTC]"}


def submissions_dataframe(entries: Sequence[LedgerEntry]) -> "pd.DataFrame":
    """Return one row for each submission, in the order of ``entries``.

    ================  ===================  ================================================================
    column            dtype                meaning
    ================  ===================  ================================================================
    time              datetime64[ns, UTC]  when the submission was started
    competition       string               name of the competition
    study             string               study whose model predicted; empty for a file submitted as it is
    model             string               what predicted: "trial 3", "ensemble 5", "file"
    trial             Int64                number of the trial; ``<NA>`` for an ensemble or a file
    status            string               intended, failed, pending, complete or error
    validation_score  float64              local score, in the competition's metric
    public_score      float64              score on the public rows; NaN until Kaggle shows it
    private_score     float64              score on the private rows; NaN until Kaggle shows it
    rows              int64                predictions in the file
    file              string               path of the CSV
    digest            string               SHA-256 of its content, in hexadecimal
    message           string               description on Kaggle's page
    ref               Int64                Kaggle's number of the submission
    error             string               why it failed
    ================  ===================  ================================================================
    """
    return attributes_dataframe(entries, _SUBMISSION_COLUMNS)


def leaderboard_dataframe(board: Leaderboard) -> "pd.DataFrame":
    """Return one row for each team of a public leaderboard, the best first.

    ======  ===================  ======================================================
    column  dtype                meaning
    ======  ===================  ======================================================
    rank    int64                place on the public leaderboard, from 1
    team    string               name of the team
    score   float64              the team's best public score
    date    datetime64[ns, UTC]  when that was submitted; NaT where Kaggle does not say
    ======  ===================  ======================================================
    """
    return attributes_dataframe(board.standings, _LEADERBOARD_COLUMNS)
