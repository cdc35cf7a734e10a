"""The whole job on the practice competition, with the real client and real workers."""

from dataclasses import replace
from pathlib import Path

import pytest
from optuna.trial import TrialState

from kagglebot.datasets.schema import save_schema
from kagglebot.errors import DataError, KagglebotError, StudyError, SubmissionError, UsageError
from kagglebot.metrics.registry import get_metric
from kagglebot.practice.server import PracticeServer
from kagglebot.search.storage.attributes import RUN
from kagglebot.search.storage.optuna_study import finish, open_study
from kagglebot.study_config.load import load_definition
from kagglebot.submission import upload_once
from kagglebot.workspace import Workspace

QUICK = """\
family = "dense"
[space]
units_1 = { low = 16, high = 64 }
[fixed]
layers = 1
epochs = 3
batch_size = 32
[[trials]]
units_1 = 64
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    root = tmp_path / "workspace"
    (root / "studies").mkdir(parents=True)
    (root / "studies" / "quick.toml").write_text(QUICK)
    return Workspace(root)


def test_from_fetch_to_a_score_and_nothing_twice(
    server: PracticeServer, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert workspace.fetch("digits-practice").downloaded
    assert not workspace.fetch("digits-practice").downloaded
    workspace.tune("quick", trials=1)

    open_to_files = server.competitions["digits-practice"]
    server.competitions["digits-practice"] = replace(open_to_files, submissions_disabled=True)
    with pytest.raises(SubmissionError, match="takes no submissions") as caught:
        workspace.submit()
    assert "--dry-run" in caught.value.hint
    assert not (workspace.root / "studies" / "digits-practice" / "quick" / "models").exists()  # asked first
    server.competitions["digits-practice"] = open_to_files

    dry = workspace.submit(dry_run=True)
    assert (dry.status, dry.public_score, len(server.submissions)) == ("dry-run", None, 0)

    # The day's only submission, cut off at the end: that the allowance is used up must not hide that it arrived.
    server.competitions["digits-practice"] = replace(open_to_files, max_daily_submissions=1)
    server.faults.lost_answers, server.faults.late_lists = 1, len(upload_once._LIST_PAUSES)
    monkeypatch.setattr(upload_once, "_LIST_PAUSES", (0.0,) * len(upload_once._LIST_PAUSES))
    with pytest.raises(SubmissionError, match="did not confirm"):
        workspace.submit()
    first = workspace.submit()
    server.competitions["digits-practice"] = open_to_files
    assert not first.new and first.status == "complete"
    assert first.public_score is not None and first.public_score > 0.5
    assert first.model == {"trial": 0} and first.study == "quick" and first.rows == 597
    assert "quick trial 0" in server.submissions[0].description

    model = workspace.train("quick")
    assert model.reused
    second = workspace.submit()
    assert not second.new
    assert (second.ref, second.public_score) == (first.ref, first.public_score)
    assert len(server.submissions) == 1
    workspace.submit(again=True)
    assert len(server.submissions) == 2
    entries = workspace.submission_records()
    assert {entry.public_score for entry in entries} == {first.public_score}
    assert entries[0].validation_score == first.validation_score

    early = workspace.submit("quick", now=True)  # the trial's net as it is, which is another model
    assert early.label == "checkpoint of trial 0"
    assert early.new and early.how.startswith("the checkpoint of trial 0 as it is")
    assert early.public_score is not None and early.public_score > 0.5
    assert "quick checkpoint of trial 0" in server.submissions[2].description
    assert not workspace.submit("quick", now=True).new

    log = (workspace.root / "studies" / "digits-practice" / "quick" / "kagglebot.log").read_text()
    for happened in ("tune quick, 1 trial: begins", "trial 0: complete", "train trial 0: done", "did not confirm"):
        assert happened in log
    assert f"submission {first.ref}: complete" in log
    assert server.token not in log and "Traceback" not in log


def keep_trial(workspace: Workspace, study: str, metric: str, value: float) -> None:
    """Write a study with one complete trial, as a search leaves it."""
    text = 'family = "mlp"\n[fixed]\nlayers = 1\nunits_1 = 8\nepochs = 1\n'
    (workspace.root / "studies" / f"{study}.toml").write_text(text)
    definition = load_definition(workspace.root, study)
    stored, _ = open_study(workspace.location("digits-practice", study), definition, get_metric(metric))
    trial = stored.ask()
    trial.set_user_attr(RUN, {"settings": definition.settings({}), "seed": 0})
    result = {"state": "complete", "best_epoch": 1, "planned": 1, "curve": [value]}
    finish(stored, trial.number, TrialState.COMPLETE, value, result=result)


def test_the_best_over_all_studies_is_the_lowest_loss_and_never_of_another_metric(
    server: PracticeServer, workspace: Workspace
) -> None:
    schema = workspace.fetch("digits-practice").schema
    data = workspace.data("digits-practice")
    for study, metric, value in (
        ("poor", "log_loss", 2.3),
        ("good", "log_loss", 0.05),
        ("fair", "log_loss", 0.4),
        ("older", "accuracy", 0.01),
        ("newer", "accuracy", 0.99),
    ):
        keep_trial(workspace, study, metric, value)
    save_schema(data, replace(schema, metric="log_loss"))
    model = workspace.train()
    assert (model.study, model.metric, model.validation_score) == ("good", "log_loss", 0.05)
    assert {each.study: each.metric for each in workspace.studies()}["newer"] == "accuracy"
    save_schema(data, replace(schema, metric="accuracy"))
    assert workspace.train().study == "newer"
    save_schema(data, replace(schema, metric="auc"))
    with pytest.raises(StudyError, match="scored by AUC is complete yet"):
        workspace.train()
    with pytest.raises(StudyError, match="scored by log loss, and digits-practice is now scored by AUC"):
        workspace.tune("good", trials=1)


def test_what_a_study_searches_may_hang_on_the_metric_and_be_kept_to_a_part(
    server: PracticeServer, workspace: Workspace
) -> None:
    text = """
