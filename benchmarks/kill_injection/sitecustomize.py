"""Kill a command and its workers at the n-th step of any of them; Python imports this file at its start.

A step touches a file of the workspace or sends a request to Kaggle. The kill comes just before it or some time
after. Trainings save their state after each of their own steps, so that kills come within them too; Kaggle is
looked at more often while it is waited for.
"""

import itertools
import os
import signal
import sys
import threading

_AT = int(os.environ["KILL_AT"])
_LATER_SECONDS = float(os.environ["KILL_LATER"])
_EVENT = os.environ["KILL_EVENT"]
_WORKSPACE = os.environ["KAGGLEBOT_WORKSPACE"]
_steps = itertools.count(1)


def _kill() -> None:
    os.killpg(0, signal.SIGKILL)


def _watch(event: str, values: tuple[object, ...]) -> None:
    if hasattr(checkpoints := sys.modules.get("kagglebot.training.files.checkpoints"), "CHECKPOINT_SECONDS"):
        checkpoints.CHECKPOINT_SECONDS = 0  # type: ignore[union-attr]
    if hasattr(polling := sys.modules.get("kagglebot.submission.notebooks.polling"), "FIRST_PAUSE"):
        polling.FIRST_PAUSE = 0.3  # type: ignore[union-attr]
    if _EVENT not in ("any", event):
        return
    if event == "http.client.send" or any(_WORKSPACE in str(value) for value in values if _is_path(value)):
        if next(_steps) != _AT:
            return
        if _LATER_SECONDS:
            timer = threading.Timer(_LATER_SECONDS, _kill)
            timer.daemon = True
            timer.start()
        else:
            _kill()


def _is_path(value: object) -> bool:
    return isinstance(value, str) or hasattr(value, "__fspath__")


sys.addaudithook(_watch)
