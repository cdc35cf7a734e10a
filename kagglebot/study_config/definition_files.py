"""The files of study definitions; imports nothing heavy, as shell completion needs them too."""

from importlib import resources
from pathlib import Path


def shipped_folder() -> Path:
    """Return the folder of the shipped definitions: in the package, or beside it in a checkout."""
    packaged = Path(str(resources.files("kagglebot"))) / "shipped_studies"
    return packaged if packaged.is_dir() else packaged.parent.parent / "studies"


def find_definitions(workspace: Path) -> dict[str, Path]:
    """Return the path of each definition by name; those of the workspace take precedence over shipped ones."""
    found = {path.stem: path for path in sorted(shipped_folder().glob("*.toml"))}
    found.update({path.stem: path for path in sorted((workspace / "studies").glob("*.toml"))})
    return found
