"""What a search on Kaggle takes along: kagglebot, the definition, the study's folder, weights and packages."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kagglebot.datasets.schema import Schema
from kagglebot.paths import WorkspacePaths
from kagglebot.remote import program
from kagglebot.remote.packages import download_packages
from kagglebot.remote.study_archive import write_archive
from kagglebot.remote.there import DEFINITION, OPTIONS, STUDY
from kagglebot.search.prepare import SearchPlan
from kagglebot.search.pretrained_weights import weights_files
from kagglebot.study_config.definition_files import find_definitions
from kagglebot.submission.export.sources import pack_sources
from kagglebot.system.files import disk_errors, move_into_place, write_json

#: In the dataset: kagglebot's sources, named so that Kaggle leaves them packed, and what the notebook runs.
SOURCES, PROGRAM = "kagglebot.pyz", "search.py"


def pack(
    target: Path,
    workspace: WorkspacePaths,
    schema: Schema,
    plan: SearchPlan,
    search: Mapping[str, Any],
    *,
    gpu: bool,
) -> None:
    """Write the files of the dataset to a folder, completely or not at all.

    Args:
        target: The folder; one that is there is replaced.
        workspace: The workspace.
        schema: The competition's schema.
        plan: The search.
        search: The arguments of ``start_search`` there.
        gpu: Whether it runs on a GPU.

    Raises:
        DataError: A file cannot be read, the disk refuses, or packages cannot be downloaded.
    """
    definition, location = plan.definition, plan.location
    weights = weights_files(definition, plan.restrictions)
    needed = {"families": set(definition.families), "metrics": {schema.metric}, "layouts": {schema.layout}}
    with disk_errors(f"write {target}"):
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as incoming:
            new = Path(incoming) / "new"
            new.mkdir()
            pack_sources(new / SOURCES, {f"kagglebot.{kind}": names for kind, names in needed.items()})
            shutil.copyfile(program.__file__, new / PROGRAM)
            shutil.copyfile(find_definitions(workspace.root)[definition.name], new / DEFINITION)
            for name, path in weights.items():
                shutil.copyfile(path, new / name)
            download_packages(new)
            write_archive(new / STUDY, location.folder, {})
            asked = {
                "competition": location.competition,
                "study": location.study,
                "choices": {**schema.choices, "metric": schema.metric},
                "weights": sorted(weights),
                "search": dict(search),
                "gpu": gpu,
            }
            write_json(new / OPTIONS, asked)
            if target.exists():  # left by a process that was killed while it removed it
                target.rename(Path(incoming) / "old")
            move_into_place(new, target)
