"""What a trial measures of its own speed: it tells when to stop, and later trials when not to begin."""

import statistics
import time
from collections.abc import Sequence


class MeasuredTimes:
    """The times of a trial.

    Attributes:
        start_seconds: Seconds until its first step had ended: a net is built and compiled. None before that, and
            if features were computed meanwhile.
        features_seconds: Seconds that the features of all images take, as far as some have shown; None before.
        step_seconds: Seconds of the fastest step; 0 before two of them. The first compiles, and any may be slow by
            chance.
    """

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.start_seconds: float | None = None
        self.features_seconds: float | None = None
        self.step_seconds = 0.0
        self._whole: Sequence[float] = ()  #: Seconds of the epochs that have ended, of the fold that trains now.
        self._estimate: float | None = None  #: Of an epoch, from some steps.
        self._fastest: float | None = None  #: Of an epoch with the fastest step.
        self._features: tuple[float, float] | None = None  #: When the first features were there, and their share.
        self._share: float | None = None
        self._step: tuple[float, float] | None = None

    @property
    def features_share(self) -> float | None:
        """Share of the features that was computed when it looked last; None where it computed none."""
        return self._share

    @property
    def seconds(self) -> float:
        """Seconds since the trial started."""
        return time.monotonic() - self._began

    @property
    def epoch_seconds(self) -> float | None:
        """Seconds of an epoch, as far as they are known; None before the second step.

        It is the median of whole epochs without the first, which compiles the net. Until there are any, it is
        estimated from some steps, and before these from the fastest one.
        """
        if later := self._whole[1:]:
            return statistics.median(later)
        known = [*self._whole, self._estimate]
        return min(filter(None, known), default=self._fastest)

    def epochs_took(self, seconds: Sequence[float]) -> None:
        """Take note of the seconds of the epochs of a fold that were run whole, so far."""
        self._whole = seconds

    def epoch_estimated(self, seconds: float) -> None:
        """Take note of the seconds that an epoch takes by some of its steps."""
        self._estimate = seconds

    def features_at(self, share: float) -> float | None:
        """Take note that a ``share`` of the features is computed; return the seconds that the others need.

        None if that is not known: it shows when the share grows. It does not count until it has grown once, as the
        first features wait for a backbone to be built, and for the share that other workers compute.
        """
        before, self._share = self._share, share
        if before is None or share <= before:
            return None
        clock = time.monotonic()
        began, first = self._features = self._features or (clock, share)
        if share == first:
            return None
        self.features_seconds = (clock - began) / (share - first)
        return self.features_seconds * (1 - share)

    def step_at(self, done: float) -> None:
        """Take note that a step has ended, ``done`` epochs into a fold."""
        clock = time.monotonic()
        if self._step is None:
            self.start_seconds = self.seconds if self._share is None else None
        else:
            began, before = self._step
            if done > before:
                epoch = (clock - began) / (done - before)
                if self._fastest is None or epoch < self._fastest:
                    self._fastest, self.step_seconds = epoch, clock - began
        self._step = clock, done
