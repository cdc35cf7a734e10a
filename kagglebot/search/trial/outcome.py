"""The ways in which a trial can end."""

from enum import StrEnum


class TrialOutcome(StrEnum):
    """What became of a trial; the first six are stored with it as its result's ``state``."""

    COMPLETE = "complete"
    PRUNED = "pruned"
    FAILED = "failed"
    INTERRUPTED = "interrupted"  # stopped by the user or the clock
    DIED = "died"  # its worker died; the settings run again
    SKIPPED = "passed over"  # too slow for the time that is left; a lighter net may still fit
    DUPLICATE = "duplicate"  # its settings ran before
    TAKEN_OVER = "taken over"  # closed by another machine, which took its worker for dead
    EXHAUSTED = "exhausted"  # no trial: every setting of the grid has been tried

    @property
    def was_trained(self) -> bool:
        """Whether the worker trained it until it ended by itself."""
        return self in (TrialOutcome.COMPLETE, TrialOutcome.PRUNED, TrialOutcome.FAILED)

    @property
    def counts(self) -> bool:
        """Whether it is one of the trials that the user asked for."""
        return self not in (TrialOutcome.SKIPPED, TrialOutcome.DUPLICATE, TrialOutcome.TAKEN_OVER)
