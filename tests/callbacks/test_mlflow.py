import sys
from pathlib import Path

import pytest
from search_events import follow

from kagglebot.callbacks.mlflow import MLflow
from kagglebot.errors import UsageError


@pytest.fixture(autouse=True)
def _no_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("chosen", [None, "environment", "argument"])
def test_mlflow_reads_what_was_written(
    chosen: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = tmp_path / "study"
    uri = f"sqlite:///{study}/mlflow/mlflow.db" if chosen is None else f"sqlite:///{tmp_path}/other.db"
    if chosen == "environment":
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    follow(MLflow(uri if chosen == "argument" else None), study)
    from mlflow import MlflowClient

    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name("digits/cnn")
    assert experiment is not None
    if chosen is None:
        assert experiment.artifact_location == (study / "mlflow" / "artifacts").as_uri()
        assert [path.name for path in tmp_path.iterdir()] == ["study"]  # and nothing where the search was started
    runs = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    assert sorted(runs) == ["trial 0", "trial 1", "trial 3"]
    first, pruned, left = runs["trial 0"], runs["trial 1"], runs["trial 3"]
    assert first.data.params == {"filters": "8", "optimizer": "adam", "flip": "True"}
    history = client.get_metric_history(first.info.run_id, "accuracy")
    assert [(each.step, each.value) for each in history] == [(1, 0.5), (2, 0.75)]
    assert first.data.metrics == {"accuracy": 0.75, "seconds": 3.0, "final_accuracy": 0.75}
    assert (first.info.status, first.data.tags["state"]) == ("FINISHED", "complete")
    assert (pruned.info.status, pruned.data.tags["state"]) == ("FINISHED", "pruned")
    assert left.info.status == "KILLED"


def test_a_second_search_of_the_study_adds_to_the_experiment(tmp_path: Path) -> None:
    follow(MLflow(), tmp_path)
    follow(MLflow(), tmp_path)
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{tmp_path}/mlflow/mlflow.db")
    experiment = client.get_experiment_by_name("digits/cnn")
    assert experiment is not None and len(client.search_runs([experiment.experiment_id])) == 6


def test_a_missing_package_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow.tracking", None)
    with pytest.raises(UsageError, match="mlflow cannot be imported") as caught:
        MLflow()
    assert caught.value.hint == "Run: pip install 'kagglebot[mlflow]'"
