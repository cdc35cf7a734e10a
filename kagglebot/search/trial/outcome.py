"""The ways in which a trial can end, and the exceptions that end it early."""

from enum import StrEnum


class TrialOutcome(StrEnum):
    """The outcome of a trial; the first six are stored as the ``state`` of its result."""

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
        """Whether the training ended by itself."""
        return self in (TrialOutcome.COMPLETE, TrialOutcome.PRUNED, TrialOutcome.FAILED)

    @property
    def counts(self) -> bool:
        """Whether it counts as one of the requested trials."""
        return self not in (TrialOutcome.SKIPPED, TrialOutcome.DUPLICATE, TrialOutcome.TAKEN_OVER)


class Interrupted(Exception):
    """The trial must stop now, through no fault of its own."""


class TooLong(Interrupted):
    """The trial's net cannot be trained in the time that is left; a lighter one may be."""
