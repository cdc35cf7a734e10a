"""A study whose trials are all one net: what a search costs, without what it finds."""

import math
import time
from dataclasses import dataclass, field
from typing import Any

from kagglebot.callbacks.events import EpochEnded, Event, TrialEnded, TrialStarted
from kagglebot.paths import StudyLocation
from kagglebot.search.tune import tune
from kagglebot.study_config.schema import Definition, Pruner, Sampler, load_definition
from kagglebot.study_config.space import Dimension
from kagglebot.training.keras.backends import DEFAULT
from kagglebot.workspace import Workspace

STUDY = "cnn"


def first_net(workspace: Workspace) -> dict[str, Any]:
    """Every setting of the default study's first trial in a competition that counts right answers."""
    definition = load_definition(workspace.root, STUDY).under("accuracy")
    return definition.settings(definition.enqueued()[0])


def one_net(workspace: Workspace, name: str, epochs: int) -> Definition:
    """The default study narrowed to its first trial's net for so many epochs.

    Only the learning rate is drawn, a little below the trial's own: no two trials may be the same.
    """
    settings = {**first_net(workspace), "epochs": epochs}
    rate = settings.pop("learning_rate")
    return load_definition(workspace.root, STUDY).model_copy(
        update={
            "name": name,
            "space": {"learning_rate": Dimension(low=0.8 * rate, high=rate)},
            "fixed": settings,
            "trials": [],
            "sampler": Sampler(name="random"),
            "pruner": Pruner(name="none"),
        }
    )


@dataclass
class Record:
    """What a search told, in seconds.

    Attributes:
        epochs: Each epoch's, by the number of its trial.
        trials: Each trial's own time, in the order in which they ended.
        ended: When each trial ended, from the search's start.
        begun: When the first trial began.
        whole: What the search took, from its call to its return.
        failed: Why trials did not end complete.
        started: The search's start, on the monotonic clock.
    """

    epochs: dict[int, list[float]] = field(default_factory=dict)
    trials: list[float] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)
    begun: float = math.nan
    whole: float = math.nan
    failed: list[str] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    def __call__(self, event: Event) -> None:
        """Take an event in."""
        since = time.monotonic() - self.started
        if isinstance(event, TrialStarted) and math.isnan(self.begun):
            self.begun = since
        elif isinstance(event, EpochEnded):
            self.epochs.setdefault(event.number, []).append(event.seconds)
        elif isinstance(event, TrialEnded):
            self.trials.append(event.seconds)
            self.ended.append(since)
            if event.state not in ("complete", "pruned"):
                self.failed.append(event.reason)

    @property
    def later_epochs(self) -> list[float]:
        """All epochs but each trial's first, which compiles the net."""
        return [seconds for epochs in self.epochs.values() for seconds in epochs[1:]]


def search(
    workspace: Workspace, definition: Definition, *, trials: int, jobs: int, backend: str = DEFAULT
) -> Record:
    """Run a search and give what it told.

    Raises:
        RuntimeError: A trial failed: its time would be no measure.
    """
    competition = workspace.competition()
    location = StudyLocation(
        competition, definition.name, workspace.root / "studies" / competition / definition.name
    )
    record = Record()
    tune(
        location,
        definition,
        workspace.data(competition),
        trials=trials,
        timeout_seconds=None,
        jobs=jobs,
        backend=backend,
        on_event=record,
    )
    record.whole = time.monotonic() - record.started
    if record.failed:
        raise RuntimeError(f"a trial of the benchmark failed: {record.failed[0]}")
    return record
