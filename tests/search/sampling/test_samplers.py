from pathlib import Path

import optuna
import pytest
from mixed_definition import MIXED, parse_mixed

from kagglebot.errors import StudyError
from kagglebot.search.sampling.pruners import make_pruner
from kagglebot.search.sampling.samplers import SpaceExhausted
from kagglebot.search.storage.optuna_study import ask
from kagglebot.study_config.load import parse_definition
from kagglebot.study_config.schema import Definition
from kagglebot.study_config.set_and_fix import parse_restrictions
from kagglebot.study_config.space import suggest

TEXT = """\
family = "cnn"
[sampler]
name = "SAMPLER"
startup_trials = 3
[space]
blocks = { low = 1, high = 2 }
head = { choices = ["pooling", "dense"] }
dense_units = { low = 8, high = 16, step = 8, when = { head = "dense" } }
"""


def define(sampler: str, text: str = TEXT) -> Definition:
    return parse_definition(text.replace("SAMPLER", sampler).encode(), Path("mine.toml"), "mine")


def run(
    definition: Definition, count: int, seed: int = 0, limits: dict | None = None, restrictions: dict | None = None
) -> list[dict]:
    study = optuna.create_study(direction="maximize")
    drawn = []
    for _ in range(count):
        trial = ask(study, definition, seed, limits or {}, restrictions)
        drawn.append(suggest(trial, definition.space, definition.defaults(), limits))
        study.tell(trial, drawn[-1]["blocks"])
    return drawn


@pytest.mark.parametrize("name", ["tpe", "random", "cmaes"])
def test_samplers_draw_inside_the_space_and_the_same_for_a_seed(name: str) -> None:
    definition = define(name)
    drawn = run(definition, 8)
    for values in drawn:
        assert all(definition.space[key].contains(value) for key, value in values.items())
        assert ("dense_units" in values) == (values["head"] == "dense")
    assert drawn == run(definition, 8)
    assert drawn != run(definition, 8, seed=1)


def test_a_grid_visits_every_point_once_and_ends() -> None:
    definition = define("grid")
    drawn = run(definition, 6)
    assert len({tuple(sorted(values.items())) for values in drawn}) == 6
    with pytest.raises(SpaceExhausted):
        run(definition, 7)


def test_a_grid_stays_inside_what_the_images_can_carry() -> None:
    assert {values["blocks"] for values in run(define("grid"), 3, limits={"blocks": 1})} == {1}


def test_a_grid_over_what_cannot_be_counted_is_refused_with_its_line() -> None:
    with pytest.raises(StudyError, match=r"line 6: space.dropout: a grid needs"):
        define("grid", TEXT.replace("blocks = { low = 1, high = 2 }", "dropout = { low = 0.0, high = 0.5 }"))


@pytest.mark.parametrize("name", ["tpe", "random", "grid", "cmaes"])
def test_every_sampler_draws_inside_the_restrictions(name: str) -> None:
    definition = define(name)
    restrictions = parse_restrictions(definition.space, ["head=dense"], ["blocks=2"])
    for values in run(definition, 2, restrictions=restrictions):
        assert (values["head"], values["blocks"]) == ("dense", 2)


@pytest.mark.parametrize("name", ["tpe", "cmaes"])
def test_startup_trials_take_most_settings_from_the_first_given_one(name: str) -> None:
    near = ("dropout", "zoom", "shift", "head_dropout")
    space = "".join(f"{key} = {{ low = 0.0, high = 0.9 }}\n" for key in near)
    given = "[[trials]]\ndropout = 0.5\nzoom = 0.5\nshift = 0.5\nhead_dropout = 0.5\n"
    text = TEXT.replace("= 3", "= 40\nstartup_prior = 0.75").replace("[space]\n", f"[space]\n{space}") + given
    drawn = run(define(name, text), 43)
    shares = [sum(values[key] == 0.5 for key in near) for values in drawn]
    assert 2.5 < sum(shares[:40]) / 40 < 3.5
    assert set(shares[40:]) == {0}


@pytest.mark.parametrize("sets", [[], ["family=dense,cnn"]])
def test_startup_trials_of_each_family_take_settings_from_its_own_first_trial(sets: list[str]) -> None:
    definition = parse_mixed()
    restrictions = parse_restrictions(definition.space, sets, [])
    study = optuna.create_study(direction="maximize")
    families, kept = [], []
    for _ in range(40):
        trial = ask(study, definition, 0, {}, restrictions)
        family, drawn = definition.suggest(trial, {})
        families.append(family)
        first = {"dense": ("layers", 1), "cnn": ("head", "dense")}[family]
        kept.append(drawn[first[0]] == first[1])
        study.tell(trial, 1.0)
    assert 10 < families.count("cnn") < 30
    assert sum(kept) / 40 > 0.75  # of two values each, 0.5 if nothing were kept


@pytest.mark.parametrize("name", ["tpe", "random", "cmaes"])
def test_one_family_is_searched_alone_if_the_search_is_restricted_to_it(name: str) -> None:
    definition = parse_mixed(MIXED.replace("[sampler]", f'[sampler]\nname = "{name}"').replace("= 40", "= 2"))
    restrictions = parse_restrictions(definition.space, ["cnn.epochs=4,6"], ["family=cnn"])
    study = optuna.create_study(direction="maximize")
    for _ in range(6):
        trial = ask(study, definition, 0, {}, restrictions)
        family, drawn = definition.suggest(trial, {})
        assert family == "cnn" and drawn["epochs"] in (4, 6)
        study.tell(trial, drawn["epochs"])


def test_a_grid_visits_the_points_of_each_family() -> None:
    definition = define(
        "grid",
        'family = ["dense", "cnn"]\n[sampler]\nname = "SAMPLER"\n[space]\nepochs = { low = 1, high = 2 }\n'
        "[space.dense]\nlayers = { low = 1, high = 3 }\n[space.cnn]\nblocks = { low = 1, high = 6 }\n",
    )
    study, seen = optuna.create_study(), []
    with pytest.raises(SpaceExhausted):
        for _ in range(99):
            trial = ask(study, definition, 0, {"cnn.blocks": 2})
            seen.append(definition.suggest(trial, {"cnn.blocks": 2}))
            study.tell(trial, 0.0)
    assert len(seen) == 2 * 3 + 2 * 2 and len({str(each) for each in seen}) == len(seen)


def test_gaussian_processes_say_what_they_need() -> None:
    pytest.importorskip("optuna")
    try:
        import torch  # noqa: F401
    except ImportError:
        with pytest.raises(StudyError, match="not installed") as caught:
            run(define("gp"), 1)
        assert "kagglebot[gp]" in caught.value.hint
    else:
        run(define("gp"), 5)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("none", optuna.pruners.NopPruner),
        ("median", optuna.pruners.PercentilePruner),
        ("percentile", optuna.pruners.PercentilePruner),
        ("halving", optuna.pruners.SuccessiveHalvingPruner),
        ("hyperband", optuna.pruners.HyperbandPruner),
    ],
)
def test_pruners_by_name(name: str, kind: type) -> None:
    definition = define("tpe", TEXT + f'[pruner]\nname = "{name}"\n')
    assert isinstance(make_pruner(definition.pruner, 10), kind)
