"""``kagglebot train``: one trial's settings, fitted on all rows."""

from typing import Any

import typer

from kagglebot.cli.console import Screen
from kagglebot.cli.failures import kept
from kagglebot.cli.options import BestOption, CompetitionOption, JsonOption, Session, StudyName, TrialOption
from kagglebot.cli.options import one_model as _one_model


def train(
    context: typer.Context,
    *,
    study: StudyName = None,
    best: BestOption = False,
    trial: TrialOption = None,
    competition: CompetitionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Retrain a trial's settings on all rows and keep the model.

    Without a study it takes the best complete trial of all studies of the competition and says which.
    It trains for as many epochs as validation chose. A model that is already there is not trained again.

    Examples:
      $ kagglebot train --best
      $ kagglebot train cnn --trial 12
    """
    _one_model(best=best, trial=trial)
    session = context.ensure_object(Session)
    with Screen(as_json=as_json) as screen:
        with (
            kept("No half-trained model was kept; the study is as it was.", "Run the same command again."),
            screen.progress() as progress,
        ):
            model = session.workspace().train(study, competition=competition, trial=trial, progress=progress)
        from kagglebot.report.model import describe_model

        document: dict[str, Any] = {
            "competition": model.competition,
            "study": model.study,
            "trial": model.trial,
            "validation_score": model.validation_score,
            "metric": model.metric,
            "epochs": model.epochs,
            "seconds": model.seconds,
            "reused": model.reused,
            "path": str(model.path),
        }
        screen.result(describe_model(model), document)
        screen.next_step(f"kagglebot submit {model.study} --trial {model.trial}")
