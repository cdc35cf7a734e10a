"""A workspace: a folder with competitions and studies, and one method for each command."""

from kagglebot.workspace.data import DataMethods
from kagglebot.workspace.models import ModelMethods
from kagglebot.workspace.search import SearchMethods
from kagglebot.workspace.studies import StudyMethods
from kagglebot.workspace.submissions import SubmissionMethods


class Workspace(DataMethods, SearchMethods, StudyMethods, ModelMethods, SubmissionMethods):
    """A folder with competitions and studies, and one method for each command.

    A method does what the command of its name does, prints nothing and returns the result. Where
    ``competition`` or ``study`` is left out, it takes that of ``kagglebot.toml``, else the only competition there
    is, and the study that fits its images. ``on_progress(phase, done, total)`` is called while something takes
    long; ``total`` is None where it is unknown.

    The examples on this page share one workspace, with the practice competition ``digits-practice`` and its
    studies ``net``, ``wide`` and ``small``.

    Args:
        root: The folder.

    Raises:
        UsageError: ``kagglebot.toml`` is wrong.

    Example:
        >>> from kagglebot import Workspace
        >>> workspace = Workspace("digits")
        >>> workspace.fetched()
        ['digits-practice']
    """
