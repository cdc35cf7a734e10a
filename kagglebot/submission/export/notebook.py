"""The notebook and the README.md of an export."""

from typing import Any

from kagglebot.datasets.schema import Schema
from kagglebot.kaggle.records import competition_url
from kagglebot.retraining.model_card import card_path
from kagglebot.retraining.records import TrainedEnsemble, TrainedModel
from kagglebot.submission.export.inference import ENSEMBLE

_CELL = """\
import os
import subprocess
import sys
from pathlib import Path

# The exported folder is one of this notebook's inputs.
root = Path(os.environ.get("KAGGLEBOT_EXPORT") or os.environ.get("KAGGLEBOT_INPUT") or "/kaggle/input")
found = [path for depth in range(5) for path in root.glob("*/" * depth + "{model}")]
scripts = [path.with_name("inference.py") for path in found if path.with_name("inference.py").is_file()]
if not scripts:
    raise FileNotFoundError(f"{model} and inference.py are not in {{root}}: add the dataset to the inputs.")

done = subprocess.run([sys.executable, scripts[0]], capture_output=True, text=True)
print(done.stdout, done.stderr)
done.check_returncode()
"""

_README = """\
# {title}

Written by `kagglebot export`. With this folder a Kaggle notebook without internet predicts the test images of
{competition}, also the hidden ones of a rerun, and writes submission.csv.

1. Upload this folder as a dataset: https://www.kaggle.com/datasets, "New Dataset", all files, private.
   Or with the `kaggle` command: `kaggle datasets init -p .`, name it in dataset-metadata.json, and
   `kaggle datasets create -p .`
2. Import notebook.ipynb: https://www.kaggle.com/code, "New Notebook", "File", "Import Notebook".
3. Add two inputs to it: the dataset, and the competition {url}
4. In its settings turn the internet off, and "Save Version" with "Save & Run All".
5. Open the saved version's output, submission.csv, and press "Submit to Competition".

| file | content |
| --- | --- |
{models}
| competition.json | the competition's schema: classes, image size, columns |
| kagglebot.pyz | kagglebot's sources, so that nothing needs to be installed |
| inference.py | decodes, predicts, writes submission.csv into the current folder |
| notebook.ipynb | finds the dataset among its inputs, and runs inference.py |

Elsewhere: `KAGGLEBOT_INPUT=FOLDER python inference.py`, where FOLDER holds the competition's unpacked files.
KAGGLEBOT_OUTPUT is the folder for submission.csv, KAGGLEBOT_EXPORT the one with the model. It needs Python
3.11, numpy, pandas, pyarrow, pydantic, Pillow, scikit-learn and tensorflow, as Kaggle's notebooks have them.
"""


def notebook(trained: TrainedModel | TrainedEnsemble) -> dict[str, Any]:
    """Return a notebook (nbformat 4.5) with a title and one cell that runs inference.py."""
    cells = [
        {"cell_type": "markdown", "id": "title", "metadata": {}, "source": _lines(f"# {title(trained)}")},
        {
            "cell_type": "code",
            "id": "predict",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": _lines(_CELL.format(model=trained.models[0].path.name)),
        },
    ]
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def readme(trained: TrainedModel | TrainedEnsemble, schema: Schema) -> str:
    """Return the README.md: the steps from the folder to a score, and a list of its files."""
    return _README.format(
        title=title(trained),
        competition=trained.competition,
        url=competition_url(trained.competition),
        models="\n".join(
            [*dict.fromkeys(_rows(model, schema.metric) for model in trained.models), *_ensemble_rows(trained)]
        ),
    )


def _ensemble_rows(trained: TrainedModel | TrainedEnsemble) -> list[str]:
    what = "the ensemble's models, and what the mean of their probabilities is adjusted by, such as a temperature"
    return [f"| {ENSEMBLE} | {what} |"] if isinstance(trained, TrainedEnsemble) else []


def _rows(model: TrainedModel, metric: str) -> str:
    score = "" if model.validation_score is None else f", validation {metric} {model.validation_score:.5f}"
    return (
        f"| {model.path.name} | the weights of {model.label} of the study {model.study}{score} |\n"
        f"| {card_path(model.path).name} | its card: settings, scores, and the versions that trained it |"
    )


def title(trained: TrainedModel | TrainedEnsemble) -> str:
    """Return the title: competition, study, and trial or ensemble."""
    return f"{trained.competition}: {trained.study}, {trained.label}"


def _lines(text: str) -> list[str]:
    return text.rstrip("\n").splitlines(keepends=True)
