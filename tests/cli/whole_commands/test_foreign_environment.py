"""Commands in environments that were set up for other programs, or for none."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kagglebot import Workspace

PROGRAM = "from kagglebot.__main__ import main; main()"
STUDY = """\
family = "cnn"
[space]
filters = { low = 8, high = 16 }
[fixed]
blocks = 2
epochs = 2
batch_size = 16
learning_rate = 0.01
"""
#: Odd settings that a shell, a container or another program may leave.
VARIABLES = {
    "KERAS_BACKEND": "jax",
    "KERAS_MAX_EPOCHS": "abc",
    "TF_USE_LEGACY_KERAS": "1",
    "PYTHONWARNINGS": "error",
    "PYTHONIOENCODING": "ascii:strict",
    "LC_ALL": "C",
    "OMP_NUM_THREADS": "abc",
    "TMPDIR": "/nowhere",
    "COLUMNS": "0",
    "LINES": "-1",
    "TERM": "nonsense",
}


def _environment(folder: Path, **variables: str) -> dict[str, str]:
    """Return variables for a process, with Keras's settings in the user's home turned to others."""
    (folder / ".keras").mkdir(exist_ok=True)
    keras = {"floatx": "float16", "epsilon": 0.1, "backend": "jax", "image_data_format": "channels_first"}
    (folder / ".keras" / "keras.json").write_text(json.dumps(keras))
    return {**os.environ, **variables, "HOME": str(folder), "PYTHONPATH": str(Path(__file__).parents[3])}


@pytest.mark.skipif(os.name == "nt", reason="a shell closes streams")
def test_a_search_that_a_daemon_starts_amid_foreign_settings(tmp_path: Path, digits_data: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "digits-practice").symlink_to(digits_data)
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies" / "tiny.toml").write_text(STUDY)
    for name in ("types", "random", "numpy", "signal", "keras"):
        (tmp_path / f"{name}.py").write_text("open('executed', 'w')\n")
    command = [sys.executable, "-P", "-c", PROGRAM, "tune", "tiny", "--trials", "1", "--jobs", "1"]
    variables = _environment(tmp_path, **VARIABLES, TF_ENABLE_ONEDNN_OPTS="1")
    done = subprocess.run(
        ["sh", "-c", '"$@" >&- 2>&- <&-', "sh", *command], cwd=tmp_path, env=variables, timeout=250, check=False
    )
    assert done.returncode == 0
    shown = subprocess.run(
        [*command[:4], "studies", "tiny", "--json"], cwd=tmp_path, env=variables, capture_output=True, check=True
    )
    study = json.loads(shown.stdout)
    assert study["complete"] == 1 and study["best"]["value"] > 0.8
    (trial,) = Workspace(tmp_path).summary("tiny").trials
    assert trial.made_with["variables"]["TF_ENABLE_ONEDNN_OPTS"] == "1"
    assert not (tmp_path / "executed").exists()


@settings(
    max_examples=4,
    deadline=None,
    phases=[Phase.generate],  # each example takes a second: none is made smaller
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.dictionaries(
        st.sampled_from(
            [*VARIABLES, "FORCE_COLOR", "NO_COLOR", "LANG", "TZ", "XDG_CACHE_HOME", "KAGGLEBOT_STORAGE"]
        ),
        st.sampled_from(["", "0", "-1", "1", "abc", "é", "nan", "/dev/zero", "99999999999", "::", "$HOME"]),
        min_size=1,
    )
)
def test_any_variable_leaves_a_sentence_or_a_result(studied: Path, variables: dict[str, str]) -> None:
    variables.pop("PYTHONIOENCODING", None)  # Python itself does not start with an encoding that does not exist
    command = [sys.executable, "-P", "-c", PROGRAM, "--workspace", str(studied), "studies", "net"]
    environment = {**os.environ, **variables, "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run(command, env=environment, capture_output=True, timeout=100, check=False)
    error = done.stderr.decode(errors="replace")
    assert "Traceback" not in error and "This is a bug" not in error, (variables, error)
    assert done.stdout.strip() if done.returncode == 0 else "error: " in error, (variables, error)
