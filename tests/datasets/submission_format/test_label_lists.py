import pytest

from kagglebot.datasets.submission_format.label_lists import LabelLists, read_label_lists

WHALES = ("new_whale", "w_1", "w_2")


@pytest.mark.parametrize(
    ("cells", "classes", "found"),
    [
        (("new_whale w_1 w_9",), WHALES, LabelLists(" ", 3, ("new_whale", "w_1", "w_9"), 2)),
        (("w_1,w_2", "w_2,new_whale"), WHALES, LabelLists(",", 2, ("w_1", "w_2", "new_whale"), 3)),
        (("7 3 1", "3 7"), ("1", "3", "7"), LabelLists(" ", 3, ("7", "3", "1"), 3)),
        (("Sugar beet, Maize",), ("Maize", "Sugar beet"), LabelLists(", ", 2, ("Sugar beet", "Maize"), 2)),
        (("Sugar beet",), ("Maize", "Sugar beet"), None),
        (("sugar_beet", "Fat Hen"), ("Fat hen", "Sugar beet"), None),
        (("0",), WHALES, None),
        (("w_1", "w_1 w_2"), WHALES, None),
        (("w_1 w_1",), WHALES, None),
        (("", "w_2|w_1"), WHALES, LabelLists("|", 2, ("w_2", "w_1"), 2)),
        (("",), WHALES, None),
        (("['w_1', 'w_2', 'w_9']", "[]"), WHALES, LabelLists("', '", 3, ("w_1", "w_2", "w_9"), 2, ("['", "']"))),
        (('["w_1","w_2"]',), WHALES, LabelLists('","', 2, ("w_1", "w_2"), 2, ('["', '"]'))),
        (("['w_1' 'w_2']",), WHALES, LabelLists("' '", 2, ("w_1", "w_2"), 2, ("['", "']"))),
        (("[1, 3, 7]", "[3]"), ("1", "3", "7"), LabelLists(", ", 3, ("1", "3", "7"), 3, ("[", "]"))),
        (("[1 3]",), ("1", "3", "7"), LabelLists(" ", 2, ("1", "3"), 2, ("[", "]"))),
        (("(1, 3)",), ("1", "3", "7"), LabelLists(", ", 2, ("1", "3"), 2, ("(", ")"))),
        (("{w_1,w_2}",), WHALES, LabelLists(",", 2, ("w_1", "w_2"), 2, ("{", "}"))),
        (('"w_1" "w_2"',), WHALES, LabelLists('" "', 2, ("w_1", "w_2"), 2, ('"', '"'))),
        (('"w_1", "w_2"',), WHALES, LabelLists('", "', 2, ("w_1", "w_2"), 2, ('"', '"'))),
        (('"w_1 w_2"',), WHALES, LabelLists(" ", 2, ("w_1", "w_2"), 2, ('"', '"'))),
        (("['w_1']",), WHALES, LabelLists("', '", 1, ("w_1",), 1, ("['", "']"))),
        (("[w_1]",), WHALES, LabelLists(", ", 1, ("w_1",), 1, ("[", "]"))),
        (("['a b', 'c d']",), ("a b", "c d"), LabelLists("', '", 2, ("a b", "c d"), 2, ("['", "']"))),
        (("[UNK]",), WHALES, None),
        (("(w_1)",), ("(w_1)", "(w_2)"), None),
        (('"w_1" of "w_2"',), WHALES, None),
        ((), WHALES, None),
    ],
)
def test_cells_of_several_labels(
    cells: tuple[str, ...], classes: tuple[str, ...], found: LabelLists | None
) -> None:
    assert read_label_lists(cells, classes) == found