family = "mlp"
[fixed]
layers = 1
epochs = 2
[space]
units_1 = { low = 4, high = 8 }
learning_rate = { choices = [1e-3, 1e-2], when = { metric = "accuracy" } }
batch_size = { choices = [64, 128], when = { imbalance = ">= 1.5" } }
optimizer = { choices = ["adam", "sgd"], when = { background = "< 0.2" } }
patience = { choices = [5, 10], when = { background = ">= 0.2" } }
"""  # the digits are in equal numbers, on black
    for name in ("counted", "weighed"):
        (workspace.root / "studies" / f"{name}.toml").write_text(text)
    workspace.fetch("digits-practice")
    (counted,) = workspace.tune("counted", trials=1, jobs=1, fix=["units_1=5"]).trials
    assert set(counted.params) == {"units_1", "learning_rate", "optimizer"} and counted.params["units_1"] == 5
    with pytest.raises(UsageError, match="kernel"):
        workspace.tune("counted", trials=1, restrict=["kernel=3"])
    workspace.fetch("digits-practice", choices={"metric": "macro_f1"})
    assert set(workspace.tune("weighed", trials=1, jobs=1).trials[0].params) == {"units_1", "optimizer"}
    with pytest.raises(UsageError, match="learning_rate"):
        workspace.tune("weighed", trials=1, fix=["learning_rate=1e-2"])


def test_a_model_goes_on_from_the_checkpoint_unless_threads_or_nothing_to_begin_with_are_asked_for(
    server: PracticeServer, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kagglebot.retraining.making._SHORT", 0.0)  # else it is as soon trained from nothing
    workspace.fetch("digits-practice")
    workspace.tune("quick", trials=1, jobs=1)
    assert workspace.train("quick").how == "continued from trial 0's checkpoint, 1 more epoch on all rows"
    assert workspace.train("quick", threads=1).how == "trained from nothing on all rows"
    assert workspace.train("quick").reused  # however it was made
    (workspace.root / "studies" / "digits-practice" / "quick" / "models" / "trial-0.keras").unlink()
    assert workspace.train("quick").how.startswith("continued")
    assert workspace.train("quick", from_scratch=True).how == "trained from nothing on all rows"


def test_a_lost_answer_is_looked_up_and_the_file_sent_once(server: PracticeServer, workspace: Workspace) -> None:
    workspace.fetch("digits-practice")
    sample = workspace.data("digits-practice") / "files" / "sample_submission.csv"
    server.faults.lost_answers = 1
    sent = workspace.submit(file=sample)
    assert sent.new and sent.status == "complete"
    assert not workspace.submit(file=sample).new
    assert len(server.submissions) == 1


def test_a_killed_ledger_does_not_make_a_second_submission(server: PracticeServer, workspace: Workspace) -> None:
    """Killed after Kaggle took the file and before anything was written down: the list on Kaggle decides."""
    workspace.fetch("digits-practice")
    sample = workspace.data("digits-practice") / "files" / "sample_submission.csv"
    first = workspace.submit(file=sample)
    for ledger in (workspace.root / "studies").rglob("submissions.jsonl"):
        ledger.unlink()
    again = workspace.submit(file=sample)
    assert not again.new and again.ref == first.ref
    assert len(server.submissions) == 1


def test_a_score_that_is_late_is_picked_up(server: PracticeServer, workspace: Workspace) -> None:
    workspace.fetch("digits-practice")
    server.faults.pending_polls = 2
    sent = workspace.submit(file=workspace.data("digits-practice") / "files" / "sample_submission.csv", wait=False)
    assert (sent.status, sent.public_score) == ("pending", None)
    for _ in range(3):
        (entry,) = workspace.submission_records()
    assert entry.status == "complete" and entry.public_score is not None


def test_a_wrong_file_is_refused_before_any_upload(
    server: PracticeServer, workspace: Workspace, tmp_path: Path
) -> None:
    workspace.fetch("digits-practice")
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("ImageId,Label\n1,11\n")
    with pytest.raises(SubmissionError, match="line 2"):
        workspace.submit(file=wrong)
    assert server.calls["upload"] == 0


@pytest.mark.parametrize(
    ("action", "kind", "hint"),
    [
        (lambda workspace: workspace.tune("quick", trials=1), DataError, "fetch"),
        (lambda workspace: workspace.submit(), DataError, "fetch"),
        (lambda workspace: workspace.fetch("digits-practise"), KagglebotError, "digits-practice"),
        (lambda workspace: workspace.fetch("../evil"), UsageError, "kaggle.com"),
    ],
)
def test_what_comes_too_early_or_mistyped_says_what_to_do(
    server: PracticeServer, workspace: Workspace, action: object, kind: type, hint: str
) -> None:
    with pytest.raises(kind) as caught:
        action(workspace)
    assert hint in caught.value.hint


def test_submit_and_studies_before_tune(server: PracticeServer, workspace: Workspace) -> None:
    workspace.fetch("digits-practice")
    for action in (workspace.submit, lambda: workspace.summary("quick")):
        with pytest.raises(StudyError) as caught:
            action()
        assert "kagglebot tune" in caught.value.hint
    assert workspace.studies() == []


def test_several_competitions_must_be_told_apart(workspace: Workspace) -> None:
    for name in ("one", "two"):
        (workspace.root / "data" / name).mkdir(parents=True)
        (workspace.root / "data" / name / "competition.json").write_text("{}")
    with pytest.raises(UsageError, match="one, two"):
        workspace.competition()
    (workspace.root / "kagglebot.toml").write_text('competition = "two"\n')
    assert Workspace(workspace.root).competition() == "two"
