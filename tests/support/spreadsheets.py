"""Tables as spreadsheets and other programs save them."""

from collections.abc import Callable


def _trailing(text: str) -> str:
    lines = text.splitlines()
    return "\n".join([lines[0] + ",,", *(line + ",," * (row < 2) for row, line in enumerate(lines[1:]))]) + "\n"


#: Rewrites a comma-separated text as the program of that name does.
SPREADSHEETS: dict[str, Callable[[str], bytes]] = {
    "plain": str.encode,
    "byte-order mark": lambda text: text.encode("utf-8-sig"),
    "semicolons": lambda text: text.replace(",", ";").encode(),
    "tabs": lambda text: text.replace(",", "\t").encode(),
    "bars": lambda text: text.replace(",", "|").encode(),
    "decimal commas": lambda text: text.replace(",", ";").replace(".", ",").encode(),
    "all quoted": lambda text: ("\n".join(f'"{row}"' for row in text.splitlines()).replace(",", '";"')).encode(),
    "sep=": lambda text: ("sep=;\r\n" + text.replace(",", ";").replace("\n", "\r\n")).encode(),
    "UTF-16": lambda text: text.replace(",", "\t").encode("utf-16"),
    "UTF-16, big end first": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "UTF-16 without a mark": lambda text: text.encode("utf-16-le"),
    "carriage returns": lambda text: text.replace("\n", "\r").encode(),
    "empty columns": lambda text: _trailing(text).encode(),
    "empty columns between semicolons": lambda text: _trailing(text).replace(",", ";").encode("utf-8-sig"),
    "commas after each row": lambda text: text.replace("\n", ",\n").replace(",\n", "\n", 1).encode(),
    "blank lines first": lambda text: ("\n\r\n" + text).encode(),
}
