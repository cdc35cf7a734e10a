"""The notebook of a submission: looked for, pushed, its run followed, its output checked."""

import re
import time
from collections.abc import Callable, Collection
from itertools import chain
from pathlib import Path

from kagglebot.errors import SubmissionError
from kagglebot.kaggle.kernels import Notebooks, Output, Run
from kagglebot.submission.notebooks import polling
from kagglebot.submission.notebooks.asked import AskedFile
from kagglebot.submission.notebooks.contents import Contents
from kagglebot.submission.notebooks.source import MADE_BY, end_line, has_ended, is_of, printed_by_inference
from kagglebot.system.files.atomic_write import atomic_write
from kagglebot.system.progress import ProgressCallback

#: How long a run may last, its time in the queue included; Kaggle ends sessions after 12 hours.
RUN_SECONDS = 13 * 3600.0
#: How long Kaggle may hide a version that it was asked to save.
HIDDEN_SECONDS = 20.0
#: How long the log may come after the status, and the status be that of the run before.
LOG_SECONDS = 60.0
#: How many versions are searched for the contents, the newest first.
_VERSIONS = 5
#: A submission is not larger.
_LONGEST_BYTES = 2 << 30
_LOG_LINES = 6
SUBMISSION = "submission.csv"
_AGAIN = "Run the same command again: it looks for the version first, and goes on from there."


