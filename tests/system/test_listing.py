from kagglebot.system.listing import listed, shorten


def test_only_long_lists_are_cut() -> None:
    assert (shorten("abc", 3), shorten("abcd", 3)) == ("a, b, c", "a, b, c, …")
    assert listed([3, 7, 12], 3) == "3, 7, 12"
    assert listed([*range(2000)], 2) == "0, 1 and 1,998 more"
