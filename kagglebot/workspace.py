"""A folder with competitions and studies in it, and everything that can be done there: what the commands call."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kagglebot.paths import DEFAULT_COMPETITION, WorkspacePaths, slug
from kagglebot.system.logging import study_log
from kagglebot.system.progress import ProgressCallback, log_phases

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from kagglebot.analysis.comparison import Comparison
    from kagglebot.analysis.results import StudySummary
    from kagglebot.analysis.study_analysis import StudyAnalysis
    from kagglebot.callbacks.callback import Callback
    from kagglebot.datasets.schema import FetchResult
    from kagglebot.retraining.models import TrainedEnsemble, TrainedModel
    from kagglebot.submission.export.export import Exported
    from kagglebot.submission.ledger import LedgerEntry
    from kagglebot.submission.records import Leaderboard, Submitted


class Workspace(WorkspacePaths):
    """The job, step by step, and what was found.

    Every method does what the command of its name does and prints nothing: it gives back what came of it. What
    takes long calls ``on_progress``. Where no competition or study is named, the folder's own is meant.

        workspace = Workspace("digits")
        workspace.fetch("digit-recognizer")
        workspace.tune(timeout_seconds=600)
        print(workspace.submit().public_score)

    Args:
        root: The folder.

    Raises:
        UsageError: Its ``kagglebot.toml`` is wrong.
    """

    def fetch(
        self,
        competition: str | None = None,
        *,
        on_progress: ProgressCallback | None = None,
        force: bool = False,
        choices: Mapping[str, str] | None = None,
    ) -> "FetchResult":
        """Download a competition's data, unpack, recognise and decode it; nothing new is not done again.

        ``choices`` say otherwise where something was assumed: see ``Schema.choices``. They are kept, and an empty
        text takes one back.

        Raises:
            KaggleError: Kaggle said no, or cannot be reached.
            DataError: The data is out of scope or not in a form kagglebot knows, or the disk refuses it.
            UsageError: The metric chosen is not known.
        """
        from kagglebot.datasets.fetch_request import make_request
        from kagglebot.datasets.ingest import ingest
        from kagglebot.datasets.schema import FetchResult
        from kagglebot.kaggle.client import open_client

        name = slug(competition or self.settings.competition or DEFAULT_COMPETITION)
        folder = self.data(name)
        client = open_client(on_progress)
        metric_name = client.competition(name).metric
        make_request(folder, name, metric_name, choices)  # what is out of scope is not downloaded
        download = client.download(name, folder, on_progress=log_phases(on_progress), force=force)
        schema = ingest(
            download.path,
            folder,
            competition=name,
            metric_name=metric_name,
            choices=choices,
            on_progress=log_phases(on_progress),
        )
        return FetchResult(schema, download.new, folder)

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
        keep: Sequence[str] = (),
        fix: Sequence[str] = (),
        callbacks: "Sequence[Callback | str]" = (),
    ) -> "StudySummary":
        """Run ``trials`` more trials of a study, or as many as the time allows.

        Without either, the definition's own budget holds. With ``cluster``, the address of a Dask scheduler, its
        workers take the trials. ``backend`` is "tensorflow", "torch" or "auto". ``keep`` ("filters=16,32",
        "epochs=4..8") and ``fix`` ("kernel=3") keep this search to a part of the space. ``callbacks``, given
        as they are or by name ("tensorboard"), follow the search.

        Raises:
            DataError: The competition has not been fetched.
            StudyError: There is no such study, its definition is wrong, or it cannot go on.
            UsageError: The backend or a callback is not known, or not installed.
            TuneStopped: The user stopped it.
        """
        from kagglebot.analysis.load import summarise
        from kagglebot.callbacks.dispatch import Dispatcher
        from kagglebot.callbacks.log import SearchLog
        from kagglebot.callbacks.registry import make_callbacks
        from kagglebot.search.tune import tune
        from kagglebot.study_config.load import load_definition
        from kagglebot.study_config.restrict import parse_restrictions
        from kagglebot.training.machine_profile import choose_backend

        followers = make_callbacks(callbacks, self.settings.callbacks)
        chosen = choose_backend(backend or self.settings.backend, elsewhere=cluster is not None)
        name = self.competition(competition)
        definition = load_definition(self.root, self.study(study)).for_metric(self.schema(name).metric)
        definition = definition.model_copy(update={"keep": parse_restrictions(definition.space, keep, fix)})
        location = self.location(name, definition.name, storage)
        budget = definition.budget
        if trials is None and timeout_seconds is None:
            trials, timeout_seconds = budget.trials, budget.timeout_seconds
        with study_log(location.folder, f"tune {definition.name}, {_budget_text(trials, timeout_seconds)}"):
            tune(
                location,
                definition,
                self.data(name),
                trials=trials,
                timeout_seconds=timeout_seconds,
                jobs=jobs or self.settings.jobs,
                seed=seed,
                cluster=cluster,
                backend=chosen,
                on_event=Dispatcher([SearchLog(), *(each for each in followers if not each.in_worker)]),
                worker_callbacks=[each for each in followers if each.in_worker],
            )
        return summarise(self, location)

    def train(
        self,
        study: str | None = None,
        *,
        competition: str | None = None,
        trial: int | None = None,
        threads: int | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> "TrainedModel":
        """Train a trial's settings on all rows, for the epochs that validation chose; once per trial.

        With ``threads`` it is trained with so many, and again where it was with another number.

        Raises:
            StudyError: There is no such trial, or none is complete.
            TrainingError: The net cannot be trained.
        """
        from kagglebot.retraining.plan import plan
        from kagglebot.retraining.train import train_planned

        planned = plan(self, self.competition(competition), study, trial)
        (model,) = train_planned(self, planned, on_progress, threads)
        return model

    def train_ensemble(
        self,
        count: int,
        study: str | None = None,
        *,
        competition: str | None = None,
        threads: int | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> "TrainedEnsemble":
        """Choose ``count`` times a trial, so that they do best together, and train each on all rows.

        Raises:
            StudyError: None is complete, or none kept what it predicted for its validation rows.
            TrainingError: A net cannot be trained, or its process was killed; finished ones are kept.
        """
        from kagglebot.retraining.plan import plan
        from kagglebot.retraining.train import train_planned

        planned = plan(self, self.competition(competition), study, ensemble=count)
        return planned.ensemble(train_planned(self, planned, on_progress, threads))

    def submit(
        self,
        study: str | None = None,
        *,
        competition: str | None = None,
        trial: int | None = None,
        ensemble: int | None = None,
        file: Path | None = None,
        dry_run: bool = False,
        wait: bool = True,
        again: bool = False,
        late: bool = False,
        message: str | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> "Submitted":
        """Predict the test set with a trial's model or an ensemble, upload that once, and read the score back.

        Raises:
            SubmissionError: The file does not fit, or no submission is possible now.
            KaggleError: Kaggle said no, or cannot be reached.
        """
        from kagglebot.submission.pipeline import SubmitOptions, submit_file, submit_model

        name = self.competition(competition)
        options = SubmitOptions(dry_run, wait, again, late, message)
        if file is not None:
            return submit_file(self, name, file, options=options, on_progress=on_progress)
        return submit_model(
            self, name, study, trial=trial, ensemble=ensemble, options=options, on_progress=on_progress
        )

    def export(
        self,
        study: str | None = None,
        *,
        competition: str | None = None,
        trial: int | None = None,
        to: Path | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> "Exported":
        """Write a trial's model with all that predicts with it in a Kaggle notebook without internet.

        Args:
            study: The study; without, the best trial of all studies.
            competition: The competition.
            trial: The trial; without, the best.
            to: The folder to write; without, one in the study's own folder.
            on_progress: Called while the model is trained, where the model is not there yet.

        Raises:
            StudyError: There is no such trial, or none is complete.
            UsageError: The folder holds something else.
            DataError: The disk refuses.
        """
        from kagglebot.submission.export.export import write_export

        model = self.train(study, competition=competition, trial=trial, on_progress=on_progress)
        location = self.location(model.competition, model.study).folder
        folder = to or location / "export" / f"trial-{model.trial}"
        log_phases(on_progress)("writing", 0, None)
        with study_log(location, f"export trial {model.trial} to {folder}"):
            return write_export(model, self.schema(model.competition), folder)

    def studies(self, competition: str | None = None) -> "list[StudySummary]":
        """Summaries of all studies that have trials here, of one competition or of all."""
        from kagglebot.analysis.load import find_studies

        return find_studies(self, [slug(competition)] if competition else self.fetched())

    def summary(self, study: str | None = None, competition: str | None = None) -> "StudySummary":
        """One study's trials, with the importances of its parameters.

        Raises:
            StudyError: There is no such study, or it has no trials yet.
        """
        from kagglebot.analysis.load import find_study

        return find_study(self, self.competition(competition), self.study(study))

    def analysis(self, study: str | None = None, competition: str | None = None) -> "StudyAnalysis":
        """What a study has to say: what won, by how much, whether that is luck, what mattered, what to do next.

        Raises:
            StudyError: There is no such study, or it has no trials yet.
        """
        from kagglebot.analysis.study_analysis import analyse_study
        from kagglebot.submission.ledger import Ledgers

        summary = self.summary(study, competition)
        name = summary.competition
        entries = Ledgers(self.studies_folder).entries(name, summary.study)
        submitted = {entry.model for entry in entries if entry.status not in ("failed", "error")}
        return analyse_study(
            summary, self.location(name, summary.study).folder, self.data(name), submitted=submitted
        )

    def worst_images(self, analysis: "StudyAnalysis", count: int) -> "list[NDArray[np.uint8]]":
        """Images ``(height, width, channels)`` of a study's worst mistakes, as fetched, the worst first."""
        from kagglebot.datasets.dataset import load_dataset

        worst = analysis.confusion.worst[:count] if analysis.confusion else ()
        images = load_dataset(self.data(analysis.summary.competition)).train_images
        return [images[each.row] for each in worst]

    def compare(self, studies: Sequence[str], competition: str | None = None) -> "Comparison":
        """Studies of one competition side by side.

        Raises:
            StudyError: There is no such study, or it has no trials yet.
        """
        from kagglebot.analysis.comparison import compare

        insights = [self.analysis(study, competition) for study in studies]
        name = insights[0].summary.competition
        folders = [self.location(name, each.summary.study).folder for each in insights]
        return compare(insights, folders, self.data(name))

    def report(self, study: str | None = None, *, competition: str | None = None, to: Path | None = None) -> Path:
        """Write a study as one HTML file, and say where: into the study's own folder unless said otherwise.

        Raises:
            StudyError: There is no such study, or it has no trials yet.
            DataError: The disk refuses.
        """
        from kagglebot.report.html.confusion import PICTURES
        from kagglebot.report.html.page import write_page
        from kagglebot.submission.ledger import Ledgers

        analysis = self.analysis(study, competition)
        name, found = analysis.summary.competition, analysis.summary.study
        path = to or self.location(name, found).folder / "report.html"
        entries = Ledgers(self.studies_folder).entries(name, found)
        write_page(path, analysis, entries, self.worst_images(analysis, PICTURES))
        return path

    def trials(self, study: str | None = None, competition: str | None = None) -> "pd.DataFrame":
        """Return a study's trials as a DataFrame, one row each: see ``analysis.dataframes.trials_dataframe``.

        Raises:
            StudyError: There is no such study, or it has no trials yet.
        """
        from kagglebot.analysis.dataframes import trials_dataframe

        return trials_dataframe(self.summary(study, competition))

    def oof(
        self, study: str | None = None, *, trial: int | None = None, competition: str | None = None
    ) -> "pd.DataFrame":
        """Return out-of-fold predictions as a DataFrame: see ``analysis.dataframes.oof_dataframe``.

        They are of the best trial, or of ``trial``.

        Raises:
            StudyError: There is no such study or trial, or none is complete.
            DataError: The trial has no out-of-fold predictions, or they are damaged or of other data.
        """
        from kagglebot.analysis.dataframes import oof_dataframe
        from kagglebot.datasets.dataset import load_dataset

        summary = self.summary(study, competition)
        folder = self.location(summary.competition, summary.study).folder
        return oof_dataframe(summary, summary.choose(trial), folder, load_dataset(self.data(summary.competition)))

    def submissions(
        self, competition: str | None = None, *, refresh: bool = True, on_progress: ProgressCallback | None = None
    ) -> "pd.DataFrame":
        """Return all submissions as a DataFrame: see ``submission.dataframes.submissions_dataframe``.

        Raises:
            KaggleError: Kaggle refused, or cannot be reached; without ``refresh`` it is not asked.
        """
        from kagglebot.submission.dataframes import submissions_dataframe

        return submissions_dataframe(
            self.submission_records(competition, refresh=refresh, on_progress=on_progress)
        )

    def submission_records(
        self, competition: str | None = None, *, refresh: bool = True, on_progress: ProgressCallback | None = None
    ) -> "list[LedgerEntry]":
        """Return the record of each submission, oldest first; scores that came later are read from Kaggle.

        Raises:
            KaggleError: Kaggle refused, or cannot be reached; without ``refresh`` it is not asked.
        """
        from kagglebot.submission.status import read_submissions

        name = self.competition(competition)
        return read_submissions(self, name, refreshed=refresh, on_progress=on_progress)

    def leaderboard(
        self, competition: str | None = None, *, on_progress: ProgressCallback | None = None
    ) -> "pd.DataFrame":
        """Return the public leaderboard as a DataFrame: see ``submission.dataframes.leaderboard_dataframe``.

        Raises:
            KaggleError: Kaggle refused, or cannot be reached.
        """
        from kagglebot.submission.dataframes import leaderboard_dataframe

        return leaderboard_dataframe(self.standing(competition, on_progress=on_progress))

    def standing(
        self, competition: str | None = None, *, on_progress: ProgressCallback | None = None
    ) -> "Leaderboard":
        """Return the public leaderboard with the rank of the best score submitted from this workspace.

        Raises:
            KaggleError: Kaggle refused, or cannot be reached.
        """
        from kagglebot.submission.status import read_leaderboard

        return read_leaderboard(self, self.competition(competition), on_progress)


def _budget_text(trials: int | None, timeout_seconds: float | None) -> str:
    count = f"{trials} trial{'s' * (trials > 1)}" if trials else ""
    seconds = f"{timeout_seconds:g} s" if timeout_seconds else ""
    return " and ".join(filter(None, (count, seconds))) or "without a limit"
