from pathlib import Path

import pytest

from kagglebot.errors import DataError
from kagglebot.system.files.json_file import read_json


def test_damaged_json_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"a": ')
    with pytest.raises(DataError, match=r"a\.json is damaged"):
        read_json(path)
