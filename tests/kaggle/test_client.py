"""Requests and submissions: the real client against the practice server."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kagglebot.errors import DataError, KaggleError, UsageError
from kagglebot.kaggle.client import KaggleClient
from kagglebot.practice import PracticeCompetition, PracticeServer


@pytest.fixture
def right_answers(competition: PracticeCompetition, tmp_path: Path) -> Path:
    assert competition.hidden
    file = tmp_path / "right.csv"
    file.write_text("ImageId,Label\n" + "".join(f"{key},{label}\n" for key, label in competition.hidden.items()))
    return file


def test_card(client: KaggleClient) -> None:
    card = client.competition("digits-practice")
    assert card.name == "digits-practice"
    assert card.metric == "Categorization Accuracy"
    assert card.deadline == datetime(2099, 12, 31, 23, 59, tzinfo=UTC)
    assert (card.entered, card.notebooks_only, card.submissions_disabled) == (True, False, False)
    assert card.max_daily_submissions == 5
    assert card.rules_url == "https://www.kaggle.com/competitions/digits-practice/rules"


def test_the_page_on_the_evaluation(
    client: KaggleClient, server: PracticeServer, competition: PracticeCompetition
) -> None:
    assert client.evaluation_page("digits-practice") == ""
    server.competitions["digits-practice"] = replace(competition, evaluation="Submissions are evaluated on AUC.")
    assert client.evaluation_page("digits-practice") == "Submissions are evaluated on AUC."


def test_address_is_as_good_as_a_name(client: KaggleClient) -> None:
    card = client.competition("https://www.kaggle.com/competitions/digits-practice/overview")
    assert card.name == "digits-practice"


def test_search(client: KaggleClient) -> None:
    assert [card.name for card in client.search("digits")] == ["digits-practice"]
    assert client.search("whales") == []


def test_submission_gets_its_score(client: KaggleClient, right_answers: Path) -> None:
    ref = client.submit("digits-practice", right_answers, "all of them right")
    (submission,) = client.submissions("digits-practice")
    assert submission.ref == ref
    assert (submission.file_name, submission.description) == ("right.csv", "all of them right")
    assert (submission.status, submission.public_score, submission.private_score) == ("complete", 1.0, None)
    assert submission.date.tzinfo is UTC


def test_wrong_header_ends_as_an_error_with_its_reason(client: KaggleClient, tmp_path: Path) -> None:
    file = tmp_path / "wrong.csv"
    file.write_text("id,label\n1,0\n")
    client.submit("digits-practice", file, "")
    (submission,) = client.submissions("digits-practice")
    assert (submission.status, submission.public_score) == ("error", None)
    assert submission.error == "The columns must be ImageId,Label"


def test_pending_submission_is_complete_later(
    client: KaggleClient, server: PracticeServer, right_answers: Path
) -> None:
    server.faults.pending_polls = 1
    client.submit("digits-practice", right_answers, "")
    assert client.submissions("digits-practice")[0].status == "pending"
    assert client.submissions("digits-practice")[0].public_score == 1.0


def test_submissions_of_all_pages_newest_first(
    client: KaggleClient, server: PracticeServer, right_answers: Path
) -> None:
    for number in range(5):
        client.submit("digits-practice", right_answers, str(number))
    server.faults.page_size = 2
    assert [s.description for s in client.submissions("digits-practice")] == ["4", "3", "2", "1", "0"]
    assert server.calls["ListSubmissions"] == 3


def test_allowance_counts_down(client: KaggleClient, right_answers: Path) -> None:
    client.submit("digits-practice", right_answers, "")
    allowance = client.allowance("digits-practice")
    assert (allowance.today, allowance.allowed_now) == (1, 4)


def test_used_up_allowance_is_said_with_its_end(client: KaggleClient, right_answers: Path) -> None:
    for _ in range(5):
        client.submit("digits-practice", right_answers, "")
    with pytest.raises(KaggleError, match="daily Submission allowance") as caught:
        client.submit("digits-practice", right_answers, "")
    assert "midnight UTC" in caught.value.hint


def test_leaderboard_ranks_over_pages(client: KaggleClient, server: PracticeServer, right_answers: Path) -> None:
    server.faults.page_size = 3
    client.submit("digits-practice", right_answers, "")
    board = client.leaderboard("digits-practice")
    assert [place.rank for place in board] == [1, 2, 3, 4]
    assert (board[0].team, board[0].score) == ("practice", 1.0)


def test_lost_answer_is_no_error_and_no_second_submission(
    client: KaggleClient, server: PracticeServer, right_answers: Path
) -> None:
    server.faults.lost_answers = 1
    assert client.submit("digits-practice", right_answers, "with a digest") is None
    assert [s.description for s in client.submissions("digits-practice")] == ["with a digest"]
    assert server.calls["CreateSubmission"] == 1


def test_server_error_on_the_last_call_is_not_repeated(
    client: KaggleClient, server: PracticeServer, right_answers: Path
) -> None:
    server.faults.methods, server.faults.server_errors = frozenset({"CreateSubmission"}), 1
    assert client.submit("digits-practice", right_answers, "") is None
    assert server.calls["CreateSubmission"] == 1


def test_failed_upload_is_repeated_and_then_an_error(
    client: KaggleClient, server: PracticeServer, right_answers: Path
) -> None:
    server.faults.failed_uploads = 1
    assert client.submit("digits-practice", right_answers, "") == 1000
    server.faults.failed_uploads = 99
    with pytest.raises(KaggleError, match=r"upload of right\.csv .* nothing was submitted"):
        client.submit("digits-practice", right_answers, "")
    assert len(server.submissions) == 1


def test_upload_that_breaks_off_is_repeated(
    client: KaggleClient, server: PracticeServer, right_answers: Path
) -> None:
    server.faults.cut_uploads = 1
    assert client.submit("digits-practice", right_answers, "") == 1000
    assert server.submissions[0].content == right_answers.read_bytes()
    assert (server.calls["upload"], server.calls["CreateSubmission"]) == (2, 1)


def test_message_without_a_number_is_not_taken_for_a_submission(
    client: KaggleClient, server: PracticeServer, right_answers: Path
) -> None:
    server.faults.hollow_answers = 1
    assert client.submit("digits-practice", right_answers, "") is None
    assert not server.submissions


def test_missing_file_never_reaches_kaggle(client: KaggleClient, server: PracticeServer, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.csv"):
        client.submit("digits-practice", tmp_path / "gone.csv", "")
    assert server.calls["StartSubmissionUpload"] == 0


def test_passing_trouble_passes(client: KaggleClient, server: PracticeServer, waits: list[str]) -> None:
    server.faults.server_errors = 2
    assert client.competition("digits-practice").entered
    assert len(waits) == 2 and "HTTP 500" in waits[0]


def test_lasting_trouble_is_told_after_bounded_attempts(client: KaggleClient, server: PracticeServer) -> None:
    client.search()
    server.faults.server_errors = 99
    with pytest.raises(KaggleError, match="HTTP 500") as caught:
        client.competition("digits-practice")
    assert server.calls["GetCompetition"] == 3
    assert "again in some minutes" in caught.value.hint


def test_waits_as_long_as_kaggle_asks(client: KaggleClient, server: PracticeServer, waits: list[str]) -> None:
    server.faults.too_many_requests, server.faults.retry_after = 1, "0"
    assert client.competition("digits-practice").entered
    assert waits == ["Too many requests to Kaggle; retrying in 0 s"]


def test_does_not_wait_an_hour(client: KaggleClient, server: PracticeServer) -> None:
    client.search()
    server.faults.too_many_requests, server.faults.retry_after = 1, "3600"
    with pytest.raises(KaggleError, match="Too many requests") as caught:
        client.competition("digits-practice")
    assert "in 3600 s" in caught.value.hint
    assert server.calls["GetCompetition"] == 1


def test_retry_after_holds_for_a_submission_too(
    client: KaggleClient, server: PracticeServer, right_answers: Path
) -> None:
    client.search()
    server.faults.methods = frozenset({"CreateSubmission"})
    server.faults.too_many_requests, server.faults.retry_after = 1, "0"
    assert client.submit("digits-practice", right_answers, "") == 1000


def test_unauthorised(client: KaggleClient, server: PracticeServer) -> None:
    client.search()
    server.faults.unauthorised = True
    with pytest.raises(KaggleError, match="credentials in KAGGLE_API_TOKEN") as caught:
        client.competition("digits-practice")
    assert "kaggle.com/settings" in caught.value.hint


@pytest.mark.parametrize("question", ["competition", "submissions", "allowance"])
def test_mistyped_name_brings_the_nearest(client: KaggleClient, question: str) -> None:
    with pytest.raises(KaggleError, match="no competition named digits-practise") as caught:
        getattr(client, question)("digits-practise")
    assert "digits-practice?" in caught.value.hint


def test_name_like_no_other(client: KaggleClient) -> None:
    with pytest.raises(KaggleError) as caught:
        client.competition("whale-song")
    assert "spelling" in caught.value.hint


def test_name_that_is_a_path_is_refused_before_any_question(client: KaggleClient, server: PracticeServer) -> None:
    with pytest.raises(UsageError):
        client.competition("../../etc")
    assert not server.calls


def test_rules_not_accepted_names_their_page(
    client: KaggleClient, server: PracticeServer, right_answers: Path, tmp_path: Path
) -> None:
    server.competitions["digits-practice"] = replace(server.competitions["digits-practice"], rules_accepted=False)
    for action in (
        lambda: client.download("digits-practice", tmp_path),
        lambda: client.submit("digits-practice", right_answers, ""),
        lambda: client.submissions("digits-practice"),
    ):
        with pytest.raises(KaggleError, match="not accepted the rules of digits-practice") as caught:
            action()
        assert "https://www.kaggle.com/competitions/digits-practice/rules" in caught.value.hint
    assert not client.competition("digits-practice").entered
    assert client.allowance("digits-practice").allowed_now == 0


def test_who_has_entered_and_is_still_denied_is_sent_to_the_verification(
    client: KaggleClient, server: PracticeServer
) -> None:
    server.faults.methods = frozenset({"ListSubmissions"})
    server.faults.refusal = "Permission 'competitions.participate' was denied"
    with pytest.raises(KaggleError, match="does not let this account do that in digits-practice") as caught:
        client.submissions("digits-practice")
    assert "https://www.kaggle.com/settings" in caught.value.hint


def test_hung_up_calls_are_repeated_and_then_said(client: KaggleClient, server: PracticeServer) -> None:
    server.faults.dropped_calls = 2
    assert client.competition("digits-practice").entered
    server.faults.dropped_calls = 99
    with pytest.raises(KaggleError, match="broke off"):
        client.competition("digits-practice")


def test_login_page_in_between(client: KaggleClient, server: PracticeServer) -> None:
    server.faults.unreadable_answers = 99
    with pytest.raises(KaggleError, match="cannot be read") as caught:
        client.competition("digits-practice")
    assert "login page" in caught.value.hint


def test_nobody_there(client: KaggleClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAGGLEBOT_KAGGLE_URL", "http://127.0.0.1:9")
    with pytest.raises(KaggleError, match=r"127\.0\.0\.1:9 cannot be reached") as caught:
        client.competition("digits-practice")
    assert "network" in caught.value.hint


def test_making_a_client_loads_nothing() -> None:
    program = (
        "import sys; from kagglebot.kaggle.client import KaggleClient; KaggleClient(); "
        "sys.exit(any(name in sys.modules for name in ('kaggle', 'kagglesdk', 'requests', 'tenacity')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