class NotebookStep:
    """The notebook of a submission, on Kaggle.

    Every method raises ``KaggleError`` where Kaggle refuses or cannot be reached.

    Args:
        notebooks: The user's notebooks.
        contents: What the notebook consists of.
        asked: What Kaggle was asked to make.
        on_progress: Called with each step.
    """

    def __init__(
        self, notebooks: Notebooks, contents: Contents, asked: AskedFile, on_progress: ProgressCallback
    ) -> None:
        self._notebooks = notebooks
        self._contents = contents
        self._asked = asked
        self._on_progress = on_progress

    def ensure(self, make_dataset: Callable[[], None] = lambda: None, known: Collection[int] = ()) -> int:
        """Return the number of the version with the contents; push it if there is none.

        A version whose run failed, as the user was told, is not used again.

        Args:
            make_dataset: Makes what the notebook reads; called before the push. A version that is there has it.
            known: Versions, older than those that are searched, that may have the contents.

        Raises:
            SubmissionError: Kaggle runs it without one of its inputs, or does not show it; or the name is taken.
        """
        contents = self._contents
        recent = self._asked.recently(contents.mark, "notebook")
        if (found := self._look(HIDDEN_SECONDS if recent else 0.0, known)) is not None:
            return found
        if contents.gpu:
            _check_quota(self._notebooks)
        make_dataset()
        self._asked.write(contents.mark, "notebook")
        self._on_progress("pushing the notebook", 0, None)
        pushed = self._notebooks.push(
            contents.slug,
            contents.title,
            contents.source,
            competition=contents.competition,
            datasets=[f"{contents.owner}/{contents.slug}"],
            gpu=contents.gpu,
        )
        if pushed is None:
            if (found := self._look(HIDDEN_SECONDS)) is None:
                raise SubmissionError(f"Kaggle did not confirm the notebook {contents.slug}, nor show it.", _AGAIN)
            return found
        if pushed.left_out:
            self._asked.write_failed(contents.mark, pushed.version)
            raise SubmissionError(
                f"Kaggle runs the notebook {contents.slug} without {', '.join(pushed.left_out)}, so it must fail.",
                "Check that you may see that input and, for a competition, that you accepted its rules; then run "
                "the same command again.",
            )
        return pushed.version

    def wait_for_output(self, version: int, *, wait: bool) -> Output | None:
        """Wait for the run of a version, and return what it left; None if it lasts and ``wait`` is false.

        The status may be that of the run before, for a while; the log may come after the status; and a run that
        crashed may be called complete. So a run is over when its own marks are in the log.

        Raises:
            SubmissionError: The run failed, or did not end in time. The message has the end of its log.
        """
        contents = self._contents
        first_seen: float | None = None

        def look() -> tuple[Run, Output] | None:
            nonlocal first_seen
            run = self._notebooks.run(contents.slug, version)
            if run is None or run.status in ("queued", "running"):
                first_seen = None
                return None
            output = self._notebooks.output(contents.slug, version)
            first_seen = time.monotonic() if first_seen is None else first_seen
            waited = time.monotonic() - first_seen >= LOG_SECONDS
            return (run, output) if waited or has_ended(contents.mark, output.log) else None

        def follow(patience: float) -> tuple[Run, Output] | None:
            return polling.poll(look, "waiting for the notebook's run", patience, self._on_progress)

        ended = follow(RUN_SECONDS if wait else 0.0)
        if ended is None and first_seen is not None:
            ended = follow(LOG_SECONDS + polling.LONGEST_PAUSE)
        if ended is None:
            if wait:
                raise SubmissionError(
                    f"The run of the notebook {contents.slug} has not ended in 13 hours.", _AGAIN
                )
            return None
        run, output = ended
        if run.status != "complete" or end_line(contents.mark) not in output.log:
            self._asked.write_failed(contents.mark, version)
            raise _run_failed(contents, version, run, output.log)
        return output

    def save(self, version: int, output: Output, target: Path, name: str = SUBMISSION) -> None:
        """Save the submission that a run wrote, or another file, to ``target``.

        Raises:
            SubmissionError: The run wrote none.
            DataError: The disk refused.
        """
        address = output.files.get(name)
        if address is None:
            self._asked.write_failed(self._contents.mark, version)
            raise SubmissionError(
                f"Version {version} of the notebook {self._contents.slug} ran, and wrote no {name}.",
                f"See {self._contents.url}; run the same command again to run it once more.",
            )
        content = self._notebooks.read_file(address, _LONGEST_BYTES)
        with atomic_write(target) as temporary:
            temporary.write_bytes(content)

    def _look(self, patience: float, known: Collection[int] = ()) -> int | None:
        return polling.poll(
            lambda: self._find_version(known), "looking for the notebook", patience, self._on_progress
        )

    def _find_version(self, known: Collection[int]) -> int | None:
        """Return the number of the newest version with the contents that has not failed."""
        contents = self._contents
        newest = self._notebooks.find(contents.slug)
        if newest is None:
            return None
        if MADE_BY not in newest.source:
            raise SubmissionError(
                f"There is a notebook {contents.owner}/{contents.slug} already, which kagglebot did not make.",
                f"Rename or delete it at {newest.url}, then run the same command again.",
            )
        failed = self._asked.failed(contents.mark)
        if failed > newest.version:  # it was deleted and made anew
            failed = 0
        for version in chain(range(newest.version, max(0, newest.version - _VERSIONS), -1), known):
            if version <= failed:
                continue
            each = newest if version == newest.version else self._notebooks.find(contents.slug, version)
            if each is not None and is_of(contents.mark, each.source):
                return version
        return None


def _check_quota(notebooks: Notebooks) -> None:
    left = notebooks.gpu_seconds_left()
    if left is not None and left <= 0:
        raise SubmissionError(
            "This week's GPU time on Kaggle is used up.",
            "It is renewed on Saturday at 00:00 UTC; until then notebooks run without one.",
        )


def _run_failed(contents: Contents, version: int, run: Run, log: str) -> SubmissionError:
    printed = printed_by_inference(contents.mark, log)
    lines = [line.strip().rstrip(".") for line in printed.splitlines() if line.strip()][-_LOG_LINES:]
    said = " | ".join(filter(None, [run.failure, *lines])) or "it left no log"
    what = "was cancelled" if run.status == "cancelled" else "failed"
    hint = f"See {contents.url}; after mending the cause, run the same command again: it pushes a new version."
    if missing := re.search(r"No module named '?([\w.]+)|The package ([\w.]+) is not installed", said):
        hint = f"Kaggle's notebooks have no package {missing[1] or missing[2]}: choose another trial with --trial."
    return SubmissionError(f"The run of version {version} of the notebook {contents.slug} {what}: {said}.", hint)
