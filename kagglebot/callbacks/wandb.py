"""Weights & Biases: a group for each study, with a run for each trial."""

import os
from pathlib import Path
from typing import Any

from kagglebot.callbacks.callback import Callback
from kagglebot.callbacks.events import EpochEnded, SearchEnded, SearchStarted, TrialEnded, TrialStarted
from kagglebot.errors import UsageError
from kagglebot.system.plugins import import_extra


class WeightsAndBiases(Callback):
    """Writes each trial as a W&B run: parameters, score and seconds of every epoch, final score, state.

    The variables that W&B knows hold: ``WANDB_MODE=offline`` needs no account and leaves the runs in the study's
    folder for ``wandb sync``, ``WANDB_PROJECT`` names another project, ``WANDB_DIR`` another folder.

    Args:
        project: The project; without, ``WANDB_PROJECT`` of the environment, else the competition's name.

    Raises:
        UsageError: W&B is not installed, or is not offline and has no API key.
    """

    def __init__(self, project: str | None = None) -> None:
        self._wandb = import_extra("wandb", "wandb")
        online = os.environ.get("WANDB_MODE", "online") in ("online", "run")
        if online and not self._wandb.login(prompt=False, verify=False):
            raise UsageError(
                "Weights & Biases has no API key.",
                "Run: wandb login. Or set WANDB_MODE=offline to keep the runs on this machine.",
            )
        self._project = project or os.environ.get("WANDB_PROJECT")
        self._folder, self._metric, self._study = Path(), "", ""
        self._runs: dict[int, Any] = {}

    def on_search_start(self, event: SearchStarted) -> None:
        """Choose the project, the group and the folder."""
        self._project = self._project or event.competition
        self._folder, self._metric, self._study = event.folder, event.metric.name, event.study

    def on_trial_start(self, event: TrialStarted) -> None:
        """Start a run, with its parameters."""
        self._runs[event.number] = self._wandb.init(
            project=self._project,
            group=self._study,
            name=f"trial {event.number}",
            config=dict(event.params),
            dir=os.environ.get("WANDB_DIR", self._folder),
            reinit="create_new",  # several trials run at a time
            # Nothing of the program: its command line may hold the password of a database.
            settings=self._wandb.Settings(
                console="off", silent=True, disable_code=True, disable_git=True, x_disable_meta=True
            ),
        )

    def on_epoch_end(self, event: EpochEnded) -> None:
        """Write the epoch's score and seconds."""
        if run := self._runs.get(event.number):
            run.log({self._metric: event.score, "seconds": event.seconds}, step=event.epoch)

    def on_trial_end(self, event: TrialEnded) -> None:
        """Write the trial's final score and state, and end its run."""
        if run := self._runs.pop(event.number, None):
            run.summary.update({f"final_{self._metric}": event.value, "state": event.state})
            run.finish(exit_code=int(event.state in ("failed", "interrupted")))

    def on_search_end(self, event: SearchEnded) -> None:
        """End the runs of trials that did not end."""
        for run in self._runs.values():
            run.finish(exit_code=1)
        self._runs.clear()
