"""kagglebot's search as `kagglebot tune --timeout SECONDS` runs it, with a progress line for each epoch.

FOLDER is a workspace that has fetched the competition; `kagglebot submit --best` does the rest of the job. The
clock starts with the script, so the start-up time counts.
"""

from task import read_task

from kagglebot.callbacks.events import EpochEnded, Event, TrialEnded
from kagglebot.workspace import Workspace


def main() -> None:
    """Search."""
    task = read_task(__doc__)
    task.start_clock()

    def on_event(event: Event) -> None:
        if isinstance(event, EpochEnded):
            task.log_event("epoch", event.score, trial=event.number, epoch=event.epoch)
        elif isinstance(event, TrialEnded):
            task.log_event("trial", event.value, trial=event.number, state=event.state)

    study = Workspace(task.folder).tune(timeout_seconds=task.budget_seconds, on_event=on_event)
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
