"""The error messages for what Kaggle answers and the network does: one sentence and one hint each.

- 401, credentials not accepted: ``explain``
- 403, rules not accepted: ``rules_not_accepted``; account not allowed: ``not_allowed``
- 404, no such competition (Kaggle sends 403 too): ``unknown_competition``
- 429, too many requests, and 5xx, a problem of Kaggle's: ``explain``
- no answer (network, certificate, timeout): ``_no_answer``
"""

import re
import textwrap
from dataclasses import dataclass
from typing import Any
from urllib.request import getproxies

import requests
import urllib3

from kagglebot.errors import KaggleError
from kagglebot.kaggle.connection.exceptions import BrokenTransfer, UnreadableAnswer
from kagglebot.kaggle.records import competition_url, rules_url
from kagglebot.kaggle.retry import retry_after_seconds

_VERIFY = (
    "Verify your phone number and identity at https://www.kaggle.com/settings, then run the same command again."
)
#: What to do about words in what Kaggle says; the first that fits is taken.
_HINTS = (
    ("allowance", "The day ends at midnight UTC: run the same command again after that; nothing is lost."),
    ("weekly gpu quota", "It is renewed on Saturday at 00:00 UTC; until then notebooks run without one."),
    (
        "session count",
        "Stop one at https://www.kaggle.com/me/code or wait for it, then run the same command again.",
    ),
    ("internet", "Turn the internet off in the notebook's settings; those that kagglebot makes have it off."),
    ("as a data source", "Add the competition to the notebook's inputs, and save it again."),
    ("kernelsessions.get", "The version is gone, or the day's submissions are used up: try after midnight UTC."),
    ("already exists", "Rename or delete the notebook of that title on kaggle.com; then run the command again."),
    ("too long", "Kaggle takes titles of up to 50 characters and notebooks of up to 1 MB."),
    ("submission.csv", "The notebook must write submission.csv into its working folder."),
    ("phone", _VERIFY),
    ("verif", _VERIFY),
    ("identity", _VERIFY),
    ("notebook", "Run `kagglebot submit --best`: it submits by a notebook where a competition asks for one."),
)


@dataclass(frozen=True)
class Refusal:
    """An HTTP error: its status, Kaggle's message, which may be empty, and whether a web page came instead."""

    status: int
    message: str
    is_page: bool = False

    @property
    def about_name(self) -> bool:
        """Whether the error may mean that Kaggle does not know the competition's name."""
        text = self.message.lower()
        denied = "permission" in text and "kernelsessions" not in text and not self.about_rules
        return self.status == 404 or (self.status == 403 and (denied or not self.message))

    @property
    def about_rules(self) -> bool:
        """Whether the error says that the user has not accepted the rules."""
        return self.status == 403 and "rules" in self.message.lower()


def read_refusal(error: BaseException) -> Refusal | None:
    """Return the HTTP error behind ``error``, or None if there was no answer."""
    if not isinstance(error, requests.HTTPError) or error.response is None:
        return None
    try:
        body = error.response.json()
    except (ValueError, requests.RequestException, RuntimeError):
        body = {}
    body = body if isinstance(body, dict) else {}
    inner: dict[str, Any] = body["error"] if isinstance(body.get("error"), dict) else body
    code = inner.get("code")
    status = code if isinstance(code, int) and code >= 400 else error.response.status_code
    text = re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", " ", str(inner.get("message") or ""))
    # Cut between words: half a credential would not be recognised and masked.
    is_page = "html" in error.response.headers.get("Content-Type", "").lower()
    return Refusal(status, textwrap.shorten(text, 300, placeholder=" …"), is_page)


