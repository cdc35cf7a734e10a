"""The command ``kagglebot train``."""

from typing import TYPE_CHECKING, Any

import typer

from kagglebot.cli.console import Screen
from kagglebot.cli.error_output import on_interrupt
from kagglebot.cli.options import JsonOption, ModelOptions, Session, ThreadsOption, with_options

if TYPE_CHECKING:
    from kagglebot.retraining.records import TrainedEnsemble, TrainedModel


@with_options
def train(
    context: typer.Context, *, selected: ModelOptions, threads: ThreadsOption = None, as_json: JsonOption = False
) -> None:
    """Retrain a trial on all rows and save the model.

    Without a study it uses the best complete trial of all studies of the competition, and prints which. It
    trains for the number of epochs that validation found best. A model that exists already is not trained
    again.

    With --ensemble it chooses the trials that predict best together, by their out-of-fold predictions; a trial
    selected twice is trained with two seeds. Models are trained in parallel, one per core.

    It needs only the study's trials and the fetched data, and reports where versions, threads or data differ
    from the trial's. With --threads 1, the same versions and the same kind of processor, the weights are the
    same to the bit.

    Examples:
      $ kagglebot train --best
      $ kagglebot train cnn --trial 12
      $ kagglebot train cnn --trial 12 --threads 1
      $ kagglebot train --best --ensemble 5
    """
    with Screen(as_json=as_json) as screen:
        workspace = context.ensure_object(Session).workspace(selected.storage)
        with (
            on_interrupt("Finished models are saved; an unfinished one is not.", "Run the same command again."),
            screen.progress() as on_progress,
        ):
            study, competition = selected.study, selected.competition
            if selected.ensemble is not None:
                together = workspace.train_ensemble(
                    selected.ensemble, study, competition=competition, threads=threads, on_progress=on_progress
                )
            else:
                model = workspace.train(
                    study, competition=competition, trial=selected.trial, threads=threads, on_progress=on_progress
                )
        from kagglebot.report.terminal.models import describe_ensemble, describe_model

        if selected.ensemble is not None:
            screen.result(describe_ensemble(together), _ensemble_document(together))
            screen.next_step(f"kagglebot submit {together.study} --ensemble {selected.ensemble}")
        else:
            screen.result(describe_model(model), _model_document(model))
            screen.next_step(f"kagglebot submit {model.study} --trial {model.trial}")


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
        "differences": list(together.differences),
    }
