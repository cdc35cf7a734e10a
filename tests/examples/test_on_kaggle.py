"""The notebook for Kaggle's machines, run as a script on inputs that are laid out as there."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from kagglebot.practice.competition import NAME, write_competition

NOTEBOOK = Path(__file__).parents[2] / "examples/on-kaggle/from-input-to-submission.ipynb"
QUICK = """\
family = "cnn"
[space]
filters = { low = 4, high = 8 }
[fixed]
blocks = 1
epochs = 2
batch_size = 64
"""


@pytest.fixture(scope="module")
def notebook() -> dict[str, object]:
    content: dict[str, object] = json.loads(NOTEBOOK.read_text())
    return content


def test_kaggle_knows_the_kernel_that_runs_it(notebook: dict[str, object]) -> None:
    import nbformat

    nbformat.validate(notebook)
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"  # type: ignore[index]


def test_from_the_input_to_the_submission_without_network_and_account(
    notebook: dict[str, object], tmp_path: Path
) -> None:
    archive = write_competition(tmp_path).archive
    folder, working = tmp_path / "input/competitions" / NAME, tmp_path / "working"
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    (working / "studies").mkdir(parents=True)
    (working / "studies/quick.toml").write_text(QUICK)
    (working / "kagglebot.toml").write_text('study = "quick"\njobs = 1\n')
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]  # type: ignore[attr-defined]
    program = "\n\n".join("".join(cell["source"]) for cell in cells)
    nowhere = "http://127.0.0.1:9"
    variables = {
        "KAGGLE_KERNEL_RUN_TYPE": "Batch",
        "KAGGLEBOT_KAGGLE_INPUT": str(tmp_path / "input"),
        "SEARCH_TRIALS": "1",
        "KAGGLEBOT_KAGGLE_URL": nowhere,
    }
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=working,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    for line in (
        "reading ...\n",
        f"{NAME} is read from {folder}\n",
        "note: Kaggle names no metric",
        "trial 0 complete 0.",
        "predicting ...\n",
    ):
        assert line in ran.stdout
    written = (working / "submission.csv").read_text().splitlines()
    sample = (folder / "sample_submission.csv").read_text().splitlines()
    assert [row.partition(",")[0] for row in written] == [row.partition(",")[0] for row in sample]
    assert not list(folder.rglob("cache"))
