import json

import pytest
import requests

from kagglebot.kaggle.connection.error_messages import explain, read_refusal


def refusal(status: int, body: object, content_type: str = "application/json") -> requests.HTTPError:
    response = requests.Response()
    response.status_code = status
    response.headers["Content-Type"] = content_type
    response._content = json.dumps(body).encode()
    return requests.HTTPError("403 Client Error for url: https://storage/?signature=secret", response=response)


def told(error: BaseException) -> str:
    result = explain(error, competition="titanic", host="api.kaggle.com", credentials="kaggle.json")
    return f"{result.message} | {result.hint}"


@pytest.mark.parametrize(
    "body", [{"code": 400, "message": "Bad file"}, {"error": {"code": 400, "message": "Bad file"}}]
)
def test_both_forms_of_body(body: object) -> None:
    answer = read_refusal(refusal(400, body))
    assert answer is not None
    assert (answer.status, answer.message) == (400, "Bad file")


def test_body_outranks_the_status_line() -> None:
    answer = read_refusal(refusal(200, {"code": 403, "message": "You must accept the rules"}))
    assert answer is not None
    assert answer.about_rules


@pytest.mark.parametrize("body", [[], "text", {"message": None}, {"error": "text"}])
def test_odd_bodies_still_give_a_sentence(body: object) -> None:
    assert told(refusal(400, body)).startswith("Kaggle refuses the request about titanic: HTTP 400.")


def test_message_is_one_line_without_control_characters() -> None:
    assert "a b [31mc" in told(refusal(400, {"code": 400, "message": "a\n\x00b \x1b[31mc"}))


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        ("Your team has used its daily Submission allowance (5) today", "midnight UTC"),
        ("This competition only accepts Submissions from Notebooks.", "kagglebot submit --best"),
        ("Your Notebook cannot use internet access in this competition. Turn it off.", "internet off"),
        ("Your Notebook must include this competition as a data source.", "the notebook's inputs"),
        ('Submission files must be named "submission.csv".', "working folder"),
        ("Maximum batch GPU session count of 2 reached.", "Stop one"),
        ("Maximum weekly GPU quota of 30.00 hours reached.", "Saturday"),
        ("Permission 'kernelSessions.get' was denied", "used up"),
        ("You must verify your phone number", "kaggle.com/settings"),
        ("This competition requires a confirmed identity", "kaggle.com/settings"),
        ("The team is too large", "kaggle.com/competitions/titanic"),
    ],
)
def test_hints_by_what_kaggle_says(message: str, hint: str) -> None:
    text = told(refusal(400, {"code": 400, "message": message}))
    assert message.rstrip(".") in text
    assert hint in text


def test_signed_address_is_never_repeated() -> None:
    for status in (400, 401, 403, 404, 429, 500):
        assert "secret" not in told(refusal(status, {}))
    assert "secret" not in told(requests.ConnectionError("https://storage/?signature=secret"))


def test_network_troubles_are_told_apart() -> None:
    assert "certificate" in told(requests.exceptions.SSLError())
    assert "in time" in told(requests.Timeout())
    assert "through the proxy that is set" in told(requests.exceptions.ProxyError())
    assert "cannot be reached" in told(requests.ConnectionError())
    assert "cannot be read" in told(requests.exceptions.JSONDecodeError("x", "y", 0))
