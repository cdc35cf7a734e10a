"""No credential is ever printed or written: every command, every server fault, every source of credentials."""

import base64
import json
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import typer
from practice_server import point_at

from kagglebot.cli.main import app, run
from kagglebot.kaggle import retry
from kagglebot.practice import Faults, PracticeServer, write_competition
from kagglebot.submission import upload_once

NAME = "digits-practice"
CANARY = "canary-5d21c7"
USER = "someone"
#: As they go over the wire, and the piece that is left of a canary cut in two.
SECRETS = (CANARY.encode(), base64.b64encode(f"{USER}:{CANARY}".encode()), base64.b64encode(CANARY.encode())[:-4])
STUDY = 'family = "mlp"\n[space]\nunits_1 = { low = 8, high = 16 }\n[fixed]\nlayers = 1\nepochs = 1\n'

#: What makes a command do most; one that is not here runs as it is.
ARGUMENTS: dict[str, tuple[Sequence[str], ...]] = {
    "fetch": ((NAME, "--force"),),
    "tune": (("tiny", "--trials", "1", "--jobs", "1"), ("nothing-by-that-name",)),
    "train": (("tiny", "--best"), ("tiny", "--trial", "9")),
    "submit": (("--file", "out.csv", "--no-wait"), ("tiny", "--best")),
    "export": (("tiny", "--best"),),
    "studies": (("tiny",), ()),
}
COMMANDS = sorted(typer.main.get_command(app).commands, key=[*ARGUMENTS, *"~"].__contains__, reverse=True)
#: What trains, and a server of its own: Kaggle's answers are not for them.
OFFLINE = {"tune", "train", "export", "demo", "dashboard", "proxy", "report", "compare", "init"}
#: Commands that go on for longer than this many seconds are interrupted: that is one way to end, too.
SECONDS = {"demo": 3.0, "dashboard": 3.0, "proxy": 3.0}
LONGEST_SECONDS = 60.0

FAULTS: dict[str, Any] = {
    **{fault.name: 99 if fault.type is int else True for fault in fields(Faults) if fault.type in (int, bool)},
    "retry_after": "3600",
    "refusal": f"Denied to {USER} with {CANARY}, {SECRETS[1].decode()}. " + "a " * 138 + CANARY,
    "refusal_status": 400,
    "scoring_error": "Evaluation Exception",
    "stalled": frozenset({"ListCompetitions", "GetCompetition", "ListSubmissions", "GetLeaderboard"}),
    "methods": frozenset({"IntrospectToken"}),
    "pending_polls": 1,
    "page_size": 1,
    "unanswered": {"GetCompetition": 1, "ListKernels": 1, "CreateSubmission": 1},
}
#: Faults that no file's submission meets: tests/submission/notebooks has them.
OF_NOTEBOOKS = {
    "crashing_runs",
    "failed_datasets",
    "failing_reruns",
    "failing_runs",
    "gpu_seconds_used",
    "late_logs",
    "lost_inputs",
    "output_pages",
    "processing_polls",
    "push_error",
    "stale_statuses",
}
#: Faults that show only beside another.
BESIDE = {
    "cut_after_bytes": "cut_downloads",
    "storage_successes": "storage_errors",
    "retry_after": "too_many_requests",
    "too_many_requests": "retry_after",
    "refusal_status": "refusal",
    "nested_errors": "refusal",
    "methods": "unauthorised",
}


