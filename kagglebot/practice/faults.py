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
        late_lists: How many lists of submissions lack the newest one.
        pending_polls: How often a new submission is listed as pending.
        scoring_error: Why every submission ends as an error; empty for a true score.
        page_size: The most records that a page holds.
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
    late_lists: int = 0
    pending_polls: int = 0
    scoring_error: str = ""
    page_size: int = 100

    def take(self, name: str) -> bool:
        """Return whether the counted fault ``name`` is to be shown now, and count it."""
        left = int(getattr(self, name))
        if left > 0:
            setattr(self, name, left - 1)
        return left > 0

    def wait_while_stalled(self, call: str) -> None:
        """Wait while ``call`` is stalled."""
        while call in self.stalled:
            time.sleep(0.01)

    def concern(self, method: str) -> bool:
        """Return whether the faults of calls apply to this call."""
        return not self.methods or method in self.methods
