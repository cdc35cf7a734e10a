"""The command ``kagglebot train``."""

from typing import TYPE_CHECKING, Any

import typer

from kagglebot.cli.console import Screen
from kagglebot.cli.error_output import on_interrupt
from kagglebot.cli.options import (
    AcceleratorOption,
    FromScratchOption,
    JsonOption,
    ModelOptions,
    PlaceOption,
    Session,
    ThreadsOption,
    check_place,
    with_options,
)

_HERE = ("Finished models are saved; an unfinished one is not.", "Run the same command again.")
_ON_KAGGLE = (
    "The training goes on on Kaggle, if it had begun there.",
    "Run the same command again: it waits on, and brings the models home; nothing is made twice.",
)

if TYPE_CHECKING:
    from kagglebot.retraining.records import TrainedEnsemble, TrainedModel


@with_options
def train(
    context: typer.Context,
    *,
    selected: ModelOptions,
    from_scratch: FromScratchOption = False,
    threads: ThreadsOption = None,
    on: PlaceOption = "here",
    accelerator: AcceleratorOption = "none",
    as_json: JsonOption = False,
) -> None:
    """Retrain a trial on all rows and save the model.

    Without a study it uses the best complete trial of all studies of the competition, and prints which.
    A model that exists already is not trained again.

    The net of the trial is continued from its checkpoint, on all rows, for a fifth more epochs. If the trial
    has none, if it was made with other versions, or if training takes less than half a minute anyway, the
    model is trained from nothing, for the number of epochs that validation found best; --from-scratch asks
    for that.

    Where the study's definition asks for several nets (`nets` under [final]), the best trial gets partners: trials
    with which its mean predicts best, and whose models are soon made. --trial N trains one model alone.

    Where trials have folds and the definition says `folds = "average"` under [final], the nets of the folds are
    averaged as they are, and nothing is trained; also with --ensemble.

    With --ensemble it chooses the trials that predict best together, by their out-of-fold predictions; a trial
    selected twice is trained with two seeds, the second from nothing. Models are trained in parallel, one per
    core.

    From nothing it needs only the study's trials and the fetched data, and reports where versions, threads or
    data differ from the trial's. With --threads 1, the same versions and the same kind of processor, the
    weights are the same to the bit.

    With --on kaggle the trials go to Kaggle in a private dataset, a private notebook trains there, and the models
    come back into the study's folder, as if they were trained here; what is made is listed first. Ctrl-C leaves it
    running: run the same command again to go on from wherever it is.

    Examples:
      $ kagglebot train --best
      $ kagglebot train cnn --trial 12
      $ kagglebot train cnn --trial 12 --from-scratch
      $ kagglebot train cnn --trial 12 --threads 1
      $ kagglebot train --best --ensemble 5
      $ kagglebot train --best --on kaggle --accelerator gpu
    """
    check_place(on, accelerator=accelerator != "none")
    interrupted = _ON_KAGGLE if on == "kaggle" else _HERE
    with Screen(as_json=as_json) as screen:
        workspace = context.ensure_object(Session).workspace(selected.storage)
        with (
            on_interrupt(*interrupted),
            screen.progress() as on_progress,
        ):
            wanted: dict[str, Any] = {
                "study": selected.study,
                "competition": selected.competition,
                "threads": threads,
                "from_scratch": from_scratch,
                "on": on,
                "gpu": accelerator == "gpu",
                "on_progress": on_progress,
            }
            trained: Any
            if selected.ensemble is not None:
                trained = workspace.train_ensemble(selected.ensemble, **wanted)
            elif selected.trial is not None or selected.cheaper:
                trained = workspace.train(trial=selected.trial, cheaper=selected.cheaper, **wanted)
            else:
                trained = workspace.train_best(**wanted)
        from kagglebot.report.terminal.models import describe_ensemble, describe_model
        from kagglebot.retraining.records import TrainedModel

        option = workspace.competition_option(trained.competition)
        if isinstance(trained, TrainedModel):
            screen.result(describe_model(trained), _model_document(trained))
            screen.next_step(f"kagglebot submit {trained.study} --trial {trained.trial}{option}")
        else:
            screen.result(describe_ensemble(trained), _ensemble_document(trained))
            which = "--best" if selected.ensemble is None else f"--ensemble {selected.ensemble}"
            screen.next_step(f"kagglebot submit {trained.study} {which}{option}")


def _model_document(model: "TrainedModel") -> dict[str, Any]:
    return {name: value for name, value in vars(model).items() if name not in ("seed", "why")}


def _ensemble_document(together: "TrainedEnsemble") -> dict[str, Any]:
    return {
        "competition": together.competition,
        "study": together.study,
        **together.to_json(),
        "validation_score": together.validation_score,
        "single_score": together.single_score,
        "scores": list(together.scores),
        "metric": together.metric,
        "reused": together.reused,
        "left_out": list(together.left_out),
        "notes": list(together.notes),
        "differences": list(together.differences),
    }
