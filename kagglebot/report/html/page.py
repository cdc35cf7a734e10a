"""The page: template, style, scripts and data in one file that uses no network.

The template escapes all names and messages, and the page's Content Security Policy allows only the scripts whose
hashes this module puts into it.
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

from kagglebot.analysis.marginals import DEPTH, LENGTH, WIDTH
from kagglebot.analysis.study_analysis import StudyAnalysis
from kagglebot.report import formatting
from kagglebot.report.findings import findings
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
from kagglebot.system.files.atomic_write import atomic_write
from kagglebot.version import __version__

#: Number of the worst mistakes whose images are shown.
PICTURES = 24

if TYPE_CHECKING:
    from kagglebot.submission.ledger import LedgerEntry


def write_page(
    path: Path, analysis: StudyAnalysis, entries: "Sequence[LedgerEntry]", images: Sequence[NDArray[np.uint8]] = ()
) -> None:
    """Write a study's page, completely or not at all; see ``render``.

    Raises:
        DataError: The disk refused.
    """
    with atomic_write(path) as temporary:
        temporary.write_text(render(analysis, entries, images), encoding="utf-8", newline="\n")


def render(
    analysis: StudyAnalysis, entries: "Sequence[LedgerEntry]", images: Sequence[NDArray[np.uint8]] = ()
) -> str:
    """Return a study's page as HTML.

    Args:
        analysis: The analysis of the study.
        entries: What was submitted of it, oldest first.
        images: ``(height, width, channels)`` uint8 each, of the worst mistakes that are shown.
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
    environment = Environment(
        loader=PackageLoader("kagglebot.report.html", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        trials=lambda number: formatting.count(number, "trial"),
        number="{:,}".format,
        score=formatting.score,
        setting=formatting.setting,
        minute=formatting.minute,
    )
    return environment.get_template("template.html").render(
        policy=Markup(_policy(theme, script, library)),
        style=Markup(_part("style.css")),
        theme_script=Markup(theme),
        script=Markup(script),
        plotly=Markup(_packed() if figures else ""),
        drawn={figure.id: figure.to_json() for figure in (*figures, *slices)},
        summary=summary,
        analysis=analysis,
        lead=sections.lead(summary),
        tiles=sections.tiles(analysis),
        findings=list(findings(analysis)) if summary.best else [("Best trial", "No trial is complete yet.")],
        best=sections.best_trial(summary),
        marginals=[each for each in analysis.marginals if each.name in {*DEPTH, *WIDTH, *LENGTH}],
        sections=[
            (id, name)
            for id, name, there in (
                ("summary", "Summary", True),
                ("best", "Best trial", summary.best),
                ("plots", "Plots", figures),
                ("trials", "Trials", True),
                ("mistakes", "Mistakes", summary.best),
                ("submissions", "Submissions", True),
                ("rebuild", "Reproduce", summary.best),
            )
            if there
        ],
        figures=figures,
        slices=slices,
        trials=list_trials(summary),
        confusion=show_mistakes(analysis.confusion, images) if analysis.confusion else None,
        kept=formatting.kept_predictions(summary.measure, summary.best) if summary.best else "",
        submissions=entries,
        rebuild=sections.rebuild(summary),
        footer=f"Written by kagglebot {__version__} on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC.",
    )


def _policy(*scripts: str) -> str:
    """Return a policy that allows these scripts and the page's own style and images, and no network."""
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
    """Return plotly.js from the Python package."""
    return (resources.files("plotly") / "package_data" / "plotly.min.js").read_text(encoding="utf-8")


@cache
def _packed() -> str:
    """Return plotly.js compressed, as text: a third of its size."""
    return base64.b64encode(gzip.compress(_plotly().encode(), 9, mtime=0)).decode()
