"""The user's notebooks on the practice server: saved, run in a child process, and run again when submitted."""

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kagglebot.practice.competition import PracticeCompetition
from kagglebot.practice.faults import Faults
from kagglebot.practice.notebooks.datasets import Datasets
from kagglebot.practice.notebooks.notebook_run import Inputs, NotebookRun
from kagglebot.practice.records import USER, Fields, Refusal, now, page, written
from kagglebot.practice.storage import Storage, StoredFile

SUBMISSION = "submission.csv"
_GPU_SECONDS = 30 * 3600
#: Notebooks that may run at the same time, by whether they have a GPU.
_SESSIONS = {True: 2, False: 5}
_LONGEST_TITLE = 50
_LONGEST_SOURCE = 1 << 20


@dataclass
class Version:
    """A version of a notebook, and its run."""

    number: int
    request: Fields
    inputs: Inputs
    run: NotebookRun


@dataclass
class Notebook:
    """A notebook and all of its versions, the oldest first."""

    slug: str
    title: str
    versions: list[Version] = field(default_factory=list)


class Notebooks:
    """Answers the calls of KernelsApiService.

    Args:
        faults: The faults to show.
        storage: Where the files of outputs are downloaded.
        storage_url: Returns its address.
        datasets: The datasets that notebooks read.
        competitions: The competitions that they read, by name.
    """

    def __init__(
        self,
        faults: Faults,
        storage: Storage,
        storage_url: Callable[[], str],
        datasets: Datasets,
        competitions: Mapping[str, PracticeCompetition],
    ) -> None:
        self.by_slug: dict[str, Notebook] = {}
        self._faults = faults
        self._storage = storage
        self._storage_url = storage_url
        self._datasets = datasets
        self._competitions = competitions
        self._runs: list[tuple[NotebookRun, threading.Thread]] = []
        self.methods: dict[str, Callable[[Fields], Fields]] = {
            "SaveKernel": self._save_kernel,
            "GetKernel": self._get_kernel,
            "GetKernelSessionStatus": self._get_kernel_session_status,
            "ListKernelSessionOutput": self._list_kernel_session_output,
            "ListKernels": self._list_kernels,
            "DeleteKernel": self._delete_kernel,
            "GetAcceleratorQuotaStatistics": self._get_accelerator_quota_statistics,
        }

    def close(self) -> None:
        """End the runs that last, and remove the files of all."""
        for run, _thread in self._runs:
            run.stop()
        for run, thread in self._runs:
            thread.join()
            run.remove()

    def submittable(self, request: Fields, competition: PracticeCompetition) -> Version:
        """Return the version that a CreateCodeSubmission names; raise ``Refusal`` where it cannot be submitted."""
        notebook = self.by_slug.get(str(request.get("kernelSlug")))
        number = int(request.get("kernelVersion") or 0)
        if notebook is None or request.get("kernelOwner") != USER or not 1 <= number <= len(notebook.versions):
            raise Refusal(403, "Permission 'kernelSessions.get' was denied")
        version = notebook.versions[number - 1]
        if version.request.get("enableInternet", True):
            reason = "Your Notebook cannot use internet access in this competition. Please disable internet."
        elif competition.name not in version.request.get("competitionDataSources", []):
            reason = "Your Notebook must include this competition as a data source."
        elif request.get("fileName") != SUBMISSION:
            reason = 'Submission files must be named "submission.csv".'
        elif version.run.status != "COMPLETE":
            reason = "The Notebook has not run to its end."
        else:
            return version
        raise Refusal(400, f"Submission not allowed:  {reason}")

    def rerun(
        self,
        version: Version,
        competition: PracticeCompetition,
        fails: bool,
        on_end: Callable[[NotebookRun], None],
    ) -> None:
        """Run a version again, on the hidden test data, and call ``on_end`` afterwards."""
        run = NotebookRun(
            str(version.request["text"]), version.inputs.hidden(competition), rerun=True, fails=fails
        )
        self._start(run, on_end)

    def _save_kernel(self, request: Fields) -> Fields:
        title, slug = str(request.get("newTitle", "")), str(request.get("slug", "")).rsplit("/", 1)[-1]
        if error := self._push_error(request, title, slug):
            return {"error": error, "versionNumber": 0}
        notebook = self.by_slug.setdefault(slug, Notebook(slug, title))
        asked = list(request.get("datasetDataSources", []))
        found = {ref: self._datasets.by_slug.get(ref.rsplit("/", 1)[-1]) for ref in asked}
        mounted = {ref: dataset.mounted for ref, dataset in found.items() if dataset is not None}
        files = {ref: version.files for ref, version in mounted.items() if version is not None}
        if self._faults.take("lost_inputs"):
            files = {}
        named = request.get("competitionDataSources", [])
        known = {name: self._competitions[name].archive for name in named if name in self._competitions}
        inputs = Inputs(known, files)
        fails, crashes = self._faults.take("failing_runs"), self._faults.take("crashing_runs")
        run = NotebookRun(
            str(request["text"]),
            inputs,
            fails=fails or crashes,
            called_complete=crashes,
            cancelled=self._faults.take("cancelled_runs"),
        )
        version = Version(len(notebook.versions) + 1, request, inputs, run)
        notebook.versions.append(version)
        self._start(run, lambda run: None)
        return {
            "ref": f"/code/{USER}/{slug}",
            "url": f"https://www.kaggle.com/code/{USER}/{slug}",
            "versionNumber": version.number,
            "invalidDatasetSources": [ref for ref in asked if ref not in files],
            "invalidCompetitionSources": [name for name in named if name not in known],
        }

    def _push_error(self, request: Fields, title: str, slug: str) -> str:
        if self._faults.push_error:
            return self._faults.push_error
        if len(title) > _LONGEST_TITLE or len(str(request.get("text"))) > _LONGEST_SOURCE:
            return "The title or the source of the notebook is too long"
        if re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") != slug:
            return f"A notebook titled {title!r} cannot have the id {slug}"
        if request.get("enableGpu") and self._faults.gpu_seconds_used >= _GPU_SECONDS:
            return "Maximum weekly GPU quota of 30.00 hours reached."
        gpu = bool(request.get("enableGpu"))
        every = (version for notebook in self.by_slug.values() for version in notebook.versions)
        alike = (version for version in every if bool(version.request.get("enableGpu")) == gpu)
        if sum(not version.run.ended for version in alike) >= _SESSIONS[gpu]:
            return f"Maximum batch {'GPU' if gpu else 'CPU'} session count of {_SESSIONS[gpu]} reached."
        return ""

    def _start(self, run: NotebookRun, on_end: Callable[[NotebookRun], None]) -> None:
        def to_its_end() -> None:
            run.run()
            on_end(run)

        thread = threading.Thread(target=to_its_end, daemon=True)
        self._runs.append((run, thread))
        thread.start()

    def _get_kernel(self, request: Fields) -> Fields:
        notebook, version = self._version(request)
        metadata = _card(notebook) | {
            "currentVersionNumber": len(notebook.versions),
            "competitionDataSources": notebook.versions[-1].request.get("competitionDataSources", []),
        }
        blob = {
            "source": version.request["text"],
            "language": "python",
            "kernelType": "notebook",
            "slug": notebook.slug,
        }
        return {"metadata": metadata, "blob": blob}

    def _get_kernel_session_status(self, request: Fields) -> Fields:
        notebook, version = self._version(request)
        if version.number > 1 and self._faults.take("stale_statuses"):
            version = notebook.versions[version.number - 2]
        answer = {"status": version.run.status}
        return answer | ({"failureMessage": "Notebook Threw Exception"} if version.run.status == "ERROR" else {})

    def _list_kernel_session_output(self, request: Fields) -> Fields:
        _notebook, version = self._version(request)
        run = version.run
        if not run.ended or self._faults.take("late_logs"):
            return {"files": [], "log": ""}
        files = [{"fileName": path.name, "url": self._sign(path)} for path in run.output_files()]
        entries = [{"stream_name": stream, "time": at, "data": text} for stream, at, text in run.printed]
        log = "[" + "\n,".join(json.dumps(entry) for entry in entries) + "\n]"
        return page("files", files, request, self._faults.page_size) | {"log": log}

    def _sign(self, path: Path) -> str:
        page_instead = b"<html>Error 500</html>" if self._faults.take("output_pages") else None
        return self._storage_url() + self._storage.sign(StoredFile(path, page_instead), path.name)

    def _list_kernels(self, request: Fields) -> Fields:
        words = str(request.get("search", ""))
        cards = [_card(notebook) for slug, notebook in self.by_slug.items() if words in slug]
        return page("kernels", cards, request, self._faults.page_size)

    def _delete_kernel(self, request: Fields) -> Fields:
        notebook, _version = self._version(request)
        del self.by_slug[notebook.slug]
        return {}

    def _get_accelerator_quota_statistics(self, request: Fields) -> Fields:
        used = f"{int(self._faults.gpu_seconds_used)}s"
        return {"gpuQuota": {"timeUsed": used, "totalTimeAllowed": f"{_GPU_SECONDS}s"}}

    def _version(self, request: Fields) -> tuple[Notebook, Version]:
        notebook = self.by_slug.get(str(request.get("kernelSlug")))
        if notebook is None or request.get("userName") != USER or self._faults.take("late_shows"):
            raise Refusal(403, "Permission 'kernels.get' was denied")
        label = str(request.get("versionLabel") or f"v{len(notebook.versions)}")
        match = re.fullmatch(r"v(\d+)", label)
        if not match or not 1 <= int(match[1]) <= len(notebook.versions):
            raise Refusal(404, "NotFound")
        return notebook, notebook.versions[int(match[1]) - 1]


def _card(notebook: Notebook) -> Fields:
    newest = notebook.versions[-1].request
    return {
        "id": 1,
        "ref": f"{USER}/{notebook.slug}",
        "title": notebook.title,
        "author": USER,
        "slug": notebook.slug,
        "isPrivate": bool(newest.get("isPrivate")),
        "enableInternet": bool(newest.get("enableInternet")),
        "lastRunTime": written(now()),
    }
