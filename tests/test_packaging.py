"""The wheel that users install, with the shipped studies inside."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_wheel_carries_the_shipped_studies_and_types(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    definitions = {f"kagglebot/shipped_studies/{path.name}" for path in (ROOT / "studies").glob("*.toml")}
    assert definitions and definitions <= names
    assert "kagglebot/py.typed" in names
    page = {"template.html", "style.css", "script.js", "theme.js"}
    assert {f"kagglebot/report/html/{name}" for name in page} <= names
    assert not any(name.startswith(("tests/", "data/")) or name.endswith(".journal") for name in names)
