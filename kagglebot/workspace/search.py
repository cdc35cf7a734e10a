"""The search of a study, here or on Kaggle's machines."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from kagglebot.errors import UsageError
from kagglebot.paths import WorkspacePaths
from kagglebot.system.progress import ProgressCallback

if TYPE_CHECKING:
    from kagglebot.analysis.study_summary import StudySummary
    from kagglebot.callbacks.callback import Callback


class SearchMethods(WorkspacePaths):
    """The method of a workspace that searches."""

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
