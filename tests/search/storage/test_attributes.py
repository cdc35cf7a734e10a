"""What a stored trial says of itself."""

import pytest

from kagglebot.search.storage.attributes import failure_kind
from kagglebot.training.learner import FailureKind


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        ({"kind": "diverged", "reason": "whatever it reads"}, FailureKind.DIVERGED),
        ({"reason": "memory ran out"}, FailureKind.OUT_OF_MEMORY),
        ({"reason": "its answers are no longer numbers"}, FailureKind.DIVERGED),
        ({"reason": "its process was killed twice, perhaps for want of memory"}, FailureKind.KILLED),
        ({"reason": "blocks: 6 is too deep"}, ""),
        ({}, ""),
    ],
)
def test_the_kind_of_a_failure_is_read_also_where_version_0_1_recorded_only_its_reason(
    result: dict[str, str], kind: str
) -> None:
    assert failure_kind(result) == kind
