"""Checks whether Kaggle accepts a submission now: rules, deadline, notebooks only, daily limit."""

from datetime import UTC, datetime

from kagglebot.errors import SubmissionError
from kagglebot.kaggle.client import KaggleClient


def check_preconditions(
    client: KaggleClient, competition: str, *, late: bool = False, by_notebook: bool = False
) -> None:
    """Check that Kaggle accepts a submission to the competition now.

    Args:
        client: The Kaggle client.
        competition: The competition.
        late: Allow one after the deadline; many competitions score those without ranking them.
        by_notebook: It is made by a notebook.

    Raises:
        SubmissionError: The rules are not accepted, submissions are closed or for notebooks only, the deadline is
            over, or the day's allowance is used up.
        KaggleError: Kaggle refused, or cannot be reached.
    """
    card = client.competition(competition)
    if not card.entered:
        raise SubmissionError(
            f"You have not joined {competition}: its rules are not accepted.",
            f"Accept them at {card.rules_url} and run the same command again.",
        )
    if card.submissions_disabled:
        raise SubmissionError(
            f"{competition} takes no submissions.", f"See {card.url}; --dry-run writes the predictions only."
        )
    if card.notebooks_only and not by_notebook:
        raise SubmissionError(
            f"{competition} takes submissions from Kaggle notebooks only, and no files.",
            f"Run `kagglebot submit --best --competition {competition}`: it submits a model by a notebook.",
        )
    if card.deadline is not None and card.deadline < datetime.now(UTC) and not late:
        raise SubmissionError(
            f"{competition} ended on {card.deadline:%Y-%m-%d}.",
            f"If {card.url} says that late submissions are scored, add --late; --dry-run writes the file only.",
        )
    allowance = client.allowance(competition)
    if allowance.allowed_now <= 0:
        raise SubmissionError(
            f"Today's allowance for {competition} is used up ({allowance.today} submissions).",
            "Run the same command again after midnight UTC; models that are trained are kept.",
        )
