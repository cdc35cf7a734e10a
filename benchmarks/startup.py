"""How long short commands take to answer: python benchmarks/startup.py [--trials 50] [--runs N].

`kagglebot --help`, `studies` and `studies NAME`, beside a real study of so many trials, are run as whole
processes, in turn with the least of what others would do: the imports that nothing written with Typer and Rich can
do without, and Optuna's own reading of the study's trials.
"""

import tempfile
from functools import partial
from pathlib import Path

from holdout_competition import fetch
from reporting import make_parser
from side_by_side import command, in_turn, report, run

from kagglebot.practice import write_competition
from kagglebot.search.storage.journal import JOURNAL
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


def studied(folder: Path, trials: int) -> Workspace:
    """Make a workspace with the study ``small`` of scikit-learn's digits."""
    workspace = fetch(write_competition(folder), folder / "workspace")
    (workspace.root / "studies").mkdir(exist_ok=True)
    (workspace.root / "studies" / f"{NAME}.toml").write_text(STUDY)
    workspace.tune(NAME, trials=trials)
    return workspace


def main() -> None:
    """Measure, print the table, keep JSON and the plot."""
    parser = make_parser(__doc__, "startup", archive=False)
    parser.add_argument("--trials", type=int, default=50)
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workspace = studied(Path(folder), arguments.trials)
        (journal,) = (workspace.root / "studies").rglob(JOURNAL)
        ways = {"import typer, rich": partial(run, "import typer, rich")} | {
            f"kagglebot {' '.join(words)}": partial(command, workspace.root, *words)
            for words in (["--help"], ["studies"], ["studies", NAME])
        }
        ways["Optuna reads the trials"] = partial(run, OPTUNA, journal)
        title = f"One command, beside a study of {arguments.trials} trials"
        report({title: in_turn(ways, arguments.runs)}, arguments.output, trials=arguments.trials)


if __name__ == "__main__":
    main()
