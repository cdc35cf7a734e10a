import os

import pytest

from kagglebot.system.processes.environment import environment, in_kaggle_notebook, in_notebook


def test_variables_are_set_removed_and_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRST", "one")
    monkeypatch.setenv("SECOND", "two")
    monkeypatch.delenv("THIRD", raising=False)
    with pytest.raises(KeyError), environment({"FIRST": None, "SECOND": "2", "THIRD": "3"}):
        assert (os.environ.get("FIRST"), os.environ["SECOND"], os.environ["THIRD"]) == (None, "2", "3")
        raise KeyError
    assert (os.environ["FIRST"], os.environ["SECOND"], os.environ.get("THIRD")) == ("one", "two", None)


@pytest.mark.parametrize(
    ("variable", "on_kaggle", "in_any"),
    [("KAGGLE_KERNEL_RUN_TYPE", True, True), ("JPY_PARENT_PID", False, True), ("TERM", False, False)],
)
def test_a_notebook_is_known_by_its_variables(
    variable: str, on_kaggle: bool, in_any: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JPY_PARENT_PID", raising=False)
    monkeypatch.setenv(variable, "1")
    assert (in_kaggle_notebook(), in_notebook()) == (on_kaggle, in_any)


def test_a_kernel_is_known_whoever_started_it(monkeypatch: pytest.MonkeyPatch) -> None:
    shell = pytest.importorskip("ipykernel.zmqshell").ZMQInteractiveShell
    for name in ("TERM", "CLICOLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "PAGER", "GIT_PAGER", "JPY_PARENT_PID"):
        monkeypatch.setenv(name, "")  # all are put back afterwards
    assert not in_notebook()
    shell.init_environment(None)  # what Colab's kernels, and those of editors, do as well
    assert in_notebook()
