"""Text files as editors and spreadsheets save them: in UTF-8 or UTF-16, with or without a byte-order mark."""

import codecs

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # begins with the next one
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def find_encoding(head: bytes) -> str:
    """Return the encoding of a text by its first bytes: UTF-8 unless a mark or zeros show another."""
    marked = next((encoding for mark, encoding in _MARKS.items() if head.startswith(mark)), None)
    if marked:
        return marked
    if b"\0" in head[:2]:  # the first character of a table or of TOML is in ASCII
        return "utf-16-le" if head[0] else "utf-16-be"
    return "utf-8"


def decode_text(raw: bytes) -> str:
    """Return the text of a file, without its byte-order mark.

    Raises:
        ValueError: It is in none of these encodings; names the line.
    """
    try:
        return raw.decode(find_encoding(raw))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ValueError(f"a letter in line {line} is not in UTF-8") from error
