"""The contestant without a search: the first trial of a study alone, trained for as long as others search."""

from pathlib import Path

import tomlkit

from kagglebot.datasets.dataset import load_dataset
from kagglebot.study_config.load import load_definition
from kagglebot.workspace import Workspace

#: The name of its study.
STUDY = "first-recipe"
#: More epochs than fit into any budget: `tune --timeout` cuts the first trial of a study to those that fit.
EPOCHS = 10_000


def write_first_recipe(folder: Path, study: str | None = None) -> str:
    """Write the study ``STUDY``, whose one trial is the first of another study, for ``EPOCHS`` epochs.

    Args:
        folder: A workspace that has fetched one competition.
        study: The other study; by default the one that kagglebot chooses for the competition.

    Returns:
        The name of the study.
    """
    workspace = Workspace(folder)
    competition = workspace.competition()
    dataset = load_dataset(workspace.data(competition))
    definition = load_definition(folder, workspace.study(study)).for_dataset(dataset)
    first = definition.enqueued()[0]
    family = definition.family_of(first)
    searched = definition.of_family(family).space
    only = {name: each.choices[0] for name, each in searched.items() if each.choices and len(each.choices) == 1}
    settings = definition.settings(first) | only  # what this data leaves one choice of is drawn in the study, too
    document = {
        "family": family,
        "seed": definition.seed,
        "images": definition.images.model_dump(mode="json", exclude_none=True),
        "validation": definition.validation.model_dump(mode="json", exclude_none=True),
        "pruner": {"name": "none"},
        "fixed": {name: value for name, value in settings.items() if name != "epochs"},
        "space": {"epochs": {"low": 1, "high": EPOCHS}},
        "trials": [{"epochs": EPOCHS}],
    }
    path = folder / "studies" / f"{STUDY}.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(tomlkit.dumps(document), encoding="utf-8")
    return STUDY
