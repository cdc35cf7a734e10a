"""Where Kaggle is: the real one, or the address in ``KAGGLEBOT_KAGGLE_URL``."""

import ipaddress
import os
import re
from urllib.parse import urlsplit

from kagglebot.errors import UsageError

VARIABLE = "KAGGLEBOT_KAGGLE_URL"
_FORM = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+(/[A-Za-z0-9._~/\-]*)?")


def endpoint() -> str | None:
    """Return the other endpoint that the environment names, or None for the real Kaggle.

    Raises:
        UsageError: Credentials must not be sent to that address.
    """
    url = os.environ.get(VARIABLE, "").strip()
    return check_endpoint(url) if url else None


def check_endpoint(url: str) -> str:
    """Return ``url`` without a final slash if credentials may be sent there: https, or this machine.

    Raises:
        UsageError: It is neither, or not a plain address. The text never repeats it: it may hold a password.
    """
    # A strict form first: what one parser takes for the host, another may take for a password.
    parts = urlsplit(url) if _FORM.fullmatch(url) else None
    if parts is None or not parts.hostname:
        raise UsageError(f"{VARIABLE} is not an address.", "Set it to something like http://127.0.0.1:8080.")
    if not is_private(url):
        raise UsageError(
            f"{VARIABLE} is neither https nor on this machine, so no credentials are sent there.",
            f"Use an https:// address, or unset {VARIABLE} to use Kaggle itself.",
        )
    return url.rstrip("/")


def is_private(url: str) -> bool:
    """Say whether what is sent to ``url`` is read by nobody on the way: https, or this machine."""
    return urlsplit(url).scheme == "https" or is_loopback(url)


def is_loopback(url: str) -> bool:
    """Say whether ``url`` leads to this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
