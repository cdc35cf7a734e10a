"""What can go wrong for a user, as one family of exceptions that the command line turns into a sentence."""


class KagglebotError(Exception):
    """Something could not be done; ``message`` says what and to which file or competition.

    Args:
        message: One sentence: what happened, to which file, study or competition.
        hint: What to do now; empty where there is nothing to add.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[type["KagglebotError"], tuple[str, ...]]:
        """Keep the hint when a worker process sends the error to its parent."""
        return type(self), (self.message, self.hint)


class UsageError(KagglebotError):
    """The command was called with something it cannot take."""

    exit_code = 2


class DataError(KagglebotError):
    """A file is missing, damaged or not in a form kagglebot knows, or the disk refuses it."""


class KaggleError(KagglebotError):
    """Kaggle, or the network on the way to it, said no."""


class StudyError(KagglebotError):
    """A study definition is wrong, or a study cannot go on."""


class SubmissionError(KagglebotError):
    """A submission file does not fit the competition, or may not be submitted now."""
