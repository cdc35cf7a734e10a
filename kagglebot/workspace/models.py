"""The models of trials: train them on all rows, and export them."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from kagglebot.paths import WorkspacePaths
from kagglebot.system.progress import ProgressCallback

if TYPE_CHECKING:
    from kagglebot.retraining.making import Making
    from kagglebot.retraining.plan import Plan
    from kagglebot.retraining.records import TrainedEnsemble, TrainedModel
    from kagglebot.submission.export.export import Exported


class ModelMethods(WorkspacePaths):
    """The methods of a workspace for models."""

    def train(
        self,
        study: str | None = None,
        *,
        competition: str | None = None,
        trial: int | None = None,
        cheaper: bool = False,
        threads: int | None = None,
        from_scratch: bool = False,
        on: Literal["here", "kaggle"] = "here",
        gpu: bool = False,
        on_progress: ProgressCallback | None = None,
    ) -> "TrainedModel":
        """Train the model of a trial on all rows.

        It is continued from the trial's checkpoint for a fifth more epochs; without one, or if that is soon done,
        it is trained from nothing for the number of epochs that validation chose. A model that is there already is
        returned as it is.

        Args:
            study: The study; without, the one with the best trial.
            competition: The competition.
            trial: Number of the trial; without, the best.
            cheaper: Take the trial that trains fastest of those within one standard error of the best.
            threads: Number of threads to train with, from nothing; the model is trained again if another number
                trained it.
            from_scratch: Train from nothing, also if a model is there that was continued from a checkpoint.
            on: Where to train: "kaggle" for a notebook of the user's, which is made and waited for.
            gpu: Train on a GPU there.
            on_progress: Called while it runs.

        Raises:
            StudyError: There is no such trial, or none is complete.
            TrainingError: The model cannot be trained.
            KaggleError: Kaggle refused, or cannot be reached.
            SubmissionError: The dataset or the notebook failed on Kaggle.

        Example:
            >>> model = workspace.train("small", trial=0)
            >>> model.trial, model.epochs <= 3, model.path.exists()
            (0, True, True)
        """
        from kagglebot.retraining.choice.planning import plan
        from kagglebot.retraining.making import Making

        making = Making.asked(from_scratch=from_scratch or threads is not None)
        name = self.competition(competition)
        planned = plan(self, name, study, trial, cheaper=cheaper, making=making, alone=True)
        (model,) = self._train(planned, on_progress, threads=threads, making=making, on=on, gpu=gpu)
        return model

    def train_best(
        self,
        study: str | None = None,
        *,
        competition: str | None = None,
        threads: int | None = None,
        from_scratch: bool = False,
        on: Literal["here", "kaggle"] = "here",
        gpu: bool = False,
        on_progress: ProgressCallback | None = None,
    ) -> "TrainedModel | TrainedEnsemble":
        """Train what ``submit`` predicts with where no trial is named.

        That is the model of the best trial. Where the study's definition asks for several ``nets`` under
        ``[final]``, it is an ensemble of that model and of those of trials that add to it and are soon made.

        Args:
            study: The study; without, the one with the best trial.
            competition: The competition.
            threads: As for ``train``.
            from_scratch: As for ``train``.
            on: As for ``train``.
            gpu: As for ``train``.
            on_progress: Called while it runs.

        Raises:
            StudyError: No trial is complete.
            TrainingError: A model cannot be trained, or its process was killed. Finished models are kept.

        Example:
            >>> workspace.train_best("small").label
            'trial 0'
        """
        from kagglebot.retraining.choice.planning import plan
        from kagglebot.retraining.making import Making

        making = Making.asked(from_scratch=from_scratch or threads is not None)
        planned = plan(self, self.competition(competition), study, making=making)
        return planned.record(self._train(planned, on_progress, threads=threads, making=making, on=on, gpu=gpu))

    def train_ensemble(
        self,
        count: int,
        study: str | None = None,
        *,
        competition: str | None = None,
        threads: int | None = None,
        from_scratch: bool = False,
        on: Literal["here", "kaggle"] = "here",
        gpu: bool = False,
        on_progress: ProgressCallback | None = None,
    ) -> "TrainedEnsemble":
        """Choose the trials that predict best together, and train the model of each on all rows.

        Args:
            count: Number of models. A good trial may be chosen more than once, each time with another seed.
            study: The study; without, the one with the best trial.
            competition: The competition.
            threads: Number of threads to train each with, from nothing.
            from_scratch: Train all from nothing.
            on: As for ``train``.
            gpu: As for ``train``.
            on_progress: Called while it runs.

        Raises:
            StudyError: No trial is complete, or none has out-of-fold predictions.
            TrainingError: A model cannot be trained, or its process was killed. Finished models are kept.

        Example:
            >>> ensemble = workspace.train_ensemble(2, "small")
            >>> len(ensemble.models), ensemble.validation_score >= ensemble.single_score
            (2, True)
        """
        from kagglebot.retraining.choice.planning import plan
        from kagglebot.retraining.making import Making

        making = Making.asked(from_scratch=from_scratch or threads is not None)
        planned = plan(self, self.competition(competition), study, ensemble=count, making=making)
        return planned.ensemble(self._train(planned, on_progress, threads=threads, making=making, on=on, gpu=gpu))

    def _train(
        self,
        planned: "Plan",
        on_progress: ProgressCallback | None,
        *,
        threads: int | None,
        making: "Making",
        on: Literal["here", "kaggle"],
        gpu: bool,
    ) -> "tuple[TrainedModel, ...]":
        """Train what is planned, here or on Kaggle."""
        from kagglebot.retraining.making import Making
        from kagglebot.retraining.train import train_planned

        if on == "here" or planned.is_trained:
            return train_planned(self, planned, on_progress, threads)
        from kagglebot.remote.training import train_on_kaggle

        scratch = making is Making.FROM_SCRATCH
        return train_on_kaggle(
            self, planned, threads=threads, from_scratch=scratch, gpu=gpu, on_progress=on_progress
        )

    def export(
        self,
        study: str | None = None,
        *,
        competition: str | None = None,
        trial: int | None = None,
        ensemble: int | None = None,
        cheaper: bool = False,
        to: Path | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> "Exported":
        """Write a model or an ensemble, and the code that predicts with it in a Kaggle notebook without internet.

        Args:
            study: The study; without, the one with the best trial.
            competition: The competition.
            trial: Number of the trial; without, the best.
            ensemble: Number of models that predict together, instead of one.
            cheaper: As for ``train``.
            to: The folder to write; without, one in the study's folder.
            on_progress: Called while models are trained that are not there yet.

        Raises:
            StudyError: There is no such trial, or none is complete.
            UsageError: The folder has other content.
            DataError: The disk is full, or the folder cannot be written.

        Example:
            >>> "inference.py" in workspace.export("small").files
            True
        """
        from kagglebot.retraining.choice.planning import plan
        from kagglebot.retraining.train import train_planned
        from kagglebot.submission.export.export import export_model

        planned = plan(self, self.competition(competition), study, trial, ensemble, cheaper=cheaper)
        trained = planned.record(train_planned(self, planned, on_progress))
        return export_model(self, trained, to, on_progress)
