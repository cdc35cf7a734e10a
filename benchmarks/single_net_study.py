"""A study whose trials all train the same net, to time a search apart from what it finds."""

import math
import time
from dataclasses import dataclass, field
from typing import Any

from kagglebot.callbacks.events import EpochEnded, Event, TrialEnded, TrialStarted
from kagglebot.paths import StudyLocation
from kagglebot.search.tune import tune
from kagglebot.study_config.load import load_definition
from kagglebot.study_config.schema import Definition
from kagglebot.study_config.sections import Pruner, Sampler
from kagglebot.study_config.space import Dimension
from kagglebot.training.keras.backends import DEFAULT
from kagglebot.workspace import Workspace

STUDY = "cnn"


def first_trial_settings(workspace: Workspace) -> dict[str, Any]:
    """Return every setting of the default study's first trial, in a competition scored by accuracy."""
    definition = load_definition(workspace.root, STUDY).for_metric("accuracy")
    return definition.settings(definition.enqueued()[0])


def single_net_definition(workspace: Workspace, name: str, epochs: int) -> Definition:
    """Return the default study restricted to its first trial's net and ``epochs`` epochs.

    Only the learning rate is searched, just below the trial's own, because no two trials may be identical.
    """
    settings = {**first_trial_settings(workspace), "epochs": epochs}
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
class SearchTimings:
    """Timings of a search in seconds, collected from its events.

    Attributes:
        epochs: Seconds of each epoch, by trial number.
        trials: Seconds of each trial, in the order in which they ended.
        ended: When each trial ended, since the start of the search.
        begun: When the first trial began, since the start of the search.
        whole: Seconds of the whole search, from call to return.
        failed: Reasons of the trials that failed.
        started: Start of the search, on the monotonic clock.
    """

    epochs: dict[int, list[float]] = field(default_factory=dict)
    trials: list[float] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)
    begun: float = math.nan
    whole: float = math.nan
    failed: list[str] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    def __call__(self, event: Event) -> None:
        """Record an event of the search."""
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
        """Seconds of all epochs except the first of each trial, which compiles the net."""
        return [seconds for epochs in self.epochs.values() for seconds in epochs[1:]]


def run_search(
    workspace: Workspace, definition: Definition, *, trials: int, jobs: int, backend: str = DEFAULT
) -> SearchTimings:
    """Run a search and return its timings.

    Raises:
        RuntimeError: A trial failed, so its time means nothing.
    """
    competition = workspace.competition()
    location = StudyLocation(
        competition, definition.name, workspace.root / "studies" / competition / definition.name
    )
    record = SearchTimings()
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
