"""The notebook that is pushed: it finds the dataset among its inputs, runs it, and marks its begin and its end."""

import json

#: What the description of each dataset and the text of each notebook say; those that do not are the user's own.
MADE_BY = "Made by kagglebot"
_CELL = """\
import os
import subprocess
import sys
from pathlib import Path

MARK = "{dataset_mark}"
print("{begins}", flush=True)
root = Path(os.environ.get("KAGGLEBOT_INPUT") or "/kaggle/input")
places = [root / "datasets" / "{owner}" / "{slug}", root / "{slug}"]
export = next((place for place in places if (place / f"kagglebot-{{MARK}}.json").is_file()), None)
if export is None:
    raise FileNotFoundError(f"The version {{MARK}} of the dataset {owner}/{slug} is not among the inputs.")

process = subprocess.Popen(
    [sys.executable, str(export / "{program}")],
    env={{**os.environ, "KAGGLEBOT_EXPORT": str(export)}},
    stdout=subprocess.PIPE,
    stderr=subprocess.STDOUT,
    text=True,
)
for line in process.stdout:
    print(line, end="", flush=True)
if process.wait():
    print("{fails}", flush=True)
    raise RuntimeError(f"{program} ended with exit code {{process.returncode}}.")
print("{ends}", flush=True)
"""


def notebook_source(mark: str, dataset_mark: str, owner: str, slug: str, program: str) -> str:
    """Return the notebook as JSON (nbformat 4.5), with the source of each cell as one text, as Kaggle wants it.

    Args:
        mark: The mark of the notebook.
        dataset_mark: The mark of the dataset's version that it reads.
        owner: The owner of the dataset.
        slug: The name of that dataset.
        program: The file of the dataset that is run.
    """
    lines = {"begins": begin_line(mark), "ends": end_line(mark), "fails": _fail_line(mark)}
    code = _CELL.format(dataset_mark=dataset_mark, owner=owner, slug=slug, program=program, **lines)
    about = f"# kagglebot {mark}\n\n{MADE_BY}: it runs {program} of the dataset {owner}/{slug}."
    empty: dict[str, object] = {"execution_count": None, "outputs": []}
    cells = [
        {"cell_type": "markdown", "id": "about", "metadata": {}, "source": about},
        {"cell_type": "code", "id": "predict", "metadata": {}, "source": code, **empty},
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}, indent=1)


def begin_line(mark: str) -> str:
    """Return the first line that a run prints."""
    return f"kagglebot {mark} begins"


def end_line(mark: str) -> str:
    """Return the last line that a run prints if it succeeded; Kaggle calls some that crashed complete."""
    return f"kagglebot {mark} ends"


def _fail_line(mark: str) -> str:
    return f"kagglebot {mark} fails"


def has_ended(mark: str, log: str) -> bool:
    """Return whether a log is that of a run of these contents, and has its end."""
    return begin_line(mark) in log and (end_line(mark) in log or _fail_line(mark) in log)


def printed_by_inference(mark: str, log: str) -> str:
    """Return what inference.py printed in a run that failed, without the notebook's own traceback after it."""
    return log.partition(begin_line(mark))[2].partition(_fail_line(mark))[0] or log


def is_of(mark: str, source: str) -> bool:
    """Return whether a notebook on Kaggle has these contents."""
    return begin_line(mark) in source
