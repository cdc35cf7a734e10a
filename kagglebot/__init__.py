"""kagglebot: an image-classification competition from Kaggle to a score, unattended."""

from typing import TYPE_CHECKING, Any

from kagglebot.version import __version__

if TYPE_CHECKING:
    from kagglebot.workspace import Workspace

__all__ = ["Workspace", "__version__"]


def __getattr__(name: str) -> Any:
    """Import ``Workspace`` when it is asked for: `kagglebot --help` does without."""
    if name != "Workspace":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from kagglebot.workspace import Workspace

    return Workspace
