"""Everything that talks to Kaggle.

Doors: ``client`` (``KaggleClient``), ``models`` (the records that it returns), ``retry`` (``RetryPolicy``),
``endpoint`` and ``names``. The messages for Kaggle's errors, such as a 403, are in ``error_messages``.
"""

from kagglebot.kaggle.client import KaggleClient
from kagglebot.kaggle.endpoint import check_endpoint, endpoint
from kagglebot.kaggle.models import Allowance, Competition, Download, RemoteSubmission, Standing
from kagglebot.kaggle.names import competition_slug

__all__ = [
    "Allowance",
    "Competition",
    "Download",
    "KaggleClient",
    "RemoteSubmission",
    "Standing",
    "check_endpoint",
    "competition_slug",
    "endpoint",
]
