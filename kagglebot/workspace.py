"""A workspace: a folder with competitions and studies, and one method for each command."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from kagglebot.errors import UsageError
from kagglebot.kaggle.names import competition_slug
from kagglebot.paths import DEFAULT_COMPETITION, WorkspacePaths
from kagglebot.system.progress import ProgressCallback

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from kagglebot.analysis.comparison import Comparison
    from kagglebot.analysis.study_analysis import StudyAnalysis
    from kagglebot.analysis.study_summary import StudySummary
    from kagglebot.callbacks.callback import Callback
    from kagglebot.datasets.cleaning import Removable
    from kagglebot.datasets.schema import FetchResult
    from kagglebot.retraining.making import Making
    from kagglebot.retraining.plan import Plan
    from kagglebot.retraining.records import TrainedEnsemble, TrainedModel
    from kagglebot.submission.export.export import Exported
    from kagglebot.submission.ledger import LedgerEntry
    from kagglebot.submission.notebooks.made import OnKaggle
    from kagglebot.submission.records import Leaderboard, Submitted


class Workspace(WorkspacePaths):
    """A folder with competitions and studies, and one method for each command.

    A method does what the command of its name does, prints nothing and returns the result. Where
    ``competition`` or ``study`` is left out, it takes that of ``kagglebot.toml``, else the only competition there
    is, and the study that fits its images. ``on_progress(phase, done, total)`` is called while something takes
    long; ``total`` is None where it is unknown.

    The examples on this page share one workspace, with the practice competition ``digits-practice`` and its
    studies ``net``, ``wide`` and ``small``.

    Args:
        root: The folder.

    Raises:
        UsageError: ``kagglebot.toml`` is wrong.

    Example:
        >>> from kagglebot import Workspace
        >>> workspace = Workspace("digits")
        >>> workspace.fetched()
        ['digits-practice']
    """

    def fetch(
        self,
        competition: str | None = None,
        *,
        on_progress: ProgressCallback | None = None,
        force: bool = False,
        choices: Mapping[str, str] | None = None,
        source: Path | str | None = None,
    ) -> "FetchResult":
        """Download a competition's files, unpack them, recognise their layout and decode the images.

        What is there already is neither downloaded nor decoded again; files that were edited by hand are decoded
        as they are now.

        Args:
            competition: Kaggle's name of the competition, or the address of its page.
            on_progress: Called while it runs.
            force: Download again even where Kaggle has nothing new, and replace files that were edited by hand.
            choices: What to read otherwise than assumed: column names for ``target``, ``id`` and ``group``, a
                name for ``metric``, "one" or "several" for ``labels``, "yes" for ``skip_corrupt``, patterns of the
                only ``files`` to download, one a line. They are saved; an empty text takes one back.
            source: A folder of the competition's files, or its zip file, to read instead of asking Kaggle; it is
                never written to. In a notebook on Kaggle, the competition among its inputs is found without.

        Raises:
            KaggleError: Kaggle refused, or cannot be reached.
            DataError: The data is out of scope, damaged or in no known layout, or the disk is full.
            UsageError: There is no such metric, or no file is like a pattern.

        Example:
            >>> found = workspace.fetch("digits-practice")
            >>> found.schema.train_rows, found.schema.image_shape, found.schema.layout
            (1200, (8, 8, 1), 'pixel-columns')
        """
        from kagglebot.datasets.fetch import fetch
        from kagglebot.datasets.local_source import find_source

        asked = (self.settings.competition or None) if competition is None else competition
        local = find_source(source, asked)
        name = competition_slug(DEFAULT_COMPETITION if asked is None else asked)
        path = None
        if local:  # a file may be named in capitals
            name, path = self.competition(local.competition), local.path
        return fetch(self.data(name), name, choices=choices, force=force, on_progress=on_progress, source=path)

    def tune(
        self,
        study: str | None = None,
        *,
        competition: str | None = None,
        trials: int | None = None,
        timeout_seconds: float | None = None,
        jobs: int | None = None,
        storage: str | None = None,
        seed: int | None = None,
        cluster: str | None = None,
        backend: str | None = None,
        restrict: Sequence[str] = (),
        fix: Sequence[str] = (),
        callbacks: "Sequence[Callback | str]" = (),
        on: Literal["here", "kaggle"] = "here",
        gpu: bool = False,
        sessions: int = 1,
        on_progress: ProgressCallback | None = None,
    ) -> "StudySummary":
        """Run trials of a study, in addition to those that it has.

        Args:
            study: The study.
            competition: The competition.
            trials: Number of trials to run. Without this and ``timeout_seconds`` the study's own budget holds.
            timeout_seconds: Seconds after which the search ends.
            jobs: Number of worker processes.
            storage: URL of a database for the trials.
            seed: Seed of the sampler and of the trials, instead of the study's.
            cluster: Address of a Dask scheduler whose workers run the trials.
            backend: What nets are trained on: "tensorflow", "torch" or "auto".
            restrict: Values that parameters are restricted to in this search: "filters=16,32", "epochs=4..8".
            fix: Values that parameters are fixed to in this search: "kernel=3".
            callbacks: What follows the search: callbacks, or their names, such as "tensorboard".
            on: Where trials run: "kaggle" for a notebook of the user's, which is made and waited for.
            gpu: Search on a GPU there.
            sessions: Notebooks that share the trials there, at the same time.
            on_progress: Called with each step there.

        Returns:
            The whole study, earlier trials included.

        Raises:
            DataError: The competition has not been fetched, or no rows can be held out.
            StudyError: There is no such study, its definition is wrong, or it cannot be continued.
            UsageError: The backend or a callback is unknown or not installed.
            TuneStopped: The user stopped the search.
            KaggleError: Kaggle refused, or cannot be reached.
            SubmissionError: The dataset or the notebook failed on Kaggle.

        Example:
            >>> summary = workspace.tune("small", trials=2, jobs=1)
            >>> summary.complete, sorted(summary.best.params)
            (2, ['learning_rate', 'units_1'])
        """
        from kagglebot.analysis.load import summarise
        from kagglebot.search.prepare import start_search

        name = self.competition(competition)
        if on == "kaggle":
            if cluster or storage or callbacks:
                hint = "There it takes no cluster, no storage and no callbacks."
                raise UsageError("A notebook on Kaggle has no network.", hint)
            from kagglebot.remote.search import RemoteSearch, tune_on_kaggle

            asked = RemoteSearch(trials, timeout_seconds, jobs, seed, backend, restrict, fix)
            location = tune_on_kaggle(
                self, self.study(study, name), name, asked, gpu=gpu, sessions=sessions, on_progress=on_progress
            )
            return summarise(self, location)
        location = start_search(
            self,
            self.study(study, name),
            name,
            trials=trials,
            timeout_seconds=timeout_seconds,
            jobs=jobs,
            storage=storage,
            seed=seed,
            cluster=cluster,
            backend=backend,
            restrict=restrict,
            fix=fix,
            callbacks=callbacks,
        )
        return summarise(self, location)

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

    def submit(
        self,
        study: str | None = None,
        *,
        competition: str | None = None,
        trial: int | None = None,
        ensemble: int | None = None,
        cheaper: bool = False,
        file: Path | None = None,
        from_scratch: bool = False,
        now: bool = False,
        dry_run: bool = False,
        wait: bool = True,
        again: bool = False,
        late: bool = False,
        gpu: bool = False,
        message: str | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> "Submitted":
        """Predict the test set, upload the file once, and wait for the score.

        Models that are not trained yet are trained first. A file that Kaggle already has is not uploaded again.

        In a competition that takes notebooks only, the exported model goes to Kaggle as a private dataset, a
        private notebook predicts with it, and its output is submitted. The next call continues one that was
        interrupted.

        Args:
            study: The study; without, the one with the best trial.
            competition: The competition.
            trial: Number of the trial; without, the best.
            ensemble: Number of models that predict together, instead of one.
            cheaper: As for ``train``.
            file: A CSV file to submit as it is, after the same checks.
            from_scratch: Train models from nothing, as ``train`` does.
            now: Submit what the trial's checkpoint predicts, without training on all rows.
            dry_run: Write and check the file, but do not upload it.
            wait: Wait for the score.
            again: Submit a file once more that Kaggle already has.
            late: Submit after the deadline, too.
            gpu: Run the notebook on a GPU, where the competition takes notebooks.
            message: Description on Kaggle.
            on_progress: Called while it runs.

        Raises:
            SubmissionError: The file does not fit the competition, or no submission is possible now.
            KaggleError: Kaggle refused, or cannot be reached.
            StudyError: There is no such trial, or none is complete.

        Example:
            >>> submitted = workspace.submit("small", dry_run=True)
            >>> submitted.rows, submitted.status
            (597, 'dry-run')
            >>> submitted = workspace.submit("small")
            >>> submitted.status, submitted.public_score > 0.5
            ('complete', True)
        """
        from kagglebot.retraining.making import Making
        from kagglebot.submission.pipeline import SubmitOptions, submit_file, submit_model

        name = self.competition(competition)
        options = SubmitOptions(dry_run, wait, again, late, gpu, message)
        making = Making.asked(from_scratch=from_scratch, now=now)
        if file is not None:
            return submit_file(self, name, file, options=options, on_progress=on_progress)
        return submit_model(
            self,
            name,
            study,
            trial=trial,
            ensemble=ensemble,
            making=making,
            cheaper=cheaper,
            options=options,
            on_progress=on_progress,
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

    def notebooks(self, *, on_progress: ProgressCallback | None = None) -> "list[OnKaggle]":
        """Return the datasets and notebooks that ``submit`` made in the user's account on Kaggle.

        Args:
            on_progress: Called while it asks.

        Raises:
            KaggleError: Kaggle refused, or cannot be reached.

        Example:
            >>> workspace.notebooks()
            []
        """
        from kagglebot.submission.notebooks.made import list_made

        return list_made(self, on_progress)

    def remove_notebooks(
        self, made: "Sequence[OnKaggle]", *, on_progress: ProgressCallback | None = None
    ) -> "list[OnKaggle]":
        """Delete datasets and notebooks from the user's account on Kaggle, but for those in use.

        Args:
            made: What ``notebooks`` returned, or a part of it.
            on_progress: Called while they are removed.

        Returns:
            What was removed.

        Raises:
            KaggleError: Kaggle refused, or cannot be reached.

        Example:
            >>> workspace.remove_notebooks(workspace.notebooks())
            []
        """
        from kagglebot.submission.notebooks.made import remove

        return remove(made, on_progress)

    def studies(self, competition: str | None = None) -> "list[StudySummary]":
        """Return the summaries of all studies that have trials.

        Args:
            competition: The competition; without, all competitions.

        Raises:
            StudyError: No study can be read, as the storage of one does not answer.

        Example:
            >>> sorted(summary.study for summary in workspace.studies())
            ['net', 'small', 'wide']
        """
        from kagglebot.analysis.load import find_studies

        return find_studies(self, self.fetched() if competition is None else [self.competition(competition)])

    def summary(self, study: str | None = None, competition: str | None = None) -> "StudySummary":
        """Return a study's trials, with the importance of each parameter.

        Raises:
            StudyError: There is no such study, or it has no trials yet.

        Example:
            >>> summary = workspace.summary("net")
            >>> len(summary.trials), summary.complete, summary.pruned, summary.failed
            (37, 11, 22, 2)
        """
        from kagglebot.analysis.load import find_study

        name = self.competition(competition)
        return find_study(self, name, self.study(study, name))

    def analysis(self, study: str | None = None, competition: str | None = None) -> "StudyAnalysis":
        """Return what a study shows: its best trial and how significant that is, what matters, what to try next.

        Raises:
            StudyError: There is no such study, or it has no trials yet.

        Example:
            >>> analysis = workspace.analysis("net")
            >>> analysis.significance.rows
            600
            >>> [setting.name for setting in analysis.settings][:3]
            ['blocks', 'filters', 'kernel']
        """
        from kagglebot.analysis.build_analysis import analyse_study
        from kagglebot.submission.ledger import Ledgers

        summary = self.summary(study, competition)
        location, data = self.location(summary.competition, summary.study), self.data(summary.competition)
        submitted = Ledgers(self.studies_folder).submitted_models(summary.competition, summary.study)
        return analyse_study(summary, location.folder, data, submitted=submitted)

    def worst_images(self, analysis: "StudyAnalysis", count: int) -> "list[NDArray[np.uint8]]":
        """Return the images of a study's worst mistakes, the worst first.

        Args:
            analysis: The study.
            count: How many images, at most.

        Returns:
            Arrays ``(height, width, channels)``, uint8 from 0 to 255, as fetched.

        Example:
            >>> [image.shape for image in workspace.worst_images(workspace.analysis("net"), 2)]
            [(8, 8, 1), (8, 8, 1)]
        """
        from kagglebot.datasets.dataset import load_dataset

        worst = analysis.confusion.worst[:count] if analysis.confusion else ()
        images = load_dataset(self.data(analysis.summary.competition)).train_images
        return [images[each.row] for each in worst]

    def compare(self, studies: Sequence[str], competition: str | None = None) -> "Comparison":
        """Return studies of one competition side by side.

        Args:
            studies: Their names.
            competition: The competition.

        Raises:
            StudyError: There is no such study, or it has no trials yet.

        Example:
            >>> comparison = workspace.compare(["net", "wide"])
            >>> comparison.best
            'wide'
        """
        from kagglebot.analysis.comparison import compare

        name = self.competition(competition)
        analyses = [self.analysis(study, name) for study in studies]
        return compare(analyses, [self.location(name, study).folder for study in studies], self.data(name))

    def report(self, study: str | None = None, *, competition: str | None = None, to: Path | None = None) -> Path:
        """Write a study as one HTML file that needs no other.

        Args:
            study: The study.
            competition: The competition.
            to: The file to write; without, ``report.html`` in the study's folder.

        Returns:
            The file.

        Raises:
            StudyError: There is no such study, or it has no trials yet.
            DataError: The disk is full, or the file cannot be written.

        Example:
            >>> workspace.report("net").name
            'report.html'
        """
        from kagglebot.report.html.page import PICTURES, write_page
        from kagglebot.submission.ledger import Ledgers

        analysis = self.analysis(study, competition)
        name, found = analysis.summary.competition, analysis.summary.study
        path = to or self.location(name, found).folder / "report.html"
        entries = Ledgers(self.studies_folder).entries(name, found)
        write_page(path, analysis, entries, self.worst_images(analysis, PICTURES))
        return path

    def trials(self, study: str | None = None, competition: str | None = None) -> "pd.DataFrame":
        """Return a study's trials as a DataFrame, one row for each: see ``trials_dataframe`` for the columns.

        Raises:
            StudyError: There is no such study, or it has no trials yet.

        Example:
            >>> trials = workspace.trials("net")
            >>> int(trials["value"].idxmax()), len(trials)
            (8, 37)
        """
        from kagglebot.analysis.dataframes import trials_dataframe

        return trials_dataframe(self.summary(study, competition))

    def oof(
        self, study: str | None = None, *, trial: int | None = None, competition: str | None = None
    ) -> "pd.DataFrame":
        """Return a trial's out-of-fold predictions as a DataFrame: see ``oof_dataframe`` for the columns.

        Args:
            study: The study.
            trial: Number of the trial; without, the best.
            competition: The competition.

        Raises:
            StudyError: There is no such study or trial, or none is complete.
            DataError: The trial has no out-of-fold predictions, or they are damaged or of other data.

        Example:
            >>> len(workspace.oof("net"))
            600
        """
        from kagglebot.analysis.dataframes import oof_dataframe
        from kagglebot.datasets.dataset import load_dataset

        summary = self.summary(study, competition)
        folder = self.location(summary.competition, summary.study).folder
        return oof_dataframe(summary, summary.choose(trial), folder, load_dataset(self.data(summary.competition)))

    def clean(self, competition: str | None = None, *, dry_run: bool = False) -> "list[Removable]":
        """Remove what can be made again: features, decoded images of sizes that no study has, leftovers.

        Args:
            competition: The competition; without, all competitions.
            dry_run: Only return what would be removed.

        Returns:
            What was removed.

        Raises:
            DataError: The disk refuses.
            StudyError: A study is at work, or cannot be read, so that it is not known which images it needs.

        Example:
            >>> workspace.clean(dry_run=True)
            [...]
        """
        from kagglebot.analysis.load import find_studies
        from kagglebot.datasets.cleaning import find_removable, remove
        from kagglebot.search.at_work import check_idle

        removed: list[Removable] = []
        for name in self.fetched() if competition is None else [self.competition(competition)]:
            folder, studies = self.data(name), self.studies_folder / name
            rules = {summary.images for summary in find_studies(self, [name], every=True)}
            found = find_removable(folder, rules, [path for path in studies.rglob("*") if path.is_dir()])
            if found and not dry_run:
                check_idle(studies)
                remove(folder, found)
            removed += found
        return removed

    def submissions(
        self, competition: str | None = None, *, refresh: bool = True, on_progress: ProgressCallback | None = None
    ) -> "pd.DataFrame":
        """Return all submissions as a DataFrame: see ``submissions_dataframe`` for the columns.

        Args:
            competition: The competition.
            refresh: Ask Kaggle for scores that are not known yet.
            on_progress: Called while it runs.

        Raises:
            KaggleError: Kaggle refused, or cannot be reached.

        Example:
            >>> workspace.submissions()["status"].tolist()
            ['complete']
        """
        from kagglebot.submission.dataframes import submissions_dataframe

        return submissions_dataframe(
            self.submission_records(competition, refresh=refresh, on_progress=on_progress)
        )

    def submission_records(
        self, competition: str | None = None, *, refresh: bool = True, on_progress: ProgressCallback | None = None
    ) -> "list[LedgerEntry]":
        """Return the record of each submission, oldest first.

        Args:
            competition: The competition.
            refresh: Ask Kaggle for scores that are not known yet.
            on_progress: Called while it runs.

        Raises:
            KaggleError: Kaggle refused, or cannot be reached.

        Example:
            >>> [(entry.study, entry.rows) for entry in workspace.submission_records()]
            [('small', 597)]
        """
        from kagglebot.submission.status import read_submissions

        name = self.competition(competition)
        return read_submissions(self, name, refreshed=refresh, on_progress=on_progress)

    def leaderboard(
        self, competition: str | None = None, *, on_progress: ProgressCallback | None = None
    ) -> "pd.DataFrame":
        """Return the public leaderboard as a DataFrame: see ``leaderboard_dataframe`` for the columns.

        Raises:
            KaggleError: Kaggle refused, or cannot be reached.

        Example:
            >>> len(workspace.leaderboard())
            4
        """
        from kagglebot.submission.dataframes import leaderboard_dataframe

        return leaderboard_dataframe(self.standing(competition, on_progress=on_progress))

    def standing(
        self, competition: str | None = None, *, on_progress: ProgressCallback | None = None
    ) -> "Leaderboard":
        """Return the public leaderboard, with the rank of this workspace's best score.

        Raises:
            KaggleError: Kaggle refused, or cannot be reached.

        Example:
            >>> workspace.standing().rank <= 4
            True
        """
        from kagglebot.submission.status import read_leaderboard

        return read_leaderboard(self, self.competition(competition), on_progress)
