import pytest

from kagglebot.system.files.text import decode_text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_text_is_read_without_its_mark(encoding: str) -> None:
    assert decode_text("name = 'Æ'\n".encode(encoding)) == "name = 'Æ'\n"


def test_another_encoding_is_an_error() -> None:
    with pytest.raises(ValueError, match="a letter in line 3 is not in UTF-8"):
        decode_text("a = 1\n\nname = 'Æ'\n".encode("latin-1"))
    assert decode_text(b"") == ""
