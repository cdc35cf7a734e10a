import os

import pytest

from kagglebot.system.environment import environment


def test_variables_are_set_removed_and_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRST", "one")
    monkeypatch.setenv("SECOND", "two")
    monkeypatch.delenv("THIRD", raising=False)
    with pytest.raises(KeyError), environment({"FIRST": None, "SECOND": "2", "THIRD": "3"}):
        assert (os.environ.get("FIRST"), os.environ["SECOND"], os.environ["THIRD"]) == (None, "2", "3")
        raise KeyError
    assert (os.environ["FIRST"], os.environ["SECOND"], os.environ.get("THIRD")) == ("one", "two", None)
