from pathlib import Path

import pytest

from kagglebot.system.hardware.cpu import available_cores, multiplies_bfloat16


def test_there_is_a_core() -> None:
    assert available_cores() >= 1


@pytest.mark.parametrize(
    ("flags", "has_instructions"),
    [("avx512_bf16 fma", True), ("avx512f", False), ("amx_bf16", True), (None, False)],
)
def test_bfloat16_is_multiplied_where_the_cpu_has_instructions(
    monkeypatch: pytest.MonkeyPatch, flags: str | None, *, has_instructions: bool
) -> None:
    def read(path: Path, **_: str) -> str:
        if flags is None:
            raise FileNotFoundError(path)
        return f"processor : 0\nflags : fpu {flags}\n"

    monkeypatch.setattr(Path, "read_text", read)
    assert multiplies_bfloat16.__wrapped__() == has_instructions
