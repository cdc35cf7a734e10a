import errno
import os
from pathlib import Path

import pytest

from kagglebot.errors import DataError
from kagglebot.system.files.disk_errors import damage_errors, disk_errors


@pytest.mark.parametrize(
    ("code", "word"), [(errno.ENOSPC, "space"), (errno.EACCES, "permissions"), (errno.EROFS, "read-only")]
)
def test_a_disk_that_refuses_is_named_with_what_to_do(code: int, word: str) -> None:
    with pytest.raises(DataError) as caught, disk_errors("write data/x.npy"):
        raise OSError(code, os.strerror(code))
    assert "write data/x.npy" in caught.value.message
    assert word in caught.value.hint.lower()


def test_a_file_in_the_place_of_a_folder_is_to_be_moved(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for refused in (tmp_path / "file", tmp_path / "file" / "folder"):
        with pytest.raises(DataError) as caught, disk_errors(f"write {refused}/page.html"):
            refused.mkdir(exist_ok=True)
        assert "A file is where a folder of that path belongs" in caught.value.hint


def test_a_disk_without_locks_is_told_what_helps() -> None:
    with pytest.raises(DataError, match="Could not lock it: No locks available") as caught, disk_errors("lock it"):
        raise OSError(errno.ENOLCK, "No locks available")
    assert "local disk" in caught.value.hint


def test_damage_of_which_a_decoder_says_nothing_is_named_by_its_exception(tmp_path: Path) -> None:
    with (
        pytest.raises(DataError, match="model is damaged: EOFError"),
        damage_errors(tmp_path / "model", lambda reason: DataError(f"model is damaged: {reason}.")),
    ):
        raise EOFError


def test_a_missing_file_is_damage_only_where_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "model"
    for missing_is_damage, message in ((True, "^damaged"), (False, "^Could not read .*model: No such file")):
        with (
            pytest.raises(DataError, match=message),
            damage_errors(path, lambda reason: DataError("damaged"), missing_is_damage=missing_is_damage),
        ):
            path.open()
