import json
from pathlib import Path

import pytest

from kagglebot.cli.main import run
from kagglebot.diagnostics import benchmark
from kagglebot.diagnostics.checks import examine
from kagglebot.search.worker_count import auto_jobs


def test_what_is_measured_is_kept_and_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("KAGGLEBOT_KAGGLE_URL", "http://127.0.0.1:1")
    hints = [check.hint for check in examine(tmp_path) if check.name == "Cores"]
    assert "doctor --bench" in hints[0]
    monkeypatch.setattr(benchmark, "most_jobs", lambda: 1)
    monkeypatch.setattr(benchmark, "available_cores", lambda: 1)
    monkeypatch.setattr(benchmark, "installed", lambda: ("tensorflow",))
    assert run(["doctor", "--bench", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    (speed,) = document["speeds"]
    assert (speed["backend"], speed["processes"], speed["threads"]) == ("tensorflow", 1, 1)
    assert speed["step_seconds"] == pytest.approx(128 / speed["images_a_second"])
    assert speed["gflops"] > 0
    assert (document["backend"], document["jobs"], document["failed"]) == ("tensorflow", 1, {})
    assert Path(document["file"]).is_relative_to(tmp_path)
    assert auto_jobs() == 1
    assert [check.hint for check in examine(tmp_path) if check.name == "Cores"] == [""]
