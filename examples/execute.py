"""Run the notebooks of this folder and save their output: python examples/execute.py [--to FOLDER].

They use the practice competition, so this needs no account and no network. Only printed output is saved: no paths,
timings or warnings of the machine.
"""

import argparse
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent
_TIMEOUT_SECONDS = 600


def execute(notebook: Path, target: Path) -> None:
    """Run all cells of a notebook and write it with their printed output to ``target``.

    Raises:
        CellExecutionError: A cell failed.
    """
    content = nbformat.read(notebook, as_version=4)
    NotebookClient(content, timeout=_TIMEOUT_SECONDS, kernel_name="python3", record_timing=False).execute()
    for cell in content.cells:
        if cell.cell_type == "code":
            cell.outputs = [each for each in cell.outputs if each.get("name") == "stdout"]
    nbformat.write(content, target)


def main() -> None:
    """Run each notebook in place, or into another folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=HERE, metavar="FOLDER")
    target = parser.parse_args().to
    for notebook in sorted(HERE.glob("*.ipynb")):
        execute(notebook, target / notebook.name)


if __name__ == "__main__":
    main()