def explain(error: BaseException, *, competition: str, host: str, credentials: str) -> KaggleError:
    """Return the error to show for a failed request.

    Args:
        error: One of ``failures.FAILURES``.
        competition: The competition that the request was about; empty for none.
        host: The host that the request went to.
        credentials: Where the credentials come from, such as "KAGGLE_API_TOKEN".
    """
    refusal = read_refusal(error)
    if refusal is None or (refusal.is_page and 401 < refusal.status < 429):
        return _no_answer(error, host)
    if refusal.status == 401:
        return KaggleError(
            f"Kaggle does not accept the credentials in {credentials}.",
            "Create a new token at https://www.kaggle.com/settings/api and put it there.",
        )
    if refusal.about_rules and competition:
        return rules_not_accepted(competition)
    if refusal.status == 429:
        seconds = retry_after_seconds(error)
        when = "in some minutes" if seconds is None else f"in {seconds:.0f} s"
        return KaggleError(
            "Too many requests to Kaggle from this account.",
            f"Kaggle asks you to wait: run the same command again {when}.",
        )
    if refusal.status >= 500:
        return KaggleError(
            f"Kaggle has a problem of its own (HTTP {refusal.status}).",
            "Finished work is saved: run the same command again in some minutes.",
        )
    about = f" about {competition}" if competition else ""
    reason = refusal.message or f"HTTP {refusal.status}"
    return KaggleError(f"Kaggle refuses the request{about}: {reason.rstrip('.')}.", _hint(refusal, competition))


def rules_not_accepted(competition: str) -> KaggleError:
    """Return the error for a 403 in a competition whose rules the user has not accepted."""
    return KaggleError(
        f"You have not accepted the rules of {competition} yet.",
        f"Open {rules_url(competition)}, join the competition and run the same command again.",
    )


def not_allowed(competition: str) -> KaggleError:
    """Return the error for a 403 in a competition that the user has entered."""
    return KaggleError(
        f"Kaggle does not let this account do that in {competition}.",
        f"Check whether {competition_url(competition)} asks for anything more. {_VERIFY}",
    )


def unknown_competition(competition: str, nearest: list[str]) -> KaggleError:
    """Return the error for a 404, or for a 403 about a name that Kaggle does not know."""
    meant = f"Did you mean {' or '.join(nearest)}?" if nearest else "Check its spelling."
    return KaggleError(
        f"Kaggle has no competition named {competition}, or none that you may see.",
        f"{meant} The name is the last part of its address: kaggle.com/competitions/NAME.",
    )


def _no_answer(error: BaseException, host: str) -> KaggleError:
    if isinstance(error, requests.exceptions.SSLError):
        return KaggleError(
            f"There is no trusted connection to {host}: its certificate cannot be verified.",
            "Behind a company's proxy, set REQUESTS_CA_BUNDLE to the file of its certificate.",
        )
    if isinstance(error, UnreadableAnswer | requests.exceptions.JSONDecodeError | requests.HTTPError):
        refusal = read_refusal(error)
        what = f"web page (HTTP {refusal.status})" if refusal else "response"
        return KaggleError(
            f"{host} sent a {what} that cannot be read.",
            "A login page or proxy of your network may be in between: open https://www.kaggle.com in a browser; "
            "if that works, update kagglebot and the kaggle package.",
        )
    if isinstance(error, requests.exceptions.ProxyError) or (
        isinstance(error, requests.exceptions.InvalidURL) and getproxies()  # Kaggle's address is checked before
    ):
        return KaggleError(
            f"{host} cannot be reached through the proxy that is set.",
            "Correct HTTPS_PROXY or ALL_PROXY, or unset it, then run the same command again.",
        )
    what = f"{host} cannot be reached."
    if isinstance(error, requests.Timeout):
        what = f"{host} did not answer in time."
    elif isinstance(error, BrokenTransfer):
        what = str(error)
    elif error.args and isinstance(error.args[0], urllib3.exceptions.ProtocolError):
        what = f"The connection to {host} broke off."
    return KaggleError(
        what, "Check the network (and HTTPS_PROXY, if you need one), then run the same command again."
    )


def refused(reason: str, what: str) -> KaggleError:
    """Return the error for a refusal that Kaggle wrote into an answer, such as that of a push.

    Args:
        reason: Kaggle's words.
        what: What it refuses, such as "the notebook NAME".
    """
    words = textwrap.shorten(reason, 300, placeholder=" …").rstrip(".")
    return KaggleError(f"Kaggle refuses {what}: {words}.", _hint_about(words) or _VERIFY)


def _hint(refusal: Refusal, competition: str) -> str:
    otherwise = f"See {competition_url(competition)}." if competition else _VERIFY if refusal.status == 403 else ""
    return _hint_about(refusal.message) or otherwise


def _hint_about(reason: str) -> str:
    return next((hint for words, hint in _HINTS if words in reason.lower()), "")
