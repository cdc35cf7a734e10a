from types import SimpleNamespace
from typing import cast

import pytest

from kagglebot.datasets.fetching.before_download.metric import ask_metric
from kagglebot.errors import KaggleError
from kagglebot.kaggle.client import KaggleClient


@pytest.mark.parametrize(
    ("card", "page", "found"),
    [
        (
            "",
            "Submissions are evaluated on [area under the ROC curve](https://x.org/a) between.",
            "area under the ROC",
        ),
        (
            "Custom",
            "## Evaluation\n\nSubmissions are scored based on the **quadratic weighted kappa**, which",
            "quad",
        ),
        ("Custom", "<p>Submissions are evaluated using the multi-class logarithmic loss.</p>", "multi-class log"),
        ("Custom", "evaluated according to Mean Average Precision @ 5 (MAP@5)", ""),
        ("Custom", "Submissions are evaluated on the root mean squared error.", ""),
        ("Custom", "", ""),
        ("AUC", "Submissions are evaluated on accuracy.", ""),
        ("Weighted AUC", "Submissions are evaluated on accuracy.", ""),
        ("RMSE", "Submissions are evaluated on accuracy.", ""),
    ],
)
def test_the_page_on_the_evaluation_names_a_metric_that_the_card_does_not(
    card: str, page: str, found: str
) -> None:
    class Client:
        def competition(self, name: str) -> object:
            return SimpleNamespace(metric=card)

        def evaluation_page(self, name: str) -> str:
            if not page:
                raise KaggleError("no", "")
            return page

    phases: list[str] = []
    named = ask_metric(cast(KaggleClient, Client()), "x", lambda phase, *_: phases.append(phase))
    assert named.startswith(found) if found else named == card
    assert bool(phases) == bool(found)
