"""Trials in PostgreSQL, SQLite, the journal and behind a proxy: many processes, no password printed."""

import multiprocessing
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import optuna
import pytest
from example_definition import parse
from optuna.trial import TrialState
from postgres import Postgres

from kagglebot.analysis.load import read_summary
from kagglebot.errors import StudyError
from kagglebot.metrics.registry import get_metric
from kagglebot.paths import RECORD, StudyLocation
from kagglebot.search import tune
from kagglebot.search.storage.grpc_proxy import serve
from kagglebot.search.storage.journal import load_study, open_storage
from kagglebot.search.storage.optuna_study import ask, open_study
from kagglebot.search.storage.rdb import open_url, storage_errors
from kagglebot.search.workers import heartbeat
from kagglebot.search.workers.heartbeat import HeartbeatMonitor
from kagglebot.search.workers.stale_trials import close_stale_trials
from kagglebot.system.storage_url import masked, shown

TEXT = """\
family = "mlp"
[space]
units_1 = { low = 8, high = 64 }
learning_rate = { low = 1e-4, high = 1e-2, log = true }
[fixed]
layers = 1
epochs = 2
[sampler]
name = "random"
[[trials]]
units_1 = 20
learning_rate = 1e-3
"""
EACH = 3


@pytest.fixture(params=["journal", "sqlite", "postgresql", "proxy"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str | None]:
    match request.param:
        case "journal":
            yield None
        case "sqlite":
            yield f"sqlite:///{tmp_path}/study.db"
        case "postgresql":
            yield request.getfixturevalue("postgres_server").new_database()
        case "proxy":
            server, port = serve(open_storage(tmp_path / "behind"), "127.0.0.1", 0)
            yield f"grpc://127.0.0.1:{port}"
            server.stop(grace=None)


def take_trials(location: StudyLocation, count: int) -> None:
    """What a worker does to the storage, without the training."""
    definition = parse(TEXT)
    study, _ = open_study(location, definition, get_metric("accuracy"))
    for _ in range(count):
        trial = ask(study, definition, 0, {})
        for name, dimension in definition.space.items():
            trial._suggest(name, dimension.distribution())
        for epoch in (1, 2):
            trial.report(0.5, epoch)
            trial.should_prune()
        study.tell(trial, 0.5)


def test_processes_that_find_no_study_share_one_and_lose_no_trial(url: str | None, tmp_path: Path) -> None:
    count = 4 if url else 8  # the journal is what two terminals share
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["optuna.storages", "kagglebot.search.storage.optuna_study"])
    # Each from a folder of its own, as on so many machines, where the storage is not the folder's.
    places = [StudyLocation("digits", "mine", tmp_path / (str(i) if url else "one"), url) for i in range(count)]
    for location in places:
        location.folder.mkdir(exist_ok=True)
    processes = [context.Process(target=take_trials, args=(location, EACH)) for location in places]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * count
    study = load_study(open_storage(places[0].folder, url), "digits/mine")
    assert study is not None
    trials = study.get_trials()
    assert sorted(trial.number for trial in trials) == list(range(len(trials)))
    complete = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    assert len(complete) == count * EACH
    assert all(trial.intermediate_values == {1: 0.5, 2: 0.5} for trial in complete)
    drawn = [(trial.params["units_1"], trial.params["learning_rate"]) for trial in complete]
    given = (20, 1e-3)
    assert given in drawn
    assert len({params for params in drawn if params != given}) == len(drawn) - drawn.count(given)


def pop_all(folder: Path, url: str | None, together: Any, popped: Any) -> None:
    """Take waiting trials for as long as there are any, at the same time as others do."""
    study = load_study(open_storage(folder, url), "digits/mine")
    assert study is not None
    together.wait(60)
    taken = []
    while (number := study._pop_waiting_trial_id()) is not None:
        taken.append(number)
    popped.put(taken)


def test_a_trial_that_waits_is_taken_by_one_process_alone(url: str | None, tmp_path: Path) -> None:
    count, waiting = 4, 20
    study = optuna.create_study(storage=open_storage(tmp_path, url), study_name="digits/mine")
    for number in range(waiting):
        study.enqueue_trial({"units_1": number})
    context = multiprocessing.get_context("forkserver")
    together, popped = context.Barrier(count), context.Queue()
    processes = [context.Process(target=pop_all, args=(tmp_path, url, together, popped)) for _ in range(count)]
    for process in processes:
        process.start()
    taken = [number for _ in processes for number in popped.get(timeout=120)]
    for process in processes:
        process.join()
    assert len(taken) == len(set(taken)) == waiting


ELSEWHERE = """
import sys, time
from pathlib import Path
from kagglebot.metrics.registry import get_metric
from kagglebot.study_config.load import parse_definition
from kagglebot.callbacks.events import TrialStarted
from kagglebot.search.workers.heartbeat import Heartbeat, host_id
from kagglebot.study_config.space import suggest
from kagglebot.search.storage.attributes import RUN
from kagglebot.search.storage.optuna_study import ask, open_study
from kagglebot.paths import RECORD, StudyLocation

text, folder, url = sys.argv[1:]
definition = parse_definition(text.encode(), Path("mine.toml"), "mine")
location = StudyLocation("digits", "mine", Path(folder), url)
location.folder.mkdir()
study, _ = open_study(location, definition, get_metric("accuracy"))
trial = ask(study, definition, 0, {})
suggest(trial, definition.space, definition.defaults(), {})
trial.set_user_attr(RUN, {"lock": "elsewhere.lock", "home": host_id(location.folder), "seed": 1})
Heartbeat(study, 0.1).on_trial_start(TrialStarted(trial.number, 0, trial.params, 1))
print("running", flush=True)
time.sleep(600)
"""


