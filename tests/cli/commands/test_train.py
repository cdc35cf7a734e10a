from pathlib import Path

import pytest

from kagglebot.cli.commands.submit import submission_document
from kagglebot.cli.commands.train import _model_document
from kagglebot.cli.main import run
from kagglebot.retraining.records import TrainedModel
from kagglebot.submission.records import Submitted


def test_the_documents_of_train_and_submit_have_their_keys_and_no_others() -> None:
    model = TrainedModel("digits", "cnn", 3, 0.9, "accuracy", Path("m.keras"), 4, 1.0, False)
    assert " ".join(sorted(_model_document(model))) == (
        "adjustment competition differences epochs fold how metric note path rebuilt reused sealed_error "
        "sealed_rows sealed_score seconds study threads trial tta validation_score"
    )
    submitted = Submitted("digits", "cnn", Path("s.csv"), 9, 0.9, None, "pending", 7, "accuracy")
    assert " ".join(sorted(submission_document(submitted))) == (
        "competition file how label left_out metric model new notebook optimism public_score rebuilt ref rows "
        "sealed_error sealed_rows sealed_score single_score status study validation_score"
    )


def test_the_machine_is_for_kaggle(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "--accelerator", "gpu"]) == 2
    assert "--accelerator is for --on kaggle" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--now", "--from-scratch"], "--now trains nothing"),
        (["--now", "--file", "a.csv"], "--file submits a file as it is"),
    ],
)
def test_what_trains_nothing_takes_no_training(
    options: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["submit", *options]) == 2
    assert sentence in capsys.readouterr().err
