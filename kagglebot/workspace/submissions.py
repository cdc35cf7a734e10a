"""Submissions, their scores, the leaderboard, and the notebooks that submit."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kagglebot.paths import WorkspacePaths
from kagglebot.system.progress import ProgressCallback

if TYPE_CHECKING:
    import pandas as pd

    from kagglebot.submission.ledger import LedgerEntry
    from kagglebot.submission.notebooks.made import OnKaggle
    from kagglebot.submission.records import Leaderboard, Submitted


class SubmissionMethods(WorkspacePaths):
    """The methods of a workspace for submissions."""

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
