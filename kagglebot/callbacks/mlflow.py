"""MLflow: an experiment for each study, with a run for each trial."""

import logging
import os
from typing import Any

from kagglebot.callbacks.callback import Callback
from kagglebot.callbacks.events import EpochEnded, SearchEnded, SearchStarted, TrialEnded, TrialStarted
from kagglebot.system.plugins import import_extra

_STATUS = {"failed": "FAILED", "interrupted": "KILLED"}


class MLflow(Callback):
    """Writes each trial as an MLflow run: parameters, score and seconds of every epoch, final score, state.

    The experiment is named ``COMPETITION/STUDY``. Look at runs in the study's folder with
    ``mlflow ui --backend-store-uri sqlite:///FOLDER/mlflow/mlflow.db``.

    Args:
        tracking_uri: The MLflow server or database; without, ``MLFLOW_TRACKING_URI`` of the environment, else a
            database in the folder ``mlflow`` of the study's folder.

    Raises:
        UsageError: MLflow is not installed.
    """

    def __init__(self, tracking_uri: str | None = None) -> None:
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # no network without need
        self._tracking = import_extra("mlflow.tracking", "mlflow")
        logging.getLogger("mlflow").setLevel(logging.WARNING)  # its notes would go through the live table
        self._uri = tracking_uri or os.environ.get("MLFLOW_TRACKING_URI")
        self._client: Any = None
        self._experiment = self._metric = ""
        self._runs: dict[int, str] = {}

    def on_search_start(self, event: SearchStarted) -> None:
        """Open the experiment, or make it."""
        artifacts = None
        if self._uri is None:
            folder = (event.folder / "mlflow").absolute()
            folder.mkdir(parents=True, exist_ok=True)
            self._uri, artifacts = f"sqlite:///{folder / 'mlflow.db'}", (folder / "artifacts").as_uri()
        self._metric = event.metric.name
        self._client = self._tracking.MlflowClient(self._uri)
        name = f"{event.competition}/{event.study}"
        found = self._client.get_experiment_by_name(name)
        self._experiment = found.experiment_id if found else self._client.create_experiment(name, artifacts)

    def on_trial_start(self, event: TrialStarted) -> None:
        """Start a run, and write its parameters."""
        run = self._client.create_run(self._experiment, run_name=f"trial {event.number}").info.run_id
        self._runs[event.number] = run
        for name, value in event.params.items():
            self._client.log_param(run, name, value)

    def on_epoch_end(self, event: EpochEnded) -> None:
        """Write the epoch's score and seconds."""
        if run := self._runs.get(event.number):
            self._client.log_metric(run, self._metric, event.score, step=event.epoch)
            self._client.log_metric(run, "seconds", event.seconds, step=event.epoch)

    def on_trial_end(self, event: TrialEnded) -> None:
        """Write the trial's final score and state, and end its run."""
        if run := self._runs.pop(event.number, None):
            if event.value is not None:
                self._client.log_metric(run, f"final_{self._metric}", event.value)
            self._client.set_tag(run, "state", event.state)
            self._client.set_terminated(run, _STATUS.get(event.state, "FINISHED"))

    def on_search_end(self, event: SearchEnded) -> None:
        """End the runs of trials that did not end."""
        for run in self._runs.values():
            self._client.set_terminated(run, "KILLED")
        self._runs.clear()
