"""A net too slow for the time left: a sampled one is skipped, an enqueued one runs again later."""

import time
from pathlib import Path

import numpy as np
import optuna
import pytest
from optuna.trial import TrialState
from trial_context import trial_context

from kagglebot.datasets.dataset import load_dataset
from kagglebot.metrics.registry import get_metric
from kagglebot.search.trial.objective import run_trial
from kagglebot.search.trial.outcome import TrialOutcome
from kagglebot.search.trial.study_splits import make_splits
from kagglebot.study_config.load import parse_definition

TEXT = 'family = "cnn"\n[fixed]\nblocks = 1\nepochs = 5000\n[space]\nfilters = { low = 4, high = 8 }\n'


@pytest.mark.parametrize(
    ("enqueued", "outcome", "waiting"), [(False, TrialOutcome.SKIPPED, 0), (True, TrialOutcome.INTERRUPTED, 1)]
)
def test_a_drawn_net_is_skipped_and_an_enqueued_one_waits(
    enqueued: bool, outcome: TrialOutcome, waiting: int, digits_data: Path, tmp_path: Path
) -> None:
    definition = parse_definition(TEXT.encode(), Path("mine.toml"), "mine")
    dataset = load_dataset(digits_data)
    study = optuna.create_study(direction="maximize")
    study.tell(study.ask(), 0.9)  # the first one would only be shortened
    if enqueued:
        study.enqueue_trial({"filters": 4})
    context = trial_context(
        tmp_path,
        study,
        "accuracy",
        make_splits(definition, np.asarray(dataset.train_labels), get_metric("accuracy")),
        definition=definition,
        dataset=dataset,
        deadline=time.time() + 20,
    )
    assert run_trial(context, study.ask()) is outcome
    assert study.trials[1].state == TrialState.FAIL
    assert len(study.get_trials(states=(TrialState.WAITING,))) == waiting
