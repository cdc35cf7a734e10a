"""The folder for what can be made again: the speed of this machine, data on the workers of a cluster."""

import os
import tempfile
from pathlib import Path


def cache_folder() -> Path:
    """Return the user's cache folder, or a temporary one where the user has no home, as in some containers."""
    from platformdirs import user_cache_path

    try:
        return user_cache_path("kagglebot")
    except RuntimeError:
        return Path(tempfile.gettempdir()) / f"kagglebot-{os.getuid()}"
