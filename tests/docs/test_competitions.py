"""The table of competitions in docs/competitions.md says what becomes of a tiny copy of each.

After an intended change, run RENEW_COMPETITIONS=1 pytest tests/docs/test_competitions.py; review the difference.
"""

import os
import re
from pathlib import Path
from typing import cast

from competition_files import ImageCompetition
from kaggle_listing import Listing
from mle_bench import FORMS

from kagglebot.datasets.fetch_request import make_request
from kagglebot.datasets.fetching.before_download.look import look_before
from kagglebot.datasets.fetching.ingest import ingest
from kagglebot.datasets.images.formats.image_formats import FORMATS
from kagglebot.datasets.schema import Schema
from kagglebot.errors import DataError
from kagglebot.kaggle.client import KaggleClient

PAGE = Path(__file__).parents[2] / "docs" / "competitions.md"
_ROW = re.compile(r"^\| \[([a-z0-9-]+)\]\([^)]*\) \| .* \|$", re.MULTILINE)
_SUBMISSIONS = {
    "label": "a class",
    "labels": "{} classes, best first",
    "set": "all classes of an image",
    "marks": "0 or 1 a class",
    "probability": "a probability",
    "probabilities": "a probability a class",
}


def _row(name: str, folder: Path) -> str:
    """Return the row of a competition in the table."""
    folder.mkdir()
    files = ImageCompetition(folder)
    FORMS[name].write(files)
    state = "refused before the download"
    try:
        request = make_request(files.data, name, FORMS[name].metric, None)
        look_before(cast(KaggleClient, Listing(files.files)), files.data, request, lambda *_: None)
        state = "refused"
        schema = ingest(files.archive(), files.data, competition=name, metric_name=FORMS[name].metric)
        state = _describe(schema)
    except DataError as error:
        shown = str(error).replace(", ".join(FORMATS), "usual images")
        state += f": {shown}".replace("|", r"\|").rstrip(".")
    address = f"https://www.kaggle.com/competitions/{name}"
    return f"| [{name}]({address}) | {FORMS[name].form} | {FORMS[name].metric} | {state} |"


def _describe(schema: Schema) -> str:
    submission = _SUBMISSIONS.get(schema.prediction_kind, schema.prediction_kind).format(schema.labels_a_row)
    group = f"; groups by {schema.group}" if schema.group else ""
    return f"read: {schema.layout}, {schema.metric}, {submission}{group}"


def test_every_competition_has_the_row_that_its_copy_gives(tmp_path: Path) -> None:
    rows = [_row(name, tmp_path / name) for name in FORMS]
    page = PAGE.read_text(encoding="utf-8")
    shown = list(_ROW.finditer(page))
    if os.environ.get("RENEW_COMPETITIONS"):
        table = "\n".join(rows)
        PAGE.write_text(page[: shown[0].start()] + table + page[shown[-1].end() :], encoding="utf-8")
        return
    assert [match[0] for match in shown] == rows, (
        "Run: RENEW_COMPETITIONS=1 pytest tests/docs/test_competitions.py"
    )