def by_variable(home: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("KAGGLE_API_TOKEN", CANARY)


def by_path(home: Path, patch: pytest.MonkeyPatch) -> None:
    (home / "token.txt").write_text(CANARY)
    patch.setenv("KAGGLE_API_TOKEN", str(home / "token.txt"))


def by_token_file(home: Path, patch: pytest.MonkeyPatch) -> None:
    (home / ".kaggle" / "access_token").write_text(CANARY)


def by_key(home: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("KAGGLE_USERNAME", USER)
    patch.setenv("KAGGLE_KEY", CANARY)


def by_json(home: Path, patch: pytest.MonkeyPatch) -> None:
    (home / ".kaggle" / "kaggle.json").write_text(json.dumps({"username": USER, "key": CANARY}))


FORMS = (by_variable, by_path, by_token_file, by_key, by_json)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeServer]:
    competition = replace(write_competition(tmp_path_factory.mktemp("served")), max_daily_submissions=999)
    with PracticeServer([competition]) as server:
        yield server


@pytest.fixture
def home(server: PracticeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where credentials may lie; everything else that is written goes elsewhere below ``tmp_path``."""
    home = tmp_path / "home"
    (home / ".kaggle").mkdir(parents=True)
    for name in ("work/studies", "temporary"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "work" / "studies" / "tiny.toml").write_text(STUDY)
    point_at(server, monkeypatch)
    for name in ("KAGGLE_API_TOKEN", "KAGGLE_CONFIG_DIR"):
        monkeypatch.delenv(name)
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))
    for name in ("VERBOSE", "VERBOSE_OUTPUT"):  # the client's own words for telling everything
        monkeypatch.setenv(name, "true")
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(retry, "RetryPolicy", partial(retry.RetryPolicy, first_wait_seconds=0.001))
    monkeypatch.setattr(upload_once, "_LIST_PAUSES", (0.001,))
    monkeypatch.chdir(tmp_path / "work")
    yield home
    vars(server.faults).update(vars(Faults()))


@contextmanager
def interrupted_after(seconds: float) -> Iterator[None]:
    """Do what Ctrl-C does, should it take so long."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds, 5)  # again, as Python drops what a finaliser raises
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture
def kagglebot(home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., int]:
    """Run a command with ``--debug``, which shows more than any other run would; nobody sees the canary."""

    def kagglebot(*command: str, seconds: float = LONGEST_SECONDS) -> int:
        try:
            with interrupted_after(seconds):
                code = run(["--debug", *command])
        except KeyboardInterrupt:  # it came just before the command began, or just after its end
            code = 130
        said = capfd.readouterr()
        assert "inside kagglebot" not in said.err, said.err
        assert code in (0, 1, 2, 130), said.err
        unseen(f"what {command} says", (said.out + said.err).encode())
        return code

    return kagglebot


def unseen(where: str, content: bytes) -> None:
    for secret in SECRETS:
        assert secret not in content, f"{secret!r} in {where}"


def nothing_kept(folder: Path, home: Path) -> None:
    """No file, and no name of one, holds the canary, but those that the user keeps it in."""
    for path in folder.rglob("*"):
        unseen(str(path), str(path).encode())
        if path.is_file() and home not in path.parents:
            unseen(str(path), path.read_bytes())


def write_answers(number: int) -> None:
    """A file to submit that was never submitted before."""
    rows = "".join(f"{row},{number // 10 ** (row % 2) % 10}\n" for row in range(1, 598))
    Path("out.csv").write_text(f"ImageId,Label\n{rows}")


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="POSIX signals")
def test_no_command_shows_or_keeps_a_credential(
    server: PracticeServer,
    home: Path,
    tmp_path: Path,
    kagglebot: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for form in FORMS:
        form(home, monkeypatch)  # all at once: wherever a credential could be picked up, there is one
    (home / ".kaggle" / "credentials.json").write_text(json.dumps({"refresh_token": CANARY, "username": USER}))
    write_answers(0)
    done = {}
    for name in COMMANDS:
        for arguments in ARGUMENTS.get(name, ((),)):
            done[name, *arguments] = kagglebot(name, *arguments, seconds=SECONDS.get(name, LONGEST_SECONDS))
        kagglebot(name, "--no-such-option", CANARY.upper())
        nothing_kept(tmp_path, home)
    assert {name for name, *_ in done} == set(COMMANDS)
    assert all(done[name, *arguments[0]] == 0 for name, arguments in ARGUMENTS.items()), done
    assert server.leaked_credentials == 0


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="POSIX signals")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # an interrupt in a finaliser
@pytest.mark.parametrize("fault", sorted({field.name for field in fields(Faults)} - OF_NOTEBOOKS))
def test_no_fault_brings_a_credential_to_light(
    fault: str,
    server: PracticeServer,
    home: Path,
    tmp_path: Path,
    kagglebot: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    number = sorted(FAULTS).index(fault)
    FORMS[number % len(FORMS)](home, monkeypatch)
    assert kagglebot("fetch", NAME) == 0
    write_answers(number + 1)
    server.calls.clear()
    for name in COMMANDS:
        if name not in OFFLINE:
            for each in (fault, BESIDE.get(fault, fault)):
                setattr(server.faults, each, FAULTS[each])
            kagglebot(name, *ARGUMENTS.get(name, ((),))[0], seconds=0.5 if fault == "stalled" else 5)
    assert server.calls
    nothing_kept(tmp_path, home)
    assert server.leaked_credentials == 0


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("KAGGLE_API_TOKEN", f"{CANARY}\nX-Other: {CANARY}"),
        ("KAGGLE_API_TOKEN", f"{CANARY}\u2713"),
        ("KAGGLE_API_TOKEN", CANARY * 400),
        ("KAGGLE_API_TOKEN", f"{CANARY}/{CANARY}"),
        (".kaggle/access_token", f"{CANARY}\r\n{CANARY}\x00\x01"),
        (".kaggle/kaggle.json", f'{{"username": "{USER}", "key": "{CANARY}'),
        (".kaggle/kaggle.json", f'["{CANARY}"]'),
        (".kaggle/kaggle.json", f'{{"username": "{CANARY}"}}'),
        (".kaggle/kaggle.json", f'{{"username": "{USER}", "key": ["{CANARY}"]}}'),
        (".kaggle/kaggle.json", f'{{"username": "{USER}", "key": "{CANARY}\\n\\u2713"}}'),
    ],
)
def test_credentials_that_are_none_are_not_shown_either(
    name: str,
    content: str,
    home: Path,
    tmp_path: Path,
    kagglebot: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if name.startswith("."):
        (home / name).write_text(content, encoding="utf-8")
    else:
        monkeypatch.setenv(name, content)
    for command in (("competitions",), ("fetch", NAME), ("doctor",)):
        kagglebot(*command)
    nothing_kept(tmp_path, home)
