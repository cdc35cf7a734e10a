import errno
import os

import pytest

from kagglebot.errors import DataError
from kagglebot.system.files.disk_errors import disk_errors


@pytest.mark.parametrize(
    ("code", "word"), [(errno.ENOSPC, "space"), (errno.EACCES, "permissions"), (errno.EROFS, "read-only")]
)
def test_a_disk_that_refuses_is_named_with_what_to_do(code: int, word: str) -> None:
    with pytest.raises(DataError) as caught, disk_errors("write data/x.npy"):
        raise OSError(code, os.strerror(code))
    assert "write data/x.npy" in caught.value.message
    assert word in caught.value.hint.lower()


def test_a_disk_without_locks_is_told_what_helps() -> None:
    with pytest.raises(DataError, match="Could not lock it: No locks available") as caught, disk_errors("lock it"):
        raise OSError(errno.ENOLCK, "No locks available")
    assert "local disk" in caught.value.hint
