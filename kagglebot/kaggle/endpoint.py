"""The address of Kaggle's API: Kaggle itself, or ``KAGGLEBOT_KAGGLE_URL``."""

import ipaddress
import os
import re
from urllib.parse import urlsplit

from kagglebot.errors import UsageError

VARIABLE = "KAGGLEBOT_KAGGLE_URL"
_FORM = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+(/[A-Za-z0-9._~/\-]*)?")


def endpoint() -> str | None:
    """Return the address in ``KAGGLEBOT_KAGGLE_URL``, or None for Kaggle itself.

    Raises:
        UsageError: Credentials must not be sent to that address.
    """
    url = os.environ.get(VARIABLE, "").strip()
    return check_endpoint(url) if url else None


def check_endpoint(url: str) -> str:
    """Return ``url`` without a final slash if it is https or on this machine, so that credentials may go there.

    Raises:
        UsageError: It is neither, or not a plain address. The message never repeats it: it may hold a password.
    """
    # Only plain addresses: what one parser takes for the host, another may take for a password.
    try:
        parts = urlsplit(url) if _FORM.fullmatch(url) else None
        is_plain = parts is not None and bool(parts.hostname) and parts.port != 0
    except ValueError:  # of the brackets, or of the port
        is_plain = False
    if not is_plain:
        raise UsageError(f"{VARIABLE} is not an address.", "Set it to something like http://127.0.0.1:8080.")
    if not is_private(url):
        raise UsageError(
            f"{VARIABLE} is neither https nor on this machine, so no credentials are sent there.",
            f"Use an https:// address, or unset {VARIABLE} to use Kaggle itself.",
        )
    return url.rstrip("/")


def is_private(url: str) -> bool:
    """Return whether requests to ``url`` cannot be read on the way: it is https, or on this machine."""
    return bool(host_of(url)) and (urlsplit(url).scheme == "https" or is_loopback(url))


def is_loopback(url: str) -> bool:
    """Return whether ``url`` is on this machine."""
    host = host_of(url)
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def host_of(url: str) -> str:
    """Return the host of an address; an empty text where it has none, or is no address."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
