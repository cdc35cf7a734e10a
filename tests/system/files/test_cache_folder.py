"""The cache folder, also of users without a home."""

import pwd

import pytest

from kagglebot.system.files.cache_folder import cache_folder


def test_a_user_without_a_home_has_a_folder_for_temporary_files(monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_folder().name == "kagglebot"

    def unknown(user: int) -> None:
        raise KeyError(f"getpwuid(): uid not found: {user}")

    monkeypatch.delenv("HOME")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    assert cache_folder().name.startswith("kagglebot-")
