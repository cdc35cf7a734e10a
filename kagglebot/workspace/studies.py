"""What studies show, read without training."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kagglebot.paths import WorkspacePaths

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from kagglebot.analysis.comparison import Comparison
    from kagglebot.analysis.study_analysis import StudyAnalysis
    from kagglebot.analysis.study_summary import StudySummary


class StudyMethods(WorkspacePaths):
    """The methods of a workspace that read studies."""

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
        from kagglebot.study_config.definition_files import is_shipped
        from kagglebot.submission.ledger import Ledgers

        summary = self.summary(study, competition)
        location, data = self.location(summary.competition, summary.study), self.data(summary.competition)
        submitted = Ledgers(self.studies_folder).submitted_models(summary.competition, summary.study)
        option = self.competition_option(summary.competition)
        return analyse_study(
            summary,
            location.folder,
            data,
            submitted=submitted,
            option=option,
            shipped=is_shipped(self.root, summary.study),
        )

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
