from pathlib import Path

import pytest

from kagglebot.config import Settings, read_settings
from kagglebot.errors import UsageError


def test_no_file_is_all_defaults(tmp_path: Path) -> None:
    assert read_settings(tmp_path) == Settings()


def test_what_is_written_is_read(tmp_path: Path) -> None:
    text = 'competition = "digits"\nstudy = "mine"\njobs = 2\ncallbacks = ["tensorboard", "mine"]\n'
    (tmp_path / "kagglebot.toml").write_text(text)
    settings = Settings(competition="digits", study="mine", jobs=2, callbacks=("tensorboard", "mine"))
    assert read_settings(tmp_path) == settings


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_the_file_may_have_a_byte_order_mark(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "kagglebot.toml").write_text('study = "mine"\n', encoding=encoding)
    assert read_settings(tmp_path).study == "mine"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("competiton = 'x'", "competiton"),
        ("jobs = 0", "jobs"),
        ("jobs = true", "jobs"),
        ("backend = 'jax'", "no backend"),
        ("study = 3", "study"),
        ("callbacks = 'tensorboard'", "callbacks must be a list"),
        ("weights = 3", "weights must be a text"),
        ("[weights]\nconvnext-tiny = 3", "weights: 'convnext-tiny' must be a path, not 3"),
        ("callbacks = [3]", "callbacks must be a list"),
        ("a =", "not valid TOML"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, word: str) -> None:
    (tmp_path / "kagglebot.toml").write_text(text)
    with pytest.raises(UsageError, match=word):
        read_settings(tmp_path)


def test_paths_of_weights_begin_at_the_workspace(tmp_path: Path) -> None:
    (tmp_path / "kagglebot.toml").write_text('weights = "mine"\n')
    assert read_settings(tmp_path).weights == str(tmp_path / "mine")
    (tmp_path / "kagglebot.toml").write_text(
        '[weights]\nconvnext-tiny = "net.h5"\nefficientnet-lite0 = "/a.pth"\n'
    )
    own = {"convnext-tiny": str(tmp_path / "net.h5"), "efficientnet-lite0": "/a.pth"}
    assert read_settings(tmp_path).weights == own
