"""The name of the metric: the card's, or that on the page on the evaluation."""

import re
from contextlib import suppress

from kagglebot.errors import DataError, KaggleError
from kagglebot.kaggle.client import KaggleClient
from kagglebot.metrics.registry import match_metric, nearest_metric
from kagglebot.system.progress import ProgressCallback

#: On the page: what stands after "Submissions are evaluated on the", without the signs of Markdown and HTML.
_SCORED_BY = re.compile(
    r"(?:evaluated|scored|judged)\b[^.\n]{0,40}?\b(?:on|by|using|with)(?: the| a)? ([^.,;:()\n]{3,80})",
    re.IGNORECASE,
)
_LINK, _SIGNS = re.compile(r"\[([^\]]*)\]\([^)]*\)"), re.compile(r"<[^>]*>|[*_`]")


def ask_metric(client: KaggleClient, competition: str, on_progress: ProgressCallback) -> str:
    """Return Kaggle's name of the metric: the card's, or else the one that its page on the evaluation names.

    The page counts where the card names none that is known here; what it says goes to ``on_progress``.

    Raises:
        KaggleError: Kaggle refused, or cannot be reached.
    """
    named = client.competition(competition).metric
    if _is_known(named) or nearest_metric(named):
        return named
    page = ""
    with suppress(KaggleError):
        page = client.evaluation_page(competition)
    sentences = _SIGNS.sub("", _LINK.sub(r"\1", page))
    found = next(
        (each[1].strip() for each in _SCORED_BY.finditer(sentences) if _is_known(each[1], known=False)), ""
    )
    if found:
        on_progress(f"{competition} is scored by {found!r}, says its page on the evaluation", 0, None)
    return found or named


def _is_known(kaggle_name: str, *, known: bool = True) -> bool:
    """Return whether a metric is called so; ``known`` where it is out of scope, which is refused later."""
    try:
        return match_metric(kaggle_name, "") is not None
    except DataError:
        return known
