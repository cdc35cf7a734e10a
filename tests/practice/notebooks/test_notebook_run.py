"""A run sees its inputs where Kaggle has them, no network, and the hidden rows in its second run alone."""

import json
import socket
import threading
import time
from pathlib import Path

import pytest

from kagglebot.practice import PracticeCompetition, write_competition
from kagglebot.practice.notebooks import notebook_run
from kagglebot.practice.notebooks.notebook_run import Inputs, NotebookRun

CELL = """
import os, socket
from pathlib import Path
root = Path(os.environ["KAGGLEBOT_INPUT"])
print(sorted(path.name for path in root.glob("*/*")), os.environ.get("KAGGLE_IS_COMPETITION_RERUN"))
print(len((root / "competitions" / "digits-practice" / "test.csv").read_text().splitlines()) - 1)
print([name for name in os.environ if name.startswith("KAGGLE_API")])
try:
    socket.create_connection(("127.0.0.1", PORT), 2)
except OSError as error:
    print("no network")
Path("submission.csv").write_text("done")
"""


@pytest.fixture(scope="module")
def competition(tmp_path_factory: pytest.TempPathFactory) -> PracticeCompetition:
    return write_competition(tmp_path_factory.mktemp("served"), notebooks_only=True)


@pytest.mark.parametrize("with_namespace", [True, False])
def test_a_run_and_its_rerun(
    competition: PracticeCompetition, monkeypatch: pytest.MonkeyPatch, with_namespace: bool
) -> None:
    if not with_namespace:
        monkeypatch.setattr(notebook_run, "_without_network", lambda: ())
    monkeypatch.setenv("KAGGLE_API_TOKEN", "secret")
    inputs = Inputs({competition.name: competition.archive}, {"practice/model": {"a.txt": b"a"}})
    with socket.create_server(("127.0.0.1", 0)) as listening:
        source = CELL.replace("PORT", str(listening.getsockname()[1]))
        notebook = json.dumps({"cells": [{"cell_type": "code", "source": source}]})
        run = NotebookRun(notebook, inputs)
        rerun = NotebookRun(notebook, inputs.hidden(competition), rerun=True)
        for each, rows, flag in ((run, 100, "None"), (rerun, 597, "1")):
            each.run()
            printed = [text for _stream, _seconds, text in each.printed]
            assert printed == [f"['digits-practice', 'practice'] {flag}\n", f"{rows}\n", "[]\n", "no network\n"]
            assert each.status == "COMPLETE"
            assert [path.name for path in each.output_files()] == ["submission.csv"]
    for each in (run, rerun):
        each.remove()
    assert not run.working.exists()


def test_a_failing_run_keeps_its_traceback(tmp_path: Path) -> None:
    run = NotebookRun('{"cells": [{"cell_type": "code", "source": "1 / 0"}]}', Inputs({}, {}))
    run.run()
    assert run.status == "ERROR" and "ZeroDivisionError" in run.printed[-1][2]
    crashed = NotebookRun(
        '{"cells": [{"cell_type": "code", "source": "1 / 0"}]}', Inputs({}, {}), called_complete=True
    )
    crashed.run()
    assert crashed.status == "COMPLETE"
    for each in (run, crashed):
        each.remove()


def test_a_run_is_stopped_with_what_it_started() -> None:
    source = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(600)'])"
    run = NotebookRun(json.dumps({"cells": [{"cell_type": "code", "source": source}]}), Inputs({}, {}))
    thread = threading.Thread(target=run.run)
    thread.start()
    while run.status == "QUEUED":
        time.sleep(0.01)
    run.stop()
    thread.join(60)
    assert not thread.is_alive() and run.status == "ERROR"
    run.remove()
