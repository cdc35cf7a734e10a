"""``export``: its folder predicts elsewhere, without kagglebot and without packages that notebooks lack."""

import csv
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from practice_server import serving

from kagglebot.cli.main import run
from kagglebot.practice.competition import write_competition

NAME = "digits-practice"
STUDIES = {
    "net": 'family = "mlp"\n[space]\nunits_1 = { low = 8, high = 64 }\n[fixed]\nlayers = 1\nepochs = 20\n',
    "conv": (
        'family = "cnn"\n[space]\nfilters = { low = 4, high = 8 }\n'
        "[fixed]\nblocks = 2\nconvolutions = 1\nepochs = 2\nbatch_size = 32\n"
    ),
}
#: Kaggle's notebooks have others too, but an export must not count on them.
NOT_THERE = ("kaggle", "kagglesdk", "optuna", "typer", "filelock", "tenacity", "platformdirs", "plotext", "cmaes")
#: Put on the path of the other process: stands for an installation without these, and says what was imported.
NOTEBOOKS_PYTHON = f"""
import atexit, os, sys

class NotThere:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {NOT_THERE}:
            raise ImportError(f"{{name}} is not in Kaggle's notebooks")

sys.meta_path.insert(0, NotThere())

@atexit.register
def say():
    if "kagglebot" in sys.modules:
        open(os.environ["SEEN"], "w").write(sys.modules["kagglebot"].__file__)
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A workspace with a trial of either engine, and the server gone again."""
    root = tmp_path_factory.mktemp("workspace")
    (root / "studies").mkdir()
    for name, text in STUDIES.items():
        (root / "studies" / f"{name}.toml").write_text(text)
    with (
        pytest.MonkeyPatch.context() as patch,
        serving(patch, write_competition(tmp_path_factory.mktemp("served"))),
    ):
        assert run(["--workspace", str(root), "fetch", NAME]) == 0
        for study in STUDIES:
            assert run(["--workspace", str(root), "tune", study, "--trials", "1", "--jobs", "1", "--json"]) == 0
        yield root


