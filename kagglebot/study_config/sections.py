"""The sections of a study definition, such as ``[validation]``, with their defaults and limits."""

from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, field_validator, model_validator

from kagglebot.datasets.images.resize_rule import Fit, ImageRule
from kagglebot.datasets.splits import (
    Groups,
    Split,
    folds,
    holdout,
    holdout_rows,
    plain_holdout,
    plain_holdout_rows,
    seal,
)
from kagglebot.study_config.limits import limited

Seed = Annotated[int, limited("seed")]


class Section(BaseModel):
    """A part of a definition: unknown keys are refused, and so are NaN and infinity."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Validation(Section):
    """The validation rows, the same for every trial: one part held out, or each of some folds in turn.

    With ``folds_up_to``, folds are for competitions with at most so many rows, of which a part would be too few
    to tell trials apart; of larger ones ``fraction`` is held out.
    Without ``stratified`` the part is that of scikit-learn's ``train_test_split`` with the same seed, unless rows
    have groups: whole groups are stratified always.
    The share ``sealed`` of the rows, stratified, is kept from every trial and from the final model, which is
    scored on it.
    """

    fraction: float = Field(0.2, gt=0, lt=1)
    folds: int | None = Field(None, ge=2, le=50)
    folds_up_to: int | None = Field(None, ge=1)
    stratified: bool = True
    sealed: float | None = Field(None, gt=0, le=0.5)
    seed: Seed = 42

    @model_validator(mode="after")
    def _folds_are_stratified(self) -> "Validation":
        if self.folds is not None and not self.stratified:
            raise ValueError("folds are always stratified")
        if self.folds is None and self.folds_up_to is not None:
            raise ValueError("folds_up_to needs folds")
        return self

    def for_rows(self, count: int) -> "Validation":
        """Return the validation for a competition with ``count`` labelled rows."""
        keeps = self.folds_up_to is None or count <= self.folds_up_to
        return self.model_copy(update={"folds": self.folds if keeps else None, "folds_up_to": None})

    def splits(self, labels: NDArray[np.int64], groups: Groups = None) -> list[Split]:
        """Return (training rows, validation rows) of each fold, without the sealed rows.

        Args:
            labels: (rows,) class indices.
            groups: (rows,) int64; the rows of a group are all sealed, all in training or all in validation.

        Raises:
            DataError: There are too few rows.
        """
        rows, _ = seal(labels, fraction=self.sealed, seed=self.seed, groups=groups)
        labels, groups = labels[rows], None if groups is None else groups[rows]
        if self.folds is not None:
            splits = folds(labels, count=self.folds, seed=self.seed, groups=groups)
        elif self.stratified or groups is not None:
            splits = [holdout(labels, fraction=self.fraction, seed=self.seed, groups=groups)]
        else:
            splits = [plain_holdout(labels, fraction=self.fraction, seed=self.seed)]
        return [(rows[train_rows], rows[valid_rows]) for train_rows, valid_rows in splits]

    def text(self, group: str = "") -> str:
        """Return a description for people; ``group`` names what tells the rows that stay together, if anything."""
        sealed = "" if self.sealed is None else f"; {100 * self.sealed:.6g}% of all rows are sealed"
        whole = f", whole groups by {group}" if group else ""
        if self.folds is not None:
            return f"mean of {self.folds} folds, stratified{whole}, seed {self.seed}{sealed}"
        drawn = "stratified" if self.stratified or group else "drawn at random"
        return f"{100 * self.fraction:.6g}% of the rows held out, {drawn}{whole}, seed {self.seed}{sealed}"

    def rows(self, count: int, classes: int = 1) -> int:
        """Return how many of ``count`` rows, of so many classes with more than one, a trial is scored on.

        With groups of rows it is about as many.
        """
        if self.sealed is not None:
            count -= holdout_rows(count, classes, fraction=self.sealed)
        if self.folds is not None:
            return count
        if not self.stratified:
            return plain_holdout_rows(count, fraction=self.fraction)
        return holdout_rows(count, classes, fraction=self.fraction)


_Side = Annotated[int, Field(ge=4, le=1024)]


class Images(Section):
    """The shape that images are resized to; see ``ImageRule``. ``size`` may be the side of a square.

    ``size`` resizes all images to it; ``largest`` only shrinks those that are larger.
    """

    size: tuple[_Side, _Side] | None = None
    fit: Fit = "stretch"
    channels: Literal[1, 3] | None = None
    largest: _Side | None = None

    @field_validator("size", mode="before")
    @classmethod
    def _square(cls, size: Any) -> Any:
        return (size, size) if isinstance(size, int) else size

    @model_validator(mode="after")
    def _one_size(self) -> "Images":
        if self.size and self.largest:
            raise ValueError("size and largest exclude each other")
        return self

    @property
    def rule(self) -> ImageRule:
        """The rule for the decoder."""
        return ImageRule(self.size, self.fit, self.channels, self.largest)


class Sampler(Section):
    """The sampler that draws the settings of a trial.

    A drawn startup trial keeps the share ``startup_prior`` of its settings from the first of the definition's
    trials: a recipe known to be strong is a better start than the middle of the ranges.
    """

    name: Literal["tpe", "random", "grid", "cmaes", "gp"] = "tpe"
    startup_trials: int = Field(8, ge=0)
    startup_prior: float = Field(0.0, ge=0, lt=1, validation_alias=AliasChoices("startup_prior", "nearness"))


class Pruner(Section):
    """The pruner, which compares a trial with others after every epoch and may stop it.

    Within an epoch that is long beside the search's time it stops what is clearly behind, also in the
    ``warmup_epochs``.
    """

    name: Literal["median", "percentile", "halving", "hyperband", "none"] = "median"
    startup_trials: int = Field(4, ge=0)
    warmup_epochs: int = Field(2, ge=0)
    percentile: float = Field(50.0, gt=0, lt=100)


class Promotion(Section):
    """Promotion: after some new trials, the best so far is trained for more epochs.

    In the last part of ``--timeout``, its share ``last_share`` and where no new trial would fit, each worker
    continues the best trial that no other one continues, while there is time. A continued trial may have
    ``max_epochs``, more than new ones; by default it ends at the largest number that ``[space]`` has.
    """

    every: int = Field(4, ge=1, le=1000)
    factor: float = Field(1.5, gt=1, le=10)
    max_epochs: int | None = Field(None, ge=1)
    last_share: float = Field(0.0, ge=0, lt=1)


class Budget(Section):
    """The budget of a `tune` without --trials and --timeout."""

    trials: Annotated[int | None, limited("trials")] = None
    timeout_seconds: Annotated[float | None, Field(gt=0), limited("timeout_seconds")] = None


class Final(Section):
    """The final model of ``--best``: the mean of so many nets, of the best trial and of others that add to it.

    Each is continued on all rows from its trial's checkpoint, for ``more_epochs``, a share of the trial's. Where
    trials have folds, ``folds`` says what is made of one: "retrain" trains a net on all rows, "average" takes the
    nets of its folds as they are, without any training.
    """

    nets: int = Field(1, ge=1, le=9)
    more_epochs: float = Field(0.2, gt=0, le=1)
    folds: Literal["retrain", "average"] = "retrain"
