"""A folder with competitions and studies in it, and everything that can be done there: what the commands call."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kagglebot.errors import DataError, StudyError, UsageError
from kagglebot.outcomes import Exported, FetchResult, Leaderboard, Submitted, TrainedEnsemble, TrainedModel
from kagglebot.progress import Progress, silent
from kagglebot.settings import Settings, read_settings

if TYPE_CHECKING:
    from kagglebot.datasets.schema import Schema
    from kagglebot.finals import Plan
    from kagglebot.kaggle.client import KaggleClient
    from kagglebot.search.events import Listener
    from kagglebot.search.results import StudySummary
    from kagglebot.search.study import Place
    from kagglebot.submission.ledger import Entry
    from kagglebot.submission.ledgers import Ledgers

DEFAULT_COMPETITION = "digit-recognizer"
DEFAULT_STUDY = "cnn"


class Workspace:
    """Any folder; see "One picture" in the README for what lies in it.

    Args:
        root: The folder.

    Raises:
        UsageError: Its ``kagglebot.toml`` is wrong.
    """

    def __init__(self, root: Path = Path()) -> None:
        self.root = root
        self.settings: Settings = read_settings(root)

    def competition(self, name: str | None = None) -> str:
        """Say which competition is meant: the one named, that of ``kagglebot.toml``, or the only one fetched.

        Raises:
            UsageError: Several were fetched and none is named.
            DataError: None was fetched.
        """
        if name or self.settings.competition:
            return _slug(name or self.settings.competition or "")
        fetched = self.fetched()
        if len(fetched) > 1:
            raise UsageError(
                f"Several competitions are here: {', '.join(fetched)}.",
                f'Say which with --competition, or write competition = "{fetched[0]}" into kagglebot.toml.',
            )
        if not fetched:
            raise DataError(f"No competition has been fetched into {self.root.resolve()}.", "Run: kagglebot fetch")
        return fetched[0]

    def fetched(self) -> list[str]:
        """Names of the competitions whose data is here."""
        return sorted(path.parent.name for path in (self.root / "data").glob("*/competition.json"))

    def data(self, competition: str) -> Path:
        """Folder of a competition's data."""
        return self.root / "data" / competition

    def place(self, competition: str, study: str, storage: str | None = None) -> "Place":
        """Where a study's trials, models and submissions are."""
        from kagglebot.search.study import Place

        folder = self.root / "studies" / competition / study
        return Place(competition, study, folder, storage or self.settings.storage)

    def schema(self, competition: str) -> "Schema":
        """What was learned about a fetched competition.

        Raises:
            DataError: It has not been fetched.
        """
        from kagglebot.datasets.schema import read_schema

        return read_schema(self.data(competition))

    # The job, step by step.

    def fetch(
        self,
        competition: str | None = None,
        *,
        progress: Progress | None = None,
        force: bool = False,
        choices: Mapping[str, str] | None = None,
    ) -> FetchResult:
        """Download a competition's data, unpack, recognise and decode it; nothing new is not done again.

        ``choices`` say otherwise where something was assumed: see ``Schema.choices``. They are kept, and an empty
        text takes one back.

        Raises:
            KaggleError: Kaggle said no, or cannot be reached.
            DataError: The data is out of scope or not in a form kagglebot knows, or the disk refuses it.
            UsageError: The metric chosen is not known.
        """
        from kagglebot.datasets.dataset import ingest, want

        name = _slug(competition or self.settings.competition or DEFAULT_COMPETITION)
        folder = self.data(name)
        client = _client(progress)
        metric_name = client.competition(name).metric
        want(folder, name, metric_name, choices)  # what is out of scope is not downloaded
        download = client.download(name, folder, progress=progress or silent, force=force)
        schema = ingest(
            download.path,
            folder,
            competition=name,
            metric_name=metric_name,
            choices=choices,
            progress=progress or silent,
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
        backend: str | None = None,
        keep: Sequence[str] = (),
        fix: Sequence[str] = (),
        on_event: "Listener | None" = None,
    ) -> "StudySummary":
        """Run ``trials`` more trials of a study, or as many as the time allows.

        Without either, the definition's own budget holds. ``keep`` ("filters=16,32", "epochs=4..8") and ``fix``
        ("kernel=3") keep this search to a part of the space.

        Raises:
            DataError: The competition has not been fetched.
            StudyError: There is no such study, its definition is wrong, or it cannot go on.
            UsageError: The backend is not known, or not installed.
            TuneStopped: The user stopped it.
        """
        from kagglebot.search.definition import load_definition
        from kagglebot.search.keep import parse_kept
        from kagglebot.search.tune import tune
        from kagglebot.training.measured import choose_backend

        chosen = choose_backend(backend or self.settings.backend)
        name = self.competition(competition)
        definition = load_definition(self.root, study or self.settings.study or DEFAULT_STUDY)
        definition = definition.model_copy(update={"keep": parse_kept(definition.space, keep, fix)})
        self.schema(name)
        place = self.place(name, definition.name, storage)
        budget = definition.budget
        if trials is None and timeout_seconds is None:
            trials, timeout_seconds = budget.trials, budget.timeout_seconds
        tune(
            place,
            definition,
            self.data(name),
            trials=trials,
            timeout_seconds=timeout_seconds,
            jobs=jobs or self.settings.jobs,
            seed=seed,
            backend=chosen,
            on_event=on_event,
        )
        return self._summary(place)

    def train(
        self,
        study: str | None = None,
        *,
        competition: str | None = None,
        trial: int | None = None,
        progress: Progress | None = None,
    ) -> TrainedModel:
        """Train a trial's settings on all rows, for the epochs that validation chose; once per trial.

        Raises:
            StudyError: There is no such trial, or none is complete.
            TrainingError: The net cannot be trained.
        """
        (model,) = self._carry_out(self._plan(study, competition, trial), progress)
        return model

    def train_ensemble(
        self,
        count: int,
        study: str | None = None,
        *,
        competition: str | None = None,
        progress: Progress | None = None,
    ) -> TrainedEnsemble:
        """Choose ``count`` times a trial, so that they do best together, and train each on all rows.

        Raises:
            StudyError: None is complete, or none kept what it predicted for its validation rows.
            TrainingError: A net cannot be trained, or its process was killed; finished ones are kept.
        """
        plan = self._plan(study, competition, ensemble=count)
        return plan.ensemble(self._carry_out(plan, progress))

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
        progress: Progress | None = None,
    ) -> Submitted:
        """Predict the test set with a trial's model or an ensemble, upload that once, and read the score back.

        Raises:
            SubmissionError: The file does not fit, or no submission is possible now.
            KaggleError: Kaggle said no, or cannot be reached.
        """
        from kagglebot.submission.ledger import Entry
        from kagglebot.submission.predictions import file_digest, predict_once
        from kagglebot.submission.submit import check_possible

        name = self.competition(competition)
        client = _client(progress)
        options = {"dry_run": dry_run, "wait": wait, "again": again, "late": late}
        if file is not None:
            digest = file_digest(file)
            entry = Entry(name, str(file), digest, model="file", message=message or f"kagglebot: {file.name}")
            return self._send(client, entry, progress or silent, **options)
        plan = self._plan(study, name, trial, ensemble)
        summary, label, score = plan.summary, plan.label, plan.validation_score
        if not dry_run and (again or not self._ledgers.may_hold(name, summary.study, label, plan.names)):
            check_possible(client, name, late=late)  # before an hour of training, not after
        models = self._carry_out(plan, progress)
        path = self.place(name, summary.study).folder / "submissions" / f"{label.replace(' ', '-')}.csv"
        predict_once(
            self.data(name),
            [model.path for model in models],
            path,
            reuse=all(model.reused for model in models),
            progress=progress or silent,
        )
        said = "no score" if score is None else f"validation {summary.measure.text} {score:.5f}"
        entry = Entry(
            name,
            str(path),
            file_digest(path),
            study=summary.study,
            model=label,
            trial=plan.trial,
            members=plan.names,
            validation_score=score,
            message=message or f"kagglebot {summary.study} {label}, {said}",
        )
        submitted = self._send(client, entry, progress or silent, **options)
        if ensemble is None:
            return submitted
        together = plan.ensemble(models)
        return replace(submitted, model=together.to_json(), single_score=together.single_score)

    def export(
        self,
        study: str | None = None,
        *,
        competition: str | None = None,
        trial: int | None = None,
        to: Path | None = None,
        progress: Progress | None = None,
    ) -> Exported:
        """Write a trial's model with all that predicts with it in a Kaggle notebook without internet.

        Args:
            study: The study; without, the best trial of all studies.
            competition: The competition.
            trial: The trial; without, the best.
            to: The folder to write; without, one in the study's own folder.
            progress: Told the training, where the model is not there yet.

        Raises:
            StudyError: There is no such trial, or none is complete.
            UsageError: The folder holds something else.
            DataError: The disk refuses.
        """
        from kagglebot.submission.export import write_export

        model = self.train(study, competition=competition, trial=trial, progress=progress)
        folder = to or self.place(model.competition, model.study).folder / "export" / f"trial-{model.trial}"
        (progress or silent)("writing", 0, None)
        return write_export(model, self.schema(model.competition), folder)

    # What was found.

    def studies(self, competition: str | None = None) -> "list[StudySummary]":
        """Summaries of all studies that have trials here, of one competition or of all."""
        names = [_slug(competition)] if competition else self.fetched()
        found = []
        for name in names:
            for folder in sorted((self.root / "studies" / name).glob("*/")):
                try:
                    found.append(self._summary(self.place(name, folder.name)))
                except StudyError:  # a folder without trials: models or submissions of other makes
                    continue
        return found

    def summary(self, study: str | None = None, competition: str | None = None) -> "StudySummary":
        """One study's trials, with the importances of its parameters.

        Raises:
            StudyError: There is no such study, or it has no trials yet.
        """
        from kagglebot.search.definition import load_definition

        name = self.competition(competition)
        wanted = study or self.settings.study or DEFAULT_STUDY
        place = self.place(name, wanted)
        if not place.folder.is_dir():
            load_definition(self.root, wanted)  # says so where the name itself is unknown
        return self._summary(place, importances=True)

    def submissions(
        self, competition: str | None = None, *, refresh: bool = True, progress: Progress | None = None
    ) -> "list[Entry]":
        """Everything submitted from here, scores that came later filled in from Kaggle.

        Raises:
            KaggleError: Kaggle said no, or cannot be reached; without ``refresh`` it is not asked.
        """
        from kagglebot.submission.submit import refresh as fill_in

        name = self.competition(competition)
        for ledger in self._ledgers.all(name):
            if refresh and any(entry.status in ("intended", "pending") for entry in ledger.entries(name)):
                fill_in(_client(progress), ledger, name)
        return self._ledgers.entries(name)

    def leaderboard(self, competition: str | None = None, *, progress: Progress | None = None) -> Leaderboard:
        """The competition's public leaderboard, and the best score from here.

        Raises:
            KaggleError: Kaggle said no, or cannot be reached.
        """
        from kagglebot.datasets.metrics import METRICS

        name = self.competition(competition)
        entries = self._ledgers.entries(name)
        scores = [entry.public_score for entry in entries if entry.public_score is not None]
        metric = self.schema(name).metric if name in self.fetched() else "accuracy"
        return Leaderboard(name, _client(progress).leaderboard(name), scores, METRICS[metric])

    # How it is done.

    @property
    def _ledgers(self) -> "Ledgers":
        from kagglebot.submission.ledgers import Ledgers

        return Ledgers(self.root / "studies")

    def _plan(
        self,
        study: str | None,
        competition: str | None,
        trial: int | None = None,
        ensemble: int | None = None,
    ) -> "Plan":
        """What is meant: a trial by number, the best of the study or of all studies, or several of a study."""
        from kagglebot.finals import plan_ensemble, plan_trial

        name = self.competition(competition)
        summary = self.summary(study, name) if study is not None or trial is not None else self._best_study(name)
        folder, data = self.place(name, summary.study).folder, self.data(name)
        if ensemble is not None:
            return plan_ensemble(summary, ensemble, folder, data)
        return plan_trial(summary, summary.choose(trial), folder, data)

    def _carry_out(self, plan: "Plan", progress: Progress | None) -> "tuple[TrainedModel, ...]":
        from kagglebot.finals import carry_out

        place = self.place(plan.summary.competition, plan.summary.study)
        data = self.data(place.competition)
        return carry_out(plan, place.folder, data, self.settings.jobs, progress or silent)

    def _best_study(self, competition: str) -> "StudySummary":
        from kagglebot.datasets.metrics import METRICS
        from kagglebot.search.results import best_study

        return best_study(self.studies(competition), METRICS[self.schema(competition).metric], competition)

    def _send(self, client: "KaggleClient", entry: "Entry", progress: Progress, **options: bool) -> Submitted:
        from kagglebot.submission.submit import send

        name = entry.competition
        ledger = self._ledgers.of(name, entry.study)
        entry, new = send(client, ledger, entry, self.data(name), progress=progress, **options)
        return Submitted(
            competition=name,
            study=entry.study or None,
            file=Path(entry.file),
            rows=entry.rows,
            validation_score=entry.validation_score,
            public_score=entry.public_score,
            status="dry-run" if options["dry_run"] else entry.status,
            ref=entry.ref,
            metric=self.schema(name).metric,
            model={"file": entry.file} if entry.trial is None else {"trial": entry.trial},
            new=new,
        )

    def _summary(self, place: "Place", *, importances: bool = False) -> "StudySummary":
        from kagglebot.search.summary import read_summary

        return read_summary(place, rows=self.schema(place.competition).train_rows, importances=importances)


def _client(progress: Progress | None) -> "KaggleClient":
    """The door to Kaggle, its waits told like the phases of a job."""
    from kagglebot.kaggle.client import KaggleClient

    tell = progress or silent
    return KaggleClient(on_wait=lambda reason: tell(reason, 0, None))


def _slug(name: str) -> str:
    from kagglebot.kaggle.names import competition_slug

    return competition_slug(name)
