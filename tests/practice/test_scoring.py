from pathlib import Path

import pytest

from kagglebot.practice import PracticeCompetition
from kagglebot.practice.scoring import Unscorable, score

COMPETITION = PracticeCompetition("x", "X", Path("x.zip"), "id", "label", {"1": "7", "2": "0", "3": "0", "4": "1"})


def test_share_of_right_labels_in_any_order() -> None:
    assert score(b"id,label\n4,1\n1,7\n2,0\n3,9\n", COMPETITION) == 0.75


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "columns must be id,label"),
        (b"ID,label\n", "columns must be id,label"),
        (b"id,label\n1,7\n2,0\n", "4 rows were expected and 2 found"),
        (b"id,label\n1,7\n1,7\n", "Line 3: id 1 is there twice"),
        (b"id,label\n1,7\n9,7\n", "Line 3: id 9 is not"),
        (b"id,label\n1,\n", "Line 2 must hold"),
        (b"id,label\n1,7,7\n", "Line 2 must hold"),
        (b"\xff\xfe", "not a CSV file"),
    ],
)
def test_reasons_for_no_score(content: bytes, reason: str) -> None:
    with pytest.raises(Unscorable, match=reason):
        score(content, COMPETITION)


def test_unknown_labels_give_no_score() -> None:
    unknown = PracticeCompetition("x", "X", Path("x.zip"), "id", "label")
    assert score(b"id,label\n1,2\n", unknown) is None
