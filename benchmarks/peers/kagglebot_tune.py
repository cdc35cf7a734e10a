"""kagglebot's search as `kagglebot tune --timeout SECONDS` runs it, with each epoch written down.

FOLDER is a workspace that has fetched the competition; `kagglebot submit --best` there is the rest of the job. The
clock starts with the script: what starting costs is of the budget.
"""

from task import read_task

from kagglebot.callbacks.events import EpochEnded, Event, TrialEnded
from kagglebot.workspace import Workspace


def main() -> None:
    """Search."""
    task = read_task(__doc__)
    task.begin_search()

    def told(event: Event) -> None:
        if isinstance(event, EpochEnded):
            task.tell("epoch", event.score, trial=event.number, epoch=event.epoch)
        elif isinstance(event, TrialEnded):
            task.tell("trial", event.value, trial=event.number, state=event.state)

    found = Workspace(task.folder).tune(timeout_seconds=task.budget_seconds, on_event=told)
    best = found.best
    task.tell(
        "search ends",
        best.value if best else None,
        trials=len(found.trials),
        complete=found.complete,
        best=dict(best.params) if best else None,
    )


if __name__ == "__main__":
    main()
