"""The only door to Kaggle: client, endpoint, errors turned into hints."""

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
