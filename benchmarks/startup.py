"""Time short commands: python benchmarks/startup.py [--trials 50] [--runs N].

`kagglebot --help`, `studies` and `studies NAME` run as whole processes beside a study of --trials trials. They are
compared with a lower bound: importing Typer and Rich, and reading the study's trials with Optuna alone.
"""

import tempfile
from functools import partial
from pathlib import Path

from holdout_competition import fetch
from reporting import make_parser
from side_by_side import report_rounds, run_kagglebot, run_python, run_rounds

from kagglebot.paths import JOURNAL
from kagglebot.practice import write_competition
from kagglebot.workspace import Workspace

NAME = "small"
STUDY = """\
family = "mlp"
[space]
units_1 = { low = 8, high = 64, log = true }
units_2 = { low = 8, high = 64, log = true }
learning_rate = { low = 1e-4, high = 1e-2, log = true }
[fixed]
layers = 2
epochs = 3
"""
OPTUNA = """
import sys, optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
storage = JournalStorage(JournalFileBackend(sys.argv[1]))
(study,) = optuna.study.get_all_study_names(storage)
print(len(optuna.load_study(study_name=study, storage=storage).get_trials()))
"""


def make_study(folder: Path, trials: int) -> Workspace:
    """Return a workspace with a study ``small`` on scikit-learn's digits."""
    workspace = fetch(write_competition(folder), folder / "workspace")
    (workspace.root / "studies").mkdir(exist_ok=True)
    (workspace.root / "studies" / f"{NAME}.toml").write_text(STUDY)
    workspace.tune(NAME, trials=trials)
    return workspace


def main() -> None:
    """Run the benchmark; print the table, write JSON and a plot."""
    parser = make_parser(__doc__, "startup", archive=False)
    parser.add_argument("--trials", type=int, default=50)
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workspace = make_study(Path(folder), arguments.trials)
        (journal,) = (workspace.root / "studies").rglob(JOURNAL)
        programs = {"import typer, rich": partial(run_python, "import typer, rich")} | {
            f"kagglebot {' '.join(words)}": partial(run_kagglebot, workspace.root, *words)
            for words in (["--help"], ["studies"], ["studies", NAME])
        }
        programs["Optuna reads the trials"] = partial(run_python, OPTUNA, journal)
        title = f"One command, beside a study of {arguments.trials} trials"
        report_rounds({title: run_rounds(programs, arguments.runs)}, arguments.output, trials=arguments.trials)


if __name__ == "__main__":
    main()
