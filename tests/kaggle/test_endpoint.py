"""Credentials are sent to https or to this machine only."""

import pytest

from kagglebot.errors import UsageError
from kagglebot.kaggle.client import KaggleClient
from kagglebot.kaggle.endpoint import check_endpoint, endpoint


@pytest.mark.parametrize(
    "url",
    [
        "https://kaggle.example",
        "http://127.0.0.1:8080/",
        "http://localhost:80",
        "http://[::1]:8080",
        "http://127.0.0.9",
    ],
)
def test_safe_addresses(url: str) -> None:
    assert check_endpoint(url) == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "http://kaggle.example",
        "http://127.0.0.1.example",
        "http://user:canary@127.0.0.1",
        "https://user:canary@kaggle.example",
        "http://127.0.0.1@kaggle.example",
        "http://kaggle.example\\@127.0.0.1",
        "http://127.0.0.1#@kaggle.example",
        "http://127.0.0.1?x=canary",
        "ftp://127.0.0.1",
        "http://[::1",
        "http://127.0.0.1:99999",
        "https://kaggle.example:x",
        "127.0.0.1:8080",
        "https://",
        "http://0.0.0.0:8080",
    ],
)
def test_others_are_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_endpoint(url)
    assert "KAGGLEBOT_KAGGLE_URL" in caught.value.message
    assert "canary" not in caught.value.message + caught.value.hint


def test_without_the_variable_it_is_kaggle_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAGGLEBOT_KAGGLE_URL", " ")
    assert endpoint() is None


def test_client_asks_nothing_at_an_unsafe_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAGGLEBOT_KAGGLE_URL", "http://kaggle.example")
    with pytest.raises(UsageError):
        KaggleClient().search()
