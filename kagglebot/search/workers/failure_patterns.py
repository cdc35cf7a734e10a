"""Trials that fail for the same reason: one message to the user after three of a kind."""

from kagglebot.callbacks.events import TrialEnded
from kagglebot.training.learner import FailureKind

#: Failed trials of a pattern that lead to a message.
ENOUGH = 3
#: Kinds of failure, what happened to the trials in a sentence, and what helps. Killed means, most likely, that the
#: kernel needed the memory.
_PATTERNS = (
    (
        (FailureKind.OUT_OF_MEMORY, FailureKind.KILLED),
        "ran out of memory",
        "fewer filters or units, a smaller batch_size, or fewer --jobs",
    ),
    ((FailureKind.DIVERGED,), "diverged", "a lower learning_rate"),
)


class FailurePatterns:
    """Counts the failed trials of one search by pattern."""

    def __init__(self) -> None:
        self._trials: dict[str, list[int]] = {}

    def add(self, ended: TrialEnded) -> str:
        """Count a trial that ended; return a message once there are enough of its pattern, else ""."""
        for kinds, text, remedy in _PATTERNS:
            if ended.kind in kinds:
                trials = self._trials.setdefault(text, [])
                trials.append(ended.number)
                if len(trials) == ENOUGH:
                    numbers = ", ".join(map(str, trials))
                    return (
                        f"{ENOUGH} trials {text}: {numbers}. Consider {remedy}; the search space stays as it is."
                    )
        return ""
