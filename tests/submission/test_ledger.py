import multiprocessing
from dataclasses import replace
from pathlib import Path

import pytest

from kagglebot.errors import SubmissionError
from kagglebot.submission.ledger import Ledger, LedgerEntry, Ledgers


def make(number: int = 0) -> LedgerEntry:
    return LedgerEntry("digits", f"out-{number}.csv", f"{number:064x}", rows=3, message="né à la main")


def append_many(path: Path, count: int) -> None:
    for number in range(count):
        Ledger(path).append(make(number))


def test_the_last_word_on_a_submission_holds(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "new" / "submissions.jsonl")
    entry = ledger.append(make())
    ledger.append(replace(entry, status="complete", public_score=0.5))
    ledger.append(make(1))
    first, second = ledger.entries()
    assert (first.id, first.status, first.public_score) == (entry.id, "complete", 0.5)
    assert second.file == "out-1.csv"
    assert ledger.entries("another") == []


def test_a_torn_line_costs_itself_only(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "submissions.jsonl")
    ledger.append(make(0))
    with ledger.path.open("ab") as stream:
        stream.write(b'{"competition": "digits", "fi')
    ledger.append(make(1))
    assert [entry.file for entry in ledger.entries()] == ["out-0.csv", "out-1.csv"]


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "submissions.jsonl"
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=append_many, args=(path, 10)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert len(Ledger(path).entries()) == 30


def test_ledgers_of_one_competition_take_turns(tmp_path: Path) -> None:
    by_hand = Ledger(tmp_path / "submissions.jsonl", locks=tmp_path)
    of_a_study = Ledger(tmp_path / "cnn" / "submissions.jsonl", locks=tmp_path)
    with by_hand.lock("submit", 1), pytest.raises(SubmissionError, match="Another kagglebot"):
        of_a_study.lock("submit", 0).__enter__()
    with of_a_study.lock("submit", 0):
        of_a_study.append(make())


def test_a_renamed_study_keeps_its_submissions(tmp_path: Path) -> None:
    ledgers = Ledgers(tmp_path)
    ledgers.of("digits", "old").append(replace(make(), study="old", model="trial 3", status="complete"))
    ledgers.of("digits", "old").append(replace(make(1), study="", model="file"))
    (tmp_path / "digits/old").rename(tmp_path / "digits/new")
    pair = replace(
        make(2), study="old", model="ensemble 2", members=["trial-9", "trial-53-seed-1"], status="complete"
    )
    ledgers.of("digits", "new").append(pair)
    assert ledgers.submitted_models("digits", "new") == {"trial 3", "ensemble 2", "trial 9", "trial 53"}
    assert ledgers.submitted_models("digits", "other") == set()
