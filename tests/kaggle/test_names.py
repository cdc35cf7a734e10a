import pytest

from kagglebot.errors import UsageError
from kagglebot.kaggle.names import competition_slug, nearest, related_names

KNOWN = ["digit-recognizer", "titanic", "dog-breed-identification"]


def find(text: str) -> list[str]:
    return [name for name in KNOWN if text in name]


@pytest.mark.parametrize(
    "text",
    [
        "Kannada-MNIST",
        " Kannada-MNIST ",
        "https://www.kaggle.com/competitions/Kannada-MNIST",
        "https://www.kaggle.com/c/Kannada-MNIST/data?select=train.csv",
        "kaggle.com/competitions/Kannada-MNIST/",
    ],
)
def test_name_or_address(text: str) -> None:
    assert competition_slug(text) == "Kannada-MNIST"


@pytest.mark.parametrize("text", ["", "..", "a/b", "-x", "a b", "digit-recognizer/../x", "https://kaggle.com/c/"])
def test_what_is_no_name(text: str) -> None:
    with pytest.raises(UsageError):
        competition_slug(text)


@pytest.mark.parametrize("typed", ["digit-recogniser", "digits-recognizer", "dog-bread-identification"])
def test_mistyped_word_is_found_through_the_others(typed: str) -> None:
    best = {"d-r": KNOWN[0], "d-b": KNOWN[2]}["d-b" if "bread" in typed else "d-r"]
    assert nearest(typed, related_names(typed, find))[0] == best


def test_search_ends_at_the_name_itself() -> None:
    asked: list[str] = []

    def note(text: str) -> list[str]:
        asked.append(text)
        return find(text)

    assert related_names("titanic", note) == ["titanic"]
    assert asked == ["titanic"]
