"""Faults that the practice server shows on demand, as the real one sometimes does."""

import time
from dataclasses import dataclass, field


@dataclass
class Faults:
    """Faults to show; each may be changed while the server runs.

    A count goes down by one each time its fault is shown.

    Attributes:
        unauthorised: Every call is refused with 401.
        expired_token: The token is called inactive when the client asks about it.
        too_many_requests: How many calls are refused with 429.
        retry_after: The ``Retry-After`` header of these answers; empty for none.
        server_errors: How many calls fail with 500.
        unreadable_answers: How many calls are answered with a page instead of JSON.
        block_pages: How many calls are refused with 403 and a page, as by a company's proxy.
        dropped_calls: How many calls are cut off without an answer and do nothing.
        refusal: Message that every call is refused with; empty for none.
        refusal_status: The HTTP status that goes with it.
        methods: The calls that the faults above concern; empty for all.
        nested_errors: Refusals are ``{"error": {…}}``, as those of newer calls.
        stalled: Calls that are carried out and not answered while they are listed here; "upload" is one too.
        cut_downloads: How many downloads break off in the middle.
        cut_after_bytes: After how many bytes they break off.
        surplus_bytes: By how many bytes downloads are announced longer than they are, or shorter where negative.
        storage_errors: How many downloads are refused with 503 by the storage.
        storage_successes: How many downloads succeed before ``storage_errors`` begin.
        failed_uploads: How many uploads the storage refuses with 500.
        cut_uploads: How many uploads break off in the middle.
        hollow_answers: How many CreateSubmission calls are answered with a message and record nothing.
        lost_answers: How many CreateSubmission calls are recorded, but never answered.
        unanswered: How many calls of each method are carried out, but never answered.
        late_lists: How many lists of submissions lack the newest one.
        pending_polls: How often a new submission is listed as pending.
        scoring_error: Why every submission ends as an error; empty for a true score.
        page_size: The most records that a page holds.
        late_shows: How many looks for a dataset or notebook are refused with 403 although it is there.
        processing_polls: How often a new version of a dataset is shown as being processed.
        failed_datasets: How many versions of datasets cannot be processed.
        push_error: Why every notebook is refused, in an answer with HTTP 200; empty for none.
        lost_inputs: How many notebooks run without their datasets.
        stale_statuses: How many looks at a run show the status of the run before.
        late_logs: How many looks at the output of a run that has ended show nothing yet.
        failing_runs: How many runs of notebooks find code in their datasets that raises an error.
        crashing_runs: How many runs crash and are called complete.
        cancelled_runs: How many runs are cancelled before they begin.
        output_pages: How many files of an output are an error page instead.
        failing_reruns: How many runs on the hidden test data end in an error.
        gpu_seconds_used: Seconds of the week's 30 hours of GPU time that are used.
    """

    unauthorised: bool = False
    expired_token: bool = False
    too_many_requests: int = 0
    retry_after: str = "1"
    server_errors: int = 0
    unreadable_answers: int = 0
    block_pages: int = 0
    dropped_calls: int = 0
    refusal: str = ""
    refusal_status: int = 403
    methods: frozenset[str] = field(default_factory=frozenset)
    nested_errors: bool = False
    stalled: frozenset[str] = field(default_factory=frozenset)
    cut_downloads: int = 0
    cut_after_bytes: int = 20_000
    surplus_bytes: int = 0
    storage_errors: int = 0
    storage_successes: int = 0
    failed_uploads: int = 0
    cut_uploads: int = 0
    hollow_answers: int = 0
    lost_answers: int = 0
    unanswered: dict[str, int] = field(default_factory=dict)
    late_lists: int = 0
    pending_polls: int = 0
    scoring_error: str = ""
    page_size: int = 100
    late_shows: int = 0
    processing_polls: int = 0
    failed_datasets: int = 0
    push_error: str = ""
    lost_inputs: int = 0
    stale_statuses: int = 0
    late_logs: int = 0
    failing_runs: int = 0
    crashing_runs: int = 0
    cancelled_runs: int = 0
    output_pages: int = 0
    failing_reruns: int = 0
    gpu_seconds_used: float = 0.0

    def take(self, name: str) -> bool:
        """Return whether the counted fault ``name`` is to be shown now, and count it."""
        left = int(getattr(self, name))
        if left > 0:
            setattr(self, name, left - 1)
        return left > 0

    def loses_answer(self, method: str) -> bool:
        """Return whether this call, which was carried out, is not to be answered, and count that."""
        if self.unanswered.get(method, 0) > 0:
            self.unanswered[method] -= 1
            return True
        return method == "CreateSubmission" and self.take("lost_answers")

    def wait_while_stalled(self, call: str) -> None:
        """Wait while ``call`` is stalled."""
        while call in self.stalled:
            time.sleep(0.01)

    def concern(self, method: str) -> bool:
        """Return whether the faults of calls apply to this call."""
        return not self.methods or method in self.methods
