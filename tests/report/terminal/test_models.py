from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from kagglebot.report.terminal.models import describe_ensemble, describe_model
from kagglebot.retraining.records import TrainedEnsemble, TrainedModel

MODEL = TrainedModel(
    "pets",
    "cnn",
    3,
    0.0712,
    "log_loss",
    Path("models/trial-3.keras"),
    epochs=9,
    seconds=61.0,
    reused=True,
    seed=17,
)
ENSEMBLE = TrainedEnsemble(
    "pets",
    "cnn",
    "log_loss",
    (MODEL, replace(MODEL, path=Path("models/trial-3-seed-18.keras"), seed=18, tta=True, reused=False)),
    (0.07, 0.065),
    ("Trial 4 is left out: it is damaged.",),
)


def drawn(block: object) -> str:
    console = Console(width=80)
    with console.capture() as capture:
        console.print(block)
    return capture.get()


@pytest.mark.parametrize(("tta", "told"), [(True, "over views of each image"), (False, "TTA not used")])
def test_a_model_says_whether_tta_is_used(tta: bool, told: str) -> None:
    assert told in " ".join(drawn(describe_model(replace(MODEL, tta=tta))).split())


def test_an_ensemble_shows_its_members_and_both_scores() -> None:
    text = drawn(describe_ensemble(ENSEMBLE))
    assert "Trained 1 model on all rows: ensemble of 2 of cnn for pets" in text
    assert "0.06500 (best single model 0.07000; no row is scored by" in " ".join(text.split())
    assert "used by 1 of 2 models" in text
    assert "trial-3-seed-18.keras" in text and "Trial 4 is left out" in text
    assert max(map(len, text.splitlines())) <= 80


def test_the_nets_of_folds_are_told_from_models_of_all_rows() -> None:
    nets = tuple(replace(MODEL, path=Path(f"models/trial-3-fold-{n + 1}.keras"), fold=n) for n in range(2))
    text = " ".join(
        drawn(describe_ensemble(replace(ENSEMBLE, models=nets, scores=(0.07,), named="folds of trial 3"))).split()
    )
    assert text.startswith("Without any training: folds of trial 3 of cnn for pets")
    assert "0.07000 (each row by the net that did not learn from it)" in text and "trial-3-fold-2.keras" in text


def test_an_ensemble_that_is_already_trained() -> None:
    there = replace(ENSEMBLE, models=(MODEL, MODEL))
    assert drawn(describe_ensemble(there)).startswith("Already trained: ensemble of 2")


def test_differences_from_the_trial_are_listed_once() -> None:
    said = "The trial ran on 1 thread, the model was trained on 8 threads: it may differ a little."
    model = replace(MODEL, differences=(said,))
    for text in (describe_model(model), describe_ensemble(replace(ENSEMBLE, models=(model, model)))):
        assert " ".join(drawn(text).split()).count(said) == 1


def test_the_score_on_sealed_rows_is_shown_with_its_error() -> None:
    model = replace(MODEL, sealed_score=0.0812, sealed_error=0.00634, sealed_rows=60)
    assert "Sealed score 0.08120 ± 0.0063 on 60 rows that" in " ".join(drawn(describe_model(model)).split())
    early = " ".join(drawn(describe_model(replace(model, sealed_error=None))).split())
    assert "Sealed score 0.08120 on 60 rows that" in early
    assert "Sealed" not in drawn(describe_model(MODEL))


def test_the_models_of_an_ensemble_are_scored_on_sealed_rows_one_by_one() -> None:
    assert "Sealed" not in drawn(describe_ensemble(ENSEMBLE))
    scored = [replace(each, sealed_score=0.08, sealed_error=0.0063, sealed_rows=60) for each in ENSEMBLE.models]
    ensemble = replace(ENSEMBLE, models=(scored[0], replace(scored[1], sealed_score=0.07, sealed_error=None)))
    text = drawn(describe_ensemble(ensemble))
    assert "on all rows but the sealed ones: ensemble of 2" in " ".join(text.split())
    assert "0.08000 ± 0.0063" in text and "0.07000 " in text
    assert max(map(len, text.splitlines())) <= 80
    members = ensemble.to_json()["members"]
    assert [(each["sealed_score"], each["sealed_error"]) for each in members] == [(0.08, 0.0063), (0.07, None)]
    assert "Trained on all rows but the sealed" in drawn(describe_model(replace(scored[0], reused=False)))


def test_the_temperature_is_shown() -> None:
    assert "Temperature 0.824" in " ".join(drawn(describe_model(replace(MODEL, adjustment=(0.8241,)))).split())
    assert "Temperature 0.5" in " ".join(drawn(describe_ensemble(replace(ENSEMBLE, adjustment=(0.5,)))).split())
    assert "Temperature" not in drawn(describe_model(MODEL))
