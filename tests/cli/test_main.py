import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kagglebot.cli.error_output import explain
from kagglebot.cli.main import COMMANDS, run
from kagglebot.version import __version__


def test_version(capsys):
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"kagglebot {__version__}\n"


@pytest.mark.parametrize("command", [command.__name__ for command in COMMANDS])
def test_each_help_is_a_page_with_an_example_that_fits_80_columns(command, capsys):
    assert run([command, "--help"]) == 0
    page = capsys.readouterr().out
    assert "Examples:\n    $ kagglebot " in page
    assert max(len(line) for line in page.splitlines()) <= 80


def test_the_commands_are_listed_with_whole_sentences(capsys):
    assert run(["--help"]) == 0
    listed = capsys.readouterr().out.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed] == [command.__name__ for command in COMMANDS]
    assert all(line.endswith(".") and not line.endswith("...") for line in listed)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["tun"], "error: No such command 'tun'. Did you mean 'tune'?\n"),
        (["tune", "--trials", "0"], "error: Invalid value for '--trials'"),
        (["tune", "--trials", "many"], "error: Invalid value for '--trials'"),
        (["tune", "--on", "mars"], "error: Invalid value for '--on': 'mars' is not one of 'here', 'kaggle'.\n"),
        (["submit", "--best", "--trial", "3"], "error: --best and --trial exclude each other.\n"),
        (["tune", "--jobs", "2", "--cluster", "tcp://a:1"], "error: --jobs and --cluster exclude each other.\n"),
        (["train", "--best", "--trial", "3"], "error: --best and --trial exclude each other.\n"),
        (["train", "--cheaper", "--ensemble", "3"], "error: --cheaper and --ensemble exclude each other.\n"),
        (["submit", "cnn", "--file", "x.csv"], "error: --file submits a file as it is"),
        (["proxy", "--host", "\ud800"], "error: '\\ud800' is not text in UTF-8.\n"),
    ],
)
def test_wrong_usage_is_one_sentence_a_hint_and_exit_code_2(arguments, sentence, capsys):
    assert run(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(sentence)
    assert said.err.count("\n") == 2
    assert "\nhint: " in said.err


@pytest.mark.parametrize("command", ["tune", "train", "submit"])
def test_before_fetch_every_step_says_so(command, capsys):
    assert run([command, "--json"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: No competition has been fetched into ")
    assert said.err.endswith("hint: Run: kagglebot fetch\n")


def test_the_workspace_comes_from_the_option_before_the_environment(tmp_path, monkeypatch, capsys):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "kagglebot.toml").write_text(f'{name} = "x"\n')
    monkeypatch.setenv("KAGGLEBOT_WORKSPACE", "one")
    assert run(["tune"]) == 2
    assert "there is no setting 'one'" in capsys.readouterr().err
    assert run(["--workspace", "two", "tune"]) == 2
    assert "there is no setting 'two'" in capsys.readouterr().err


def test_debug_adds_the_traceback_but_no_values(capsys):
    assert run(["--debug", "tune"]) == 1
    said = capsys.readouterr().err
    assert "Traceback" in said
    assert "locals" not in said
    assert said.endswith("error: No competition has been fetched into " + said.rpartition("fetched into ")[2])


def _start(program: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


_WAITING = """
import time
from kagglebot.cli import main
from kagglebot.cli.error_output import on_interrupt

def wait() -> None:
    with on_interrupt("All of it is kept.", "Go on."):
        print("ready", flush=True)
        time.sleep(60)

main.app.command()(wait)
import sys
sys.argv = ["kagglebot", "wait"]
main.main()
"""


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_with_130_and_what_was_kept(number):
    process = _start(_WAITING)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said == "interrupted: All of it is kept.\nhint: Go on.\n"


_TWICE = """
import os

def twice() -> None:
    try:
        with on_interrupt("All of it is kept.", "Go on."):
            os.kill(os.getpid(), NUMBER)
    finally:
        os.kill(os.getpid(), NUMBER)

main.app.command()(twice)
sys.argv = ["kagglebot", "twice"]
main.main()
"""


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_comes_twice_as_timeout_sends_it_says_the_same(number):
    program = _WAITING.replace('sys.argv = ["kagglebot", "wait"]\nmain.main()\n', _TWICE)
    _, said = _start(program.replace("NUMBER", str(int(number)))).communicate(timeout=30)
    assert said == "interrupted: All of it is kept.\nhint: Go on.\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_output_that_cannot_be_written_is_a_sentence():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", "from kagglebot.cli.main import main; main()", "studies"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("error: No space left on device.\n")


def test_a_reader_that_leaves_early_hears_nothing():
    program = "import sys; from kagglebot.cli.main import main; sys.argv = ['kagglebot', 'studies']; main()"
    process = _start(program)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=30) == 1
    assert "Traceback" not in said and "Exception" not in said and "error" not in said


def test_memory_that_runs_out_is_a_sentence_and_no_bug(capsys):
    assert explain(MemoryError(), debug=False) == 1
    assert capsys.readouterr().err.splitlines() == [
        "error: Memory ran out.",
        "hint: Close other programs and run the same command again; nothing is lost.",
    ]


def test_a_package_that_cannot_be_loaded_is_named(capsys):
    assert explain(ImportError("libx.so: failed to map segment from shared object"), debug=False) == 1
    err = capsys.readouterr().err
    assert err.startswith("error: A package cannot be loaded: libx.so: failed to map segment from shared object.")
    assert "ulimit -v" in err and "bug" not in err


@pytest.mark.parametrize("columns", ["0", "-1", "abc", "", "99999999999", "\u00b2"])
def test_a_width_that_no_terminal_has_is_ignored(columns, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", columns)
    assert run(["studies"]) == 0
    assert capsys.readouterr().out.startswith("No study has trials yet.")


def test_warnings_that_python_would_raise_are_printed():
    program = "import sys, warnings; from kagglebot.cli import main\n"
    program += "main.run = lambda: warnings.warn('of a library') or print(sys.warnoptions) or 0\nmain.main()"
    environment = {**os.environ, "PYTHONWARNINGS": "error::UserWarning,ignore::FutureWarning"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert "UserWarning: of a library" in done.stderr
    assert done.stdout.strip() == "['default::UserWarning', 'ignore::FutureWarning']"
