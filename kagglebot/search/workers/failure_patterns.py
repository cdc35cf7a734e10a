"""Trials that end badly in the same way: told once there are three of a kind. The search space stays as it is."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from kagglebot.callbacks.events import TrialEnded
from kagglebot.training.fit import DIVERGED
from kagglebot.training.out_of_memory import NO_MEMORY

#: Why a trial whose process was killed under it, and under its settings' second try, ended.
KILLED_TWICE = "its process was killed twice, perhaps for want of memory"
#: Trials of a kind from which the user is told.
ENOUGH = 3


@dataclass(frozen=True)
class Kind:
    """A way to end badly: what its reasons begin with, its name in a sentence, and what helps."""

    reasons: tuple[str, ...]
    text: str
    remedy: str


KINDS = (
    Kind(
        (NO_MEMORY, KILLED_TWICE),
        "ended for want of memory",
        "fewer filters or units, a smaller batch_size, or fewer --jobs",
    ),
    Kind(DIVERGED, "diverged", "a lower learning_rate"),
)


@dataclass
class FailurePatterns:
    """Counts the trials of one search by the way they ended."""

    _trials: dict[Kind, list[int]] = field(default_factory=dict)

    def take(self, ended: TrialEnded) -> str:
        """Take in how a trial ended; what the user should be told of it and those before, once a kind, else ""."""
        for kind in KINDS:
            if ended.state == "failed" and ended.reason.startswith(kind.reasons):
                trials = self._trials.setdefault(kind, [])
                trials.append(ended.number)
                if len(trials) == ENOUGH:
                    return f"{describe(kind, trials)}; consider {kind.remedy}. The search space stays as it is."
        return ""


def describe(kind: Kind, trials: Sequence[int]) -> str:
    """Say which trials ended so: "3 trials ended for want of memory: 1, 4, 7"."""
    return f"{len(trials)} trial{'s' * (len(trials) != 1)} {kind.text}: {', '.join(map(str, trials))}"
