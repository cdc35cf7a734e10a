import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kagglebot.datasets.sample_submission.long_ids import LongIds, find_long_ids, read_long_ids

COLUMNS = ("ID", "Label")
names = st.lists(
    st.from_regex(r"[a-z0-9]{1,4}(_[a-z]{2,3})?", fullmatch=True), min_size=2, max_size=4, unique=True
)


@settings(deadline=None)
@given(
    images=st.lists(st.from_regex(r"ID_[0-9A-F]{4}", fullmatch=True), min_size=1, max_size=4, unique=True),
    classes=names,
    between=st.sampled_from(["_", "-", " ", "/", "__", " | ", ":"]),
    first=st.booleans(),
    chance=st.randoms(use_true_random=False),
)
def test_ids_of_images_and_classes_are_told_in_any_order(
    images: list[str], classes: list[str], between: str, first: bool, chance: object
) -> None:
    pairs = [(image, name) for image in images for name in classes]
    chance.shuffle(pairs)  # type: ignore[attr-defined]
    ids = [between.join(pair[::-1] if first else pair) for pair in pairs]
    found = find_long_ids(ids, COLUMNS, {*images}.__contains__)
    assert found is not None
    assert {*found.images} == {*images} and {*found.classes} == {*classes}
    assert [found.split(name) for name in ids] == pairs
    assert [found.id_of(*pair) for pair in pairs] == ids
    assert read_long_ids(ids, COLUMNS, found.pattern, found.classes) == found
    assert found.ids_of([*images, "new"]) == (*ids, *(found.id_of("new", name) for name in found.classes))


@pytest.mark.parametrize(
    ("ids", "columns"),
    [
        (("a_x", "a_y", "b_x"), COLUMNS),  # one is missing
        (("a_x", "b_x"), COLUMNS),  # one class
        (("a_x", "a_y"), ("ID", "x", "y")),
        (("c_x", "c_y"), COLUMNS),  # no image
        (("a", "a_x", "a_y"), COLUMNS),
        (("ax", "ay"), COLUMNS),
    ],
)
def test_other_ids_are_what_they_are(ids: tuple[str, ...], columns: tuple[str, ...]) -> None:
    assert find_long_ids(ids, columns, {"a", "b"}.__contains__) is None


def test_ids_that_name_images_are_no_pairs() -> None:
    assert find_long_ids(("a_1", "a_2"), COLUMNS, {"a", "a_1", "a_2"}.__contains__) is None


def test_the_longest_class_is_meant() -> None:
    ids = [f"{image}_{name}" for image in "ab" for name in ("eye", "frog_eye")]
    assert find_long_ids(ids, COLUMNS, {*"ab"}.__contains__) == LongIds(
        "{image}_{class}", ("eye", "frog_eye"), ("a", "b"), (*ids,), COLUMNS
    )