def test_a_trial_whose_worker_died_on_another_machine_runs_again_once(
    postgres_server: Postgres, digits_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "GRACE_SECONDS", 1.0)
    url = postgres_server.new_database()
    command = [sys.executable, "-c", ELSEWHERE, TEXT, str(tmp_path / "elsewhere"), url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None and worker.stdout.readline() == "running\n"
        location = StudyLocation("digits", "mine", tmp_path / "here", url)
        location.folder.mkdir()
        study, _ = open_study(location, parse(TEXT), get_metric("accuracy"))
        heartbeats = HeartbeatMonitor()
        for _ in range(15):  # it lives, for longer than the time after which a silent one is dead
            assert close_stale_trials(study, location, heartbeats) == {}
            time.sleep(0.1)
        worker.send_signal(signal.SIGKILL)
    while not (dead := close_stale_trials(study, location, heartbeats)):
        time.sleep(0.1)
    assert dead == {0: True}
    tune.tune(location, parse(TEXT), digits_data, trials=1, timeout_seconds=None, jobs=1)
    summary = read_summary(location, rows=1200)
    assert [trial.state for trial in summary.trials] == ["interrupted", "complete"]
    assert (
        dict(summary.trials[0].params) == dict(summary.trials[1].params) == {"units_1": 20, "learning_rate": 1e-3}
    )
    assert "sends no more heartbeats" in summary.trials[0].reason
    assert close_stale_trials(study, location, heartbeats) == {}
    assert (location.folder / RECORD).is_file()
    # What was written down, here and in the database, holds no password.
    secret = postgres_server.password.encode()
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and secret in path.read_bytes()]
    with postgres_server.connect(url.rpartition("/")[2]) as connection:
        for table in ("trial_user_attributes", "study_user_attributes", "study_system_attributes"):
            rows = connection.execute(f"SELECT value_json FROM {table}").fetchall()
            assert secret not in repr(rows).encode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("canary", "wrong"), "password authentication failed"),
        (("+psycopg", "+nosuchdriver"), "no driver"),
        (("/d", "/none"), "does not exist"),
        (("@127.0.0.1", "@127.0.0.1:x"), "not a database URL"),
        (("postgresql+psycopg", "grpc"), "No storage proxy answers"),
    ],
)
def test_what_is_wrong_with_a_url_is_said_without_its_password(
    change: tuple[str, str], words: str, postgres_server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kagglebot.search.storage.grpc_proxy.READY_SECONDS", 1)
    url = postgres_server.url("d").replace(*change)
    with pytest.raises(StudyError, match=words) as caught:
        open_url(url)
    told = caught.value.message + caught.value.hint
    assert "secret" not in told
    assert caught.value.hint
    if change[1] == "wrong":
        assert "PGPASSWORD, ~/.pgpass" in caught.value.hint


def test_a_password_is_taken_out_of_a_url_and_of_what_others_say() -> None:
    url = "postgresql+psycopg://me:p%40ss@host/db?sslpassword=other"
    assert shown(url) == "postgresql+psycopg://me:***@host/db?sslpassword=hidden"
    assert masked("no p@ss, no p%40ss, no other", url) == "no ***, no ***, no ***"
    assert "p%40ss" not in repr(StudyLocation("digits", "mine", Path(), url))
    assert "pw" not in shown("rubbish with pw")


def test_a_database_that_goes_away_is_an_error_without_a_traceback(
    postgres_server: Postgres, tmp_path: Path
) -> None:
    url = postgres_server.new_database()
    location = StudyLocation("digits", "mine", tmp_path, url)
    open_study(location, parse(TEXT), get_metric("accuracy"))
    with postgres_server.connect() as connection:
        connection.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")
    with pytest.raises(StudyError, match="does not exist") as caught:
        read_summary(location, rows=10)
    assert postgres_server.password not in caught.value.message


def test_without_the_server_the_reason_is_told() -> None:
    from postgres import NoPostgres, find_program

    with pytest.raises(NoPostgres, match="nosuchprogram is not installed"):
        find_program("nosuchprogram")


def test_an_sqlite_file_that_is_deleted_meanwhile_is_named(tmp_path: Path) -> None:
    location = StudyLocation("digits", "mine", tmp_path / "study", f"sqlite:///{tmp_path}/study.db")
    take_trials(location, 1)
    with pytest.raises(StudyError, match=r"the file was deleted or moved\.$"), storage_errors(location.url):
        study, _ = open_study(location, parse(TEXT), get_metric("accuracy"))
        (tmp_path / "study.db").unlink()
        study.ask()
        study.ask()


@pytest.mark.parametrize(
    ("url", "match", "hint"),
    [
        ("sqlite://", "is in memory", "sqlite:///study.db"),
        ("sqlite:///:memory:", "is in memory", "sqlite:///study.db"),
        ("postgres://me@host/db", "no driver", "postgresql\\+psycopg"),
        ("trials.journal", "not a database URL", "sqlite:///study.db"),
        ("sqlite:////nowhere/study.db", "unable to open", "Check /nowhere/study.db and its disk"),
        ("sqlite:////nowhere/study.db", "as the folder /nowhere does not exist", "Check /nowhere/study.db"),
        ("redis://x", "no driver for the storage redis://x", "SQLite, PostgreSQL or MySQL .* grpc://host:13000"),
    ],
)
def test_odd_urls_are_refused_with_what_would_work(url: str, match: str, hint: str) -> None:
    with pytest.raises(StudyError, match=match) as caught:
        open_url(url)
    assert re.search(hint, caught.value.hint)
