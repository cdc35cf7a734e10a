"""kagglebot's search as `kagglebot tune [STUDY] --timeout SECONDS` runs it, with a progress line for each epoch.

FOLDER is a workspace that has fetched the competition; `kagglebot submit --best` does the rest of the job. The
clock starts with the script, so the start-up time counts.
"""

from task import Task, make_parser

from kagglebot.callbacks.callback import Callback
from kagglebot.callbacks.events import EpochEnded, TrialEnded
from kagglebot.study_config.load import load_definition
from kagglebot.workspace import Workspace


def main() -> None:
    """Search."""
    parser = make_parser(__doc__)
    parser.add_argument("--study", metavar="NAME", help="the study; by default the one that kagglebot chooses")
    parser.add_argument("--trials", type=int, metavar="N", help="no more trials than these")
    parser.add_argument("--backend", metavar="NAME", help="what nets are trained on")
    arguments = parser.parse_args()
    task = Task(arguments.folder, arguments.budget, arguments.seed)
    task.start_clock()
    workspace = Workspace(task.folder)
    competition = workspace.competition()
    definition = load_definition(workspace.root, workspace.study(arguments.study, competition))
    with_folds = definition.for_rows(workspace.schema(competition).train_rows).validation.folds is not None

    class Record(Callback):
        def on_epoch_end(self, event: EpochEnded) -> None:
            if not with_folds:  # else the score is of one fold
                task.log_event("epoch", event.score, trial=event.number, epoch=event.epoch)

        def on_trial_end(self, event: TrialEnded) -> None:
            task.log_event("trial", event.value, trial=event.number, state=event.state)

    study = workspace.tune(
        arguments.study,
        trials=arguments.trials,
        timeout_seconds=task.budget_seconds,
        seed=task.seed,
        backend=arguments.backend,
        callbacks=[Record()],
    )
    best = study.best
    task.log_event(
        "search ends",
        best.value if best else None,
        trials=len(study.trials),
        complete=study.complete,
        best=dict(best.params) if best else None,
    )


if __name__ == "__main__":
    main()
