"""The page's text: complete, small enough, and with outside text escaped."""

import json
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from kagglebot.analysis.build_analysis import build_analysis
from kagglebot.analysis.confusion import Confusion, Mistake
from kagglebot.analysis.study_summary import StudySummary
from kagglebot.analysis.trial_result import TrialResult
from kagglebot.cli.main import run
from kagglebot.report.html.page import render
from kagglebot.report.html.trials import MOST_ROWS
from kagglebot.study_config.sections import Validation
from kagglebot.submission.ledger import LedgerEntry

if TYPE_CHECKING:
    from chromium import Browser

HOSTILE = """<script>window.hacked=1</script><img src="https://evil.example/x" onerror="window.hacked=1">'"}}"""
#: Elements that no closing tag follows.
_VOID = {"meta", "img", "br", "link", "hr", "input"}


class Outline(HTMLParser):
    """What is in a page: its elements with their attributes, its text without scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        assert self._open == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] not in ("script", "style"):
            self.text += data

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag in tags]


def draw(summary: StudySummary, entries: tuple[LedgerEntry, ...] = ()) -> Outline:
    return Outline(render(build_analysis(summary), entries))


def cells(html: str, location: int) -> list[str]:
    """The texts of a column of the table of trials."""
    body = html.partition('id="table"')[2].partition("<tbody>")[2].partition("</tbody>")[0]
    rows = [re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row) for row in body.split("</tr>")[:-1]]
    return [row[location] for row in rows]


def test_the_page_has_all_its_sections(summary: StudySummary) -> None:
    best = summary.best
    assert best is not None
    made_with = {
        "versions": {"python": "3.11.7", "tensorflow": "2.20.0"},
        "threads": 2,
        "digest": "0123456789abcdef",
    }
    trials = tuple(replace(each, made_with=made_with) if each is best else each for each in summary.trials)
    entry = LedgerEntry(
        summary.competition,
        "a.csv",
        "",
        study="cnn",
        model="trial 4",
        validation_score=0.9912,
        public_score=0.9876,
    )
    page = draw(replace(summary, trials=trials), (entry,))
    for part in (
        "Best trial",
        "Significant",
        "Importances",
        "Pruning",
        f"kagglebot train cnn --trial {best.number} --from-scratch --competition digit-recognizer",
        "pip install tensorflow==2.20.0",
        "3.11.7",
        "0123456789ab…",
        "0.9912",
        "0.9876",
        "1 trial: loss is not a number",
        "Learning curves",
    ):
        assert part in page.text, part


def test_landmarks_headings_and_labels_for_screen_readers(summary: StudySummary) -> None:
    page = draw(summary)
    tags = Counter(tag for tag, _ in page.elements)
    assert tags["main"] == tags["h1"] == tags["nav"] == 1 and tags["header"] and tags["footer"]
    marginals = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(marginals))
    ids = [attributes["id"] for _, attributes in page.elements if attributes.get("id")]
    assert len(ids) == len(set(ids))
    for attributes in page.all("a"):
        assert (attributes["href"] or "").removeprefix("#") in ids
    assert all(attributes.get("scope") for attributes in page.all("th"))
    plots = [attributes for attributes in page.all("div") if attributes.get("class") == "plot"]
    assert plots and all(each["role"] == "img" and each["aria-label"] for each in plots)
    assert len(page.all("figcaption")) == len(page.all("figure"))


def test_no_link_or_source_points_outside(summary: StudySummary) -> None:
    page = draw(summary)
    pointing = [
        value for _, attributes in page.elements for name, value in attributes.items() if name in ("src", "href")
    ]
    assert all((value or "").startswith(("#", "data:")) for value in pointing)
    (policy,) = [each["content"] or "" for each in page.all("meta") if "http-equiv" in each]
    assert policy.startswith("default-src 'none';")
    assert not re.search(r"https?:|connect-src|'self'|\*", policy)


@pytest.mark.parametrize("trials", [0, 1, 2])
def test_a_study_of_few_trials(summary: StudySummary, trials: int) -> None:
    page = draw(replace(summary, trials=summary.trials[:trials], importances={}))
    assert ("No trial is complete yet." in page.text) == (trials == 0)
    assert ("Reproduce" in page.text) == (trials > 0)


def test_only_failures(summary: StudySummary) -> None:
    page = draw(replace(summary, trials=summary.trials[16:], importances={}))
    assert "No trial is complete yet." in page.text
    assert "loss is not a number" in page.text


def test_lower_is_better_for_a_loss(losses: StudySummary, summary: StudySummary) -> None:
    html = render(build_analysis(losses), ())
    scores = [float(score) for score in cells(html, 1) if score != "-"]
    assert scores == sorted(scores) and len(scores) == losses.complete
    assert 'aria-sort="ascending" class="number"><button type="button">Log loss' in html
    best = re.findall(r'<tr data-state="complete" class="best">\s*<th[^>]*>(\d+)<', html)
    assert losses.best is not None and best == [str(losses.best.number)]
    figures = json.loads(html.split('id="figures">')[1].split("</script>")[0])
    (leading,) = [trace["y"] for trace in figures["history"]["traces"] if trace["name"] == "Best Value"]
    leading = [score for score in leading if score is not None]
    assert leading and leading == sorted(leading, reverse=True)
    low, high = figures["history"]["layout"]["yaxis"]["range"]
    assert losses.best.value is not None and low < losses.best.value < high


def test_thousands_of_trials_stay_under_five_megabytes(summary: StudySummary) -> None:
    def trial(number: int) -> TrialResult:
        like = summary.trials[number % 12]
        curve = tuple(score - number / 1e6 for score in (*like.curve, *like.curve, *like.curve))
        value = None if like.value is None else max(curve)
        return replace(like, number=number, curve=curve, value=value, reason="behind the others after epoch 3")

    many = replace(summary, trials=tuple(trial(number) for number in range(5000)))
    html = render(build_analysis(many), ())
    assert len(html.encode()) < 5_000_000
    assert len(cells(html, 0)) == MOST_ROWS
    assert f"The best {MOST_ROWS:,} of 5,000 trials" in html


def hostile(summary: StudySummary) -> str:
    """A page on which all that comes from outside tries to be more than text."""
    best = summary.best
    assert best is not None
    trials = tuple(
        replace(
            trial,
            reason=HOSTILE,
            params={**trial.params, HOSTILE: (HOSTILE, "b")[trial.number % 2]},
            settings={**trial.params, "note": HOSTILE},
            made_with={"versions": {"python": HOSTILE, HOSTILE: HOSTILE}, "platform": HOSTILE},
        )
        for trial in summary.trials
    )
    confusion = Confusion(best.number, (HOSTILE, "7"), np.array([[3, 1], [0, 4]]), (Mistake(5, 0, 1, 0.9, 0.1),))
    entry = LedgerEntry(HOSTILE, "a.csv", "", model=HOSTILE, message=HOSTILE, error=HOSTILE)
    named = replace(
        summary,
        study=HOSTILE,
        competition=HOSTILE,
        family=HOSTILE,
        validation=HOSTILE,
        trials=trials,
        importances={HOSTILE: 0.6, "learning_rate": 0.4},
    )
    image = np.arange(8 * 8 * 3, dtype=np.uint8).reshape(8, 8, 3)
    return render(build_analysis(named, confusion=confusion), (entry,), [image])


def test_text_from_outside_is_escaped(summary: StudySummary) -> None:
    html = hostile(summary)
    assert HOSTILE not in html
    page = Outline(html)
    assert page.text.count(HOSTILE) > 20
    assert [attributes["src"][:22] for attributes in page.all("img") if attributes["src"]] == [
        "data:image/png;base64,"
    ]
    # Two of the page's own, its data, the packed library: and no other.
    assert [each.get("id") for each in page.all("script")] == [None, "figures", "plotly", None]
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]


def test_outside_text_runs_nothing_in_a_browser(summary: StudySummary, browser: "Browser", tmp_path: Path) -> None:
    path = tmp_path / "hostile.html"
    path.write_text(hostile(summary), encoding="utf-8")
    browser.open(path.as_uri())
    browser.until("document.documentElement.dataset.plots === 'ready'")
    for figure in browser.ask("return [...document.querySelectorAll('.plot')].map((each) => each.id)"):
        browser.ask("document.getElementById(arguments[0]).scrollIntoView()", figure)
        browser.until(f"document.getElementById('{figure}').querySelector('.main-svg')")
    assert browser.ask("return window.hacked") is None
    assert browser.complaints() == []
    assert [each for each in browser.requests() if not each.startswith(("file:", "data:", "blob:"))] == []
    # What was let in all the same could not run: the policy knows no such script.
    browser.ask(
        "const s = document.createElement('script'); s.textContent = 'window.hacked = 2'; document.body.append(s)"
    )
    assert browser.ask("return window.hacked") is None
    browser.ask("new Image().src = 'http://127.0.0.1:9/x'")
    assert any("Content Security Policy" in each for each in browser.complaints())


def test_the_command_prints_the_path_of_the_page(
    studied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "made" / "here.html"
    command = ["--workspace", str(studied), "report", "net", "--output", str(path)]
    assert run([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"file": str(path), "bytes": path.stat().st_size}
    page = Outline(path.read_text(encoding="utf-8"))
    assert len(page.all("img")) > 3 and all(each["alt"] for each in page.all("img"))
    assert 'class="matrix"' in path.read_text(encoding="utf-8")
    path.write_text("the one before")
    path.parent.chmod(0o755)
    assert run([*command[:-1], str(path / "below.html")]) == 1
    assert "Could not write" in capsys.readouterr().err
    assert path.read_text() == "the one before"


def test_a_study_without_trials_is_refused(studied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--workspace", str(studied), "report", "seed-mlp"]) == 1
    assert "has no trials" in capsys.readouterr().err


def test_the_page_says_by_what_whole_groups_were_held_out(summary: StudySummary) -> None:
    grouped = replace(summary, group="patient_id", validation=Validation().text("patient_id"))
    assert "(20% of the rows held out, stratified, whole groups by patient_id, seed 42)" in draw(grouped).text
