"""The files of study definitions; imports nothing heavy, as shell completion needs them too."""

from importlib import resources
from pathlib import Path

from kagglebot.kaggle.names import NAME


def shipped_folder() -> Path:
    """Return the folder of the shipped definitions: in the package, or beside it in a checkout."""
    packaged = Path(str(resources.files("kagglebot"))) / "shipped_studies"
    return packaged if packaged.is_dir() else packaged.parent.parent / "studies"


def is_shipped(workspace: Path, study: str) -> bool:
    """Return whether a study's definition is the shipped one, as the workspace has none of that name."""
    own, shipped = (folder / f"{study}.toml" for folder in (workspace / "studies", shipped_folder()))
    return shipped.is_file() and not own.is_file()


def find_definitions(workspace: Path) -> dict[str, Path]:
    """Return the path of each definition by name; those of the workspace take precedence over shipped ones."""
    folders = (shipped_folder(), workspace / "studies")
    paths = [path for folder in folders for path in sorted(folder.glob("*.toml"))]
    return {path.stem: path for path in paths if NAME.fullmatch(path.stem)}
