"""The page itself: template, style, scripts and data in one file that needs no network and may use none.

Names and reasons that come from outside are escaped by the template, and a policy in the page lets no script run
but those that this module knows by their hash.
"""

import base64
import gzip
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kagglebot.analysis.study_analysis import StudyAnalysis
from kagglebot.report import formatting
from kagglebot.report.html import sections
from kagglebot.report.html.confusion import show_mistakes
from kagglebot.report.html.parameter_plots import (
    draw_contour,
    draw_importances,
    draw_parallel_coordinates,
    draw_slices,
)
from kagglebot.report.html.search_plots import draw_history, draw_learning
from kagglebot.report.html.trials import list_trials
from kagglebot.report.terminal.study.findings import answers
from kagglebot.system.files import atomic_write
from kagglebot.version import __version__

if TYPE_CHECKING:
    from kagglebot.submission.ledger import LedgerEntry


def write_page(
    path: Path, analysis: StudyAnalysis, entries: "Sequence[LedgerEntry]", images: Sequence[NDArray[np.uint8]] = ()
) -> None:
    """Write a study's page, whole or not at all; see ``render``.

    Raises:
        DataError: The disk refused.
    """
    with atomic_write(path) as temporary:
        temporary.write_text(render(analysis, entries, images), encoding="utf-8", newline="\n")


def render(
    analysis: StudyAnalysis, entries: "Sequence[LedgerEntry]", images: Sequence[NDArray[np.uint8]] = ()
) -> str:
    """Give a study's page as HTML.

    Args:
        analysis: The study, understood.
        entries: What was submitted of it, oldest first.
        images: ``(height, width, channels)`` each, those of the worst mistakes that are to be shown.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    summary = analysis.summary
    drawn = (
        draw_history(summary),
        draw_importances(summary),
        draw_learning(summary, analysis.typical_pruned),
        draw_contour(summary),
        draw_parallel_coordinates(summary),
    )
    figures, slices = [figure for figure in drawn if figure is not None], draw_slices(summary)
    library = _plotly() if figures else ""
    theme, script = _part("theme.js"), _part("script.js")
    wrong = None if analysis.confusion is None else show_mistakes(analysis.confusion, images)
    environment = Environment(
        loader=PackageLoader("kagglebot.report.html", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["trials"] = lambda number: formatting.count(number, "trial")
    return environment.get_template("template.html").render(
        policy=Markup(_policy(theme, script, library)),
        style=Markup(_part("style.css")),
        theme_script=Markup(theme),
        script=Markup(script),
        plotly=Markup(_packed() if figures else ""),
        drawn={figure.id: figure.to_json() for figure in (*figures, *slices)},
        study=summary.study,
        competition=summary.competition,
        lead=sections.lead(summary),
        tiles=sections.tiles(analysis),
        answers=list(answers(analysis)) if summary.best else [("What won?", "No trial is complete yet.")],
        failures=analysis.failures,
        recommendations=analysis.recommendations,
        best=sections.best_trial(analysis),
        groups=sections.groups(analysis),
        sections=[
            (id, name)
            for id, name, there in (
                ("summary", "In short", True),
                ("best", "Best trial", summary.best),
                ("plots", "Plots", figures),
                ("trials", "Trials", True),
                ("mistakes", "Mistakes", summary.best),
                ("submissions", "Submissions", True),
                ("rebuild", "Build it again", summary.best),
            )
            if there
        ],
        figures=figures,
        slices=slices,
        trials=list_trials(summary),
        confusion=wrong,
        no_mistakes=analysis.no_mistakes,
        submissions=sections.submissions(entries),
        rebuild=sections.rebuild(summary),
        footer=f"Written by kagglebot {__version__} on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC.",
    )


def _policy(*scripts: str) -> str:
    """Let these scripts run and the page's own style and images show; nothing goes to any network."""
    hashes = " ".join(f"'sha256-{_hash(text)}'" for text in scripts if text)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; "
        f"base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _part(name: str) -> str:
    return (resources.files("kagglebot.report.html") / name).read_text(encoding="utf-8")


@cache
def _plotly() -> str:
    """Give plotly.js, as the Python package carries it."""
    # A file of the package and no import of it, which would take longer than all the rest of the page.
    return (resources.files("plotly") / "package_data" / "plotly.min.js").read_text(encoding="utf-8")


@cache
def _packed() -> str:
    """Give the same compressed, as text: a third of its size."""
    return base64.b64encode(gzip.compress(_plotly().encode(), 9, mtime=0)).decode()
