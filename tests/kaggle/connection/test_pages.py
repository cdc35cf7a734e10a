"""Lists in pages, from answers made by hand."""

from types import SimpleNamespace

from kagglebot.kaggle.connection.pages import pages


def test_all_pages_are_asked_for_by_the_token_of_the_one_before() -> None:
    answers = {"": SimpleNamespace(next_page_token="2"), "2": SimpleNamespace(next_page_token=None)}
    assert list(pages(lambda page_token: answers[page_token])) == [answers[""], answers["2"]]


def test_a_list_that_is_not_there_has_no_pages() -> None:
    assert list(pages(lambda page_token: None)) == []
