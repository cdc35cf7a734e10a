"""Every `kagglebot …` line in README and docs is an existing command; the long tests run all of them.

The blocks of a page run in order, in a new workspace, against the practice server, with at most one trial. A
comment before a block replaces its commands, or excludes it with a reason:

    <!-- tested: kagglebot init --yes -->        run this instead, one command per line
    <!-- tested: not, it needs a cluster -->
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer
from practice_forms import write_form
from practice_server import serving

from kagglebot.cli.main import app, run
from kagglebot.practice.competition import write_competition

ROOT = Path(__file__).parents[2]
REFERENCE = sorted((ROOT / "docs" / "commands").glob("*.md"))
PROSE = [ROOT / "README.md", *sorted({*(ROOT / "docs").rglob("*.md")} - {*REFERENCE})]
#: These ask questions, make their own workspace, serve until stopped, or need other machines; others test them.
ELSEWHERE = {"init", "demo", "dashboard", "proxy", "--cluster", "--storage", "--on"}
_BLOCK = re.compile(
    r"(?:<!-- tested: (?P<instead>[^>]*?)\s*-->\s*)?"
    r"(?:^```(?P<kind>\w*)\n(?P<fenced>.*?)^```|(?P<indented>(?:^ {4,}[^\n]*\n(?:\n(?= {4}))?)+))",
    re.MULTILINE | re.DOTALL,
)
_LINE = re.compile(r"^\s*(?:\$ )?(kagglebot(?: .*)?)$")
_CUTS = [(r"--trials \d+", "--trials 1"), (r"--timeout \d+", "--trials 1"), (r"--ensemble \d+", "--ensemble 2")]
#: A small replacement for the shipped default that trains in seconds.
_QUICK = """\
family = "cnn"
[space]
filters = { low = 4, high = 32, step = 4 }
kernel = { choices = [3, 5] }
[fixed]
blocks = 2
epochs = 2
"""


@dataclass(frozen=True)
class Block:
    """A block of a page, with the comment before it that replaces or excludes its commands."""

    text: str
    kind: str = ""
    instead: str = ""

    @property
    def commands(self) -> list[list[str]]:
        """Arguments of its kagglebot lines, without trailing comments."""
        if self.kind == "text":
            return []
        found = filter(None, map(_LINE.match, self.text.splitlines()))
        return [shlex.split(re.split(r" {2,}| > ", match[1])[0], comments=True)[1:] for match in found]

    @property
    def to_run(self) -> list[list[str]]:
        if self.instead.startswith("not"):
            return []
        if self.instead:
            return Block(self.instead).commands
        text = self.text
        for pattern, cut in _CUTS:
            text = re.sub(pattern, cut, text)
        return [each for each in Block(text, self.kind).commands if ELSEWHERE.isdisjoint(each)]


def blocks(page: Path) -> list[Block]:
    found = _BLOCK.finditer(page.read_text())
    return [
        Block(each["fenced"] or each["indented"] or "", each["kind"] or "", each["instead"] or "")
        for each in found
    ]


def parse(arguments: list[str]) -> None:
    """Parse the arguments of a command; in prose, the name alone is enough."""
    program = typer.main.get_command(app)
    with program.make_context("kagglebot", list(arguments)) as context:
        name, command, rest = program.resolve_command(context, [*context._protected_args, *context.args])
        if rest:
            command.make_context(name, rest, parent=context)


@pytest.mark.parametrize("page", [*PROSE, *REFERENCE], ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_a_page_shows_exists(page: Path) -> None:
    inline = re.findall(r"`(kagglebot [a-z][^`]*)`", page.read_text().replace("\n", " "))
    for block in [*blocks(page), *map(Block, inline)]:
        for arguments in block.commands:
            if "--help" not in arguments:
                parse(arguments)


def test_the_pages_of_the_commands_are_up_to_date() -> None:
    check = [sys.executable, str(ROOT / "docs" / "commands.py"), "--check"]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("page", [*PROSE, *REFERENCE], ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty workspace with a quick default study, and a server of the competitions that the pages fetch."""
    served = tmp_path / "served"
    competitions = [
        write_competition(served, name="digit-recognizer"),
        write_form(served, "wide", name="dog-breed-identification"),
    ]
    folder = tmp_path / "workspace"
    downloads = Path.home() / "Downloads"
    downloads.mkdir()
    shutil.copyfile(competitions[0].archive, downloads / "digit-recognizer.zip")
    (folder / "studies").mkdir(parents=True)
    (folder / "studies" / "cnn.toml").write_text(_QUICK)
    with serving(monkeypatch, *competitions):
        monkeypatch.chdir(folder)
        yield folder


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("page", PROSE, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_commands_of_a_page_work(page: Path, workspace: Path, capfd: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    for block in blocks(page):
        if block.kind == "python":
            exec(block.text, names)
        for arguments in block.to_run:
            assert run(arguments) == 0, (shlex.join(arguments), capfd.readouterr().err)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_the_examples_in_the_help_work(workspace: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Path("kagglebot.toml").write_text('competition = "digit-recognizer"\n')
    assert run(["fetch"]) == 0
    for study in ("cnn", "seed-cnn2", "seed-cnn3"):
        Path("studies", f"{study}.toml").write_text(_QUICK)
        assert run(["tune", study, "--trials", "1"]) == 0
    sample = workspace / "data" / "digit-recognizer" / "files" / "sample_submission.csv"
    Path("predictions.csv").write_bytes(sample.read_bytes())
    for page in REFERENCE:
        for block in blocks(page):
            for arguments in block.to_run:
                line = re.sub(r"--trial \d+", "--trial 0", shlex.join(arguments))
                assert run(shlex.split(line)) == 0, (line, capfd.readouterr().err)


@pytest.mark.long
def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", str(ROOT / "docs"), str(tmp_path)]
    known = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(build, capture_output=True, text=True, check=False, env=known)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "tutorial.html").is_file()
