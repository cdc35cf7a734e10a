"""The exceptions that users see; the command line prints their message and hint."""


class KagglebotError(Exception):
    """Base class of all errors that a user, Kaggle, a disk or a network can cause.

    Args:
        message: One sentence: what happened, to which file, study or competition.
        hint: What to do about it; empty if there is nothing to add.

    Example:
        >>> from kagglebot import KagglebotError
        >>> try:
        ...     workspace.summary("unknown")
        ... except KagglebotError as error:
        ...     print(type(error).__name__, error.message)
        StudyError There is no study 'unknown'.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[type["KagglebotError"], tuple[str, ...]]:
        """Pickle the hint too, when a worker process sends the error to its parent."""
        return type(self), (self.message, self.hint)


def plain_problem(text: str) -> str:
    """Return what pydantic says of a value without its own words before those of a check."""
    return text.replace("Value error, ", "", 1)


class UsageError(KagglebotError):
    """A command or method was called with invalid arguments."""

    exit_code = 2


class DataError(KagglebotError):
    """A file is missing, damaged or in an unknown format, or the disk cannot be read or written."""


class KaggleError(KagglebotError):
    """Kaggle refused a request or could not be reached."""


class StudyError(KagglebotError):
    """A study definition is invalid, or a study cannot continue."""


class SubmissionError(KagglebotError):
    """A submission file does not fit the competition, or cannot be submitted now."""
