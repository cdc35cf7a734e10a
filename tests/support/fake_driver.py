"""A driver of NVIDIA's whose cards a test chooses: a program ``nvidia-smi`` on the path."""

import os
import sys
from pathlib import Path

import pytest

T4 = "Tesla T4, 15360, 15000, 535.129.03, 7.5"
A100 = "NVIDIA A100-SXM4-40GB, 40960, 40000, 550.54.15, 8.0"
_PROGRAM = """\
#!{python}
import sys
(fields,) = [each[len("--query-gpu="):].split(",") for each in sys.argv if each.startswith("--query-gpu=")]
assert "--format=csv,noheader,nounits" in sys.argv
known = {known!r}
for field in fields:
    if field not in known:
        print(f'Field "{{field}}" is not a valid field to query.')
        sys.exit(2)
for row in {rows!r}:
    print(", ".join(dict(zip(known, row))[field] for field in fields))
print({failure!r}, end="")
sys.exit({code})
"""
_KNOWN = ("index", "uuid", "name", "memory.total", "memory.free", "driver_version", "compute_cap")


def install_driver(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *cards: str,
    failure: str = "",
    knows_capability: bool = True,
) -> None:
    """Put a driver on the path that lists these cards, or says why it fails.

    A card is its name, memory and free memory in MiB, driver and compute capability, as in ``T4``. Their UUIDs are
    GPU-0, GPU-1 and so on.
    """
    rows = [(str(number), f"GPU-{number}", *card.split(", ")) for number, card in enumerate(cards)]
    known = _KNOWN if knows_capability else _KNOWN[:-1]
    code = 9 if failure else 0
    program = folder / "driver" / "nvidia-smi"
    program.parent.mkdir(exist_ok=True)
    program.write_text(_PROGRAM.format(python=sys.executable, known=known, rows=rows, failure=failure, code=code))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
