"""Stale trials that are closed by a process which is killed itself."""

from collections.abc import Callable
from pathlib import Path

# Two trials are stale: one in the middle, one that had not yet suggested its enqueued settings.
_STALE = """
import shutil
from kagglebot.metrics.registry import get_metric
from kagglebot.study_config.load import parse_definition
from kagglebot.paths import StudyLocation
from kagglebot.search.storage.attributes import AGAIN, RUN
from kagglebot.search.storage.optuna_study import open_study
from kagglebot.search.workers.heartbeat import HeartbeatMonitor
from kagglebot.search.workers.stale_trials import close_stale_trials

text = 'family = "cnn"\\n[space]\\nfilters = { low = 4, high = 8 }\\n'
text += "".join(f"[[trials]]\\nfilters = {filters}\\n" for filters in (5, 7))
definition = parse_definition(text.encode(), Path("mine.toml"), "mine")
location = StudyLocation("digits", "mine", folder)

def opened():
    return open_study(location, definition, get_metric("accuracy"))[0]

study = opened()
trial = study.ask()
trial.suggest_int("filters", 4, 8)
trial.set_user_attr(RUN, {"lock": "gone.lock"})
study.ask()
untouched = folder.rename(folder.with_name("untouched"))

def before():
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(untouched, folder)

def after():
    study = opened()
    close_stale_trials(study, location, HeartbeatMonitor())
    trials = study.get_trials()
    assert [trial.state.name for trial in trials] == ["FAIL", "FAIL", "WAITING", "WAITING"], trials
    assert [trial.user_attrs[AGAIN] for trial in trials[2:]] == [0, 1]
    assert [trial.system_attrs["fixed_params"] for trial in trials[2:]] == [{"filters": 5}, {"filters": 7}]

print(kill_at_every_step(before, lambda: close_stale_trials(opened(), location, HeartbeatMonitor()), after))
"""


def test_killed_at_any_step_of_closing_them_dead_trials_wait_once_more_and_once_only(
    tmp_path: Path, killed_everywhere: Callable[..., str]
) -> None:
    assert int(killed_everywhere(_STALE, tmp_path / "study")) > 20
