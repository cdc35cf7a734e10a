"""Trials that fail for the same reason: one message to the user after three of a kind."""

from kagglebot.callbacks.events import TrialEnded
from kagglebot.training.learner import REMEDIES, FailureKind

#: Failed trials of a pattern that lead to a message.
ENOUGH = 3
#: What happened to the trials, by kind of failure.
_PATTERNS = {
    FailureKind.OUT_OF_MEMORY: "ran out of memory",
    FailureKind.KILLED: "ran out of memory",
    FailureKind.DIVERGED: "diverged",
}


class FailurePatterns:
    """Counts the failed trials of one search by pattern."""

    def __init__(self) -> None:
        self._trials: dict[str, list[int]] = {}

    def add(self, ended: TrialEnded) -> str:
        """Count a trial that ended; return a message once there are enough of its pattern, else ""."""
        if ended.kind in _PATTERNS:
            kind = FailureKind(ended.kind)
            text = _PATTERNS[kind]
            trials = self._trials.setdefault(text, [])
            trials.append(ended.number)
            if len(trials) == ENOUGH:
                numbers = ", ".join(map(str, trials))
                remedy = f"Consider {REMEDIES[kind]}; the search space stays as it is."
                return f"{ENOUGH} trials {text}: {numbers}. {remedy}"
        return ""
