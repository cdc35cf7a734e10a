"""Where study definitions stand; loads nothing of weight, as shell completion asks here too."""

from importlib import resources
from pathlib import Path


def shipped_folder() -> Path:
    """The definitions that come with kagglebot: inside the package, or beside it in a checkout."""
    packaged = Path(str(resources.files("kagglebot"))) / "shipped_studies"
    return packaged if packaged.is_dir() else packaged.parent.parent / "studies"


def find_definitions(workspace: Path) -> dict[str, Path]:
    """All definitions by name; one in the workspace wins over a shipped one."""
    found = {path.stem: path for path in sorted(shipped_folder().glob("*.toml"))}
    found.update({path.stem: path for path in sorted((workspace / "studies").glob("*.toml"))})
    return found
