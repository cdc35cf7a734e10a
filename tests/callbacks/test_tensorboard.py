import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from search_events import follow, search_events

from kagglebot.callbacks.events import EpochEnded
from kagglebot.callbacks.tensorboard import TensorBoard
from kagglebot.errors import UsageError


def read(folder: Path) -> Any:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    accumulator = EventAccumulator(str(folder))
    accumulator.Reload()
    return accumulator


def test_tensorboard_reads_the_curves_of_every_trial(tmp_path: Path) -> None:
    follow(TensorBoard(), tmp_path)
    folder = tmp_path / "tensorboard"
    assert sorted(path.name for path in folder.iterdir()) == ["trial-0000", "trial-0001", "trial-0003"]
    first = read(folder / "trial-0000")
    assert [(each.step, each.value) for each in first.Scalars("accuracy")] == [(1, 0.5), (2, 0.75)]
    assert [(each.step, each.value) for each in first.Scalars("seconds")] == [(1, 2.0), (2, 3.0)]
    assert [each.value for each in first.Scalars("final/accuracy")] == [0.75]
    pruned = read(folder / "trial-0001")
    assert [each.value for each in pruned.Scalars("accuracy")] == [0.25]
    assert "final/accuracy" not in pruned.Tags()["scalars"]
    assert [each.value for each in read(folder / "trial-0003").Scalars("accuracy")] == [0.125]


def test_tensorboard_reads_the_parameters(tmp_path: Path) -> None:
    from tensorboard.plugins.hparams import metadata

    follow(TensorBoard(), tmp_path)
    accumulator = read(tmp_path / "tensorboard" / "trial-0000")
    content = accumulator.PluginTagToContent("hparams")[metadata.SESSION_START_INFO_TAG]
    started = metadata.parse_session_start_info_plugin_data(content)
    assert started.group_name == "trial-0000"
    assert started.hparams["filters"].number_value == 8
    assert started.hparams["optimizer"].string_value == "adam"
    assert started.hparams["flip"].bool_value is True


def test_a_curve_can_be_watched_while_its_trial_runs(tmp_path: Path) -> None:
    board = TensorBoard(tmp_path / "elsewhere")
    started, first, *_ = search_events(tmp_path)
    board.on_search_start(started)
    board.on_trial_start(first)
    board.on_epoch_end(EpochEnded(0, 0, 1, 2, 0.5, 2.0, 1))
    assert [each.value for each in read(tmp_path / "elsewhere" / "trial-0000").Scalars("accuracy")] == [0.5]
    board.on_search_end(search_events(tmp_path)[-1])


def test_tensorflow_is_not_imported_for_it(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from search_events import follow;"
        "from kagglebot.callbacks.tensorboard import TensorBoard; follow(TensorBoard(), Path(sys.argv[1]));"
        "print('tensorflow' in sys.modules)"
    )
    support = Path(__file__).parents[1] / "support"
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(support)!r}); {program}", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_missing_package_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard.plugins.hparams.summary_v2", None)
    with pytest.raises(UsageError, match="tensorboard cannot be imported") as caught:
        TensorBoard()
    assert caught.value.hint == "Run: pip install 'kagglebot[tensorboard]'"