@pytest.fixture(autouse=True)
def _in_workspace(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAGGLEBOT_WORKSPACE", str(workspace))


def export(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict:
    assert run(["export", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def kaggle(workspace: Path, tmp_path: Path) -> Path:
    """A machine laid out like Kaggle's: /kaggle/input with the competition's files unpacked."""
    files = tmp_path / "kaggle" / "input" / NAME
    with zipfile.ZipFile(workspace / "data" / NAME / f"{NAME}.zip") as archive:
        archive.extractall(files)
    (tmp_path / "kaggle" / "working").mkdir()
    (tmp_path / "python").mkdir()
    (tmp_path / "python" / "sitecustomize.py").write_text(NOTEBOOKS_PYTHON)
    return tmp_path / "kaggle"


def start(kaggle: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("KAGGLE", "PYTHON"))}
    path, seen = kaggle.parent / "python", kaggle.parent / "seen"
    own |= {"PYTHONPATH": str(path), "SEEN": str(seen), "KAGGLEBOT_INPUT": str(kaggle / "input")}
    return subprocess.run(
        [sys.executable, *command],
        cwd=kaggle / "working",
        env=own | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("study", ["net", "conv"])
def test_the_notebook_writes_what_submit_would_send(
    study: str, kaggle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = export(capsys, study, "--to", str(kaggle / "input" / "my-dataset"))
    assert (document["competition"], document["study"], document["model"]) == (NAME, study, {"trial": 0})
    notebook = json.loads((kaggle / "input" / "my-dataset" / "notebook.ipynb").read_text())
    cell = "".join(next(cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"))
    done = start(kaggle, "-c", cell)
    assert done.returncode == 0, done.stderr
    assert "597 predictions" in done.stdout
    assert "kagglebot.pyz" in (kaggle.parent / "seen").read_text()
    assert run(["submit", study, "--dry-run", "--json"]) == 0
    sent = Path(os.environ["KAGGLEBOT_WORKSPACE"], json.loads(capsys.readouterr().out)["file"])
    assert (kaggle / "working" / "submission.csv").read_bytes() == sent.read_bytes()


def test_a_rerun_on_other_rows_predicts_those(kaggle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = kaggle / "input" / "my-dataset"
    export(capsys, "net", "--to", str(folder))
    assert start(kaggle, str(folder / "inference.py")).returncode == 0
    submission = kaggle / "working" / "submission.csv"
    public = dict(csv.reader(submission.read_text().splitlines()))
    files = kaggle / "input" / NAME
    header, *rows = (files / "test.csv").read_text().splitlines()
    (files / "test.csv").write_text("\n".join([header, *rows[400:300:-1]]) + "\n")
    ids = [f"hidden-{row + 1}" for row in range(400, 300, -1)]
    (files / "sample_submission.csv").write_text("\n".join(["ImageId,Label", *(f"{each},0" for each in ids)]))
    assert start(kaggle, str(folder / "inference.py")).returncode == 0
    hidden = list(csv.reader(submission.read_text().splitlines()))
    assert hidden[0] == ["ImageId", "Label"]
    assert hidden[1:] == [[each, public[each.removeprefix("hidden-")]] for each in ids]


def test_sources_that_kaggle_has_unpacked_serve_too(kaggle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = kaggle / "input" / "my-dataset"
    export(capsys, "net", "--to", str(folder))
    with zipfile.ZipFile(folder / "kagglebot.pyz") as sources:
        sources.extractall(folder / "kagglebot")
    (folder / "kagglebot.pyz").unlink()
    done = start(kaggle, str(folder / "inference.py"), KAGGLEBOT_OUTPUT=str(kaggle))
    assert done.returncode == 0, done.stderr
    assert (kaggle / "submission.csv").is_file()


def test_missing_inputs_are_named(kaggle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = kaggle / "export"
    export(capsys, "net", "--to", str(folder))
    done = start(kaggle, str(folder / "inference.py"), KAGGLEBOT_INPUT=str(folder))
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: The data of {NAME} is not in ")
    assert "hint: Add the competition" in done.stderr and "Traceback" not in done.stderr


def test_an_empty_model_is_trained_again_and_every_command_says_so(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = workspace.resolve() / "studies" / NAME / "net" / "models" / "trial-0.npz"
    commands = ["train", "net"], ["submit", "net", "--dry-run"], ["export", "net", "--to", str(tmp_path / "out")]
    assert run(commands[0]) == 0
    capsys.readouterr()
    for command in commands:
        path.write_bytes(b"")
        assert run(command) == 0
        said = "".join(capsys.readouterr().out.split())  # lines may break within a path
        assert "trial-0.npzisdamaged:thefileisempty.Itwastrainedagain." in said
        assert path.stat().st_size > 1000
    assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes()
    path.unlink()
    path.mkdir()
    for command in commands:
        assert run(command) == 1
        said = " ".join(capsys.readouterr().err.split())
        assert f"Could not read {path}: Is a directory. hint:" in said
    path.rmdir()


def test_the_folder_is_complete_and_its_notebook_valid(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = export(capsys, "net")
    folder = Path(document["folder"])
    assert folder == workspace.resolve() / "studies" / NAME / "net" / "export" / "trial-0"
    expected = ["README.md", "competition.json", "inference.py", "kagglebot.pyz", "notebook.ipynb"]
    assert document["files"] == [*expected, "trial-0.json", "trial-0.npz"]
    assert sorted(path.name for path in folder.iterdir()) == document["files"]
    assert "kaggle.com/competitions/digits-practice" in (folder / "README.md").read_text()
    notebook = json.loads((folder / "notebook.ipynb").read_text())
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    for cell in notebook["cells"]:
        assert cell["id"] and isinstance(cell["source"], list) and cell["metadata"] == {}
    pytest.importorskip("nbformat").validate(notebook)


def test_an_export_is_renewed_and_other_files_are_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = export(capsys, "net", "--to", "out")
    assert export(capsys, "net", "--to", "out") == first
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "diary.txt").write_text("dear diary")
    assert run(["export", "net", "--to", "mine"]) == 2
    said = capsys.readouterr().err
    assert "is not an export" in said and "hint: Choose an empty or new folder" in said
    assert [path.name for path in tmp_path.iterdir() if path.name != "out"] == ["mine"]
    assert run(["export", "net"]) == 0
    shown = capsys.readouterr()
    assert "Exported trial 0 of net" in shown.out and "see " in shown.err and "README.md" in shown.err
