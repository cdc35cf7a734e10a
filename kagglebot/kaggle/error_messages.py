"""Kaggle's refusals and the network's failures, as a sentence and a hint."""

import re
import textwrap
from dataclasses import dataclass
from typing import Any

import requests
import urllib3

from kagglebot.errors import KaggleError
from kagglebot.kaggle.models import competition_url, rules_url
from kagglebot.kaggle.retry import BrokenTransfer, retry_after_seconds

#: What the client may raise when a call does not work out.
FAILURES = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    BrokenTransfer,
    ValueError,  # not JSON, or a date or number in it that is none
    KeyError,  # an unknown status
    TypeError,
    AttributeError,
    RecursionError,  # JSON of a thousand brackets
)
_VERIFY = (
    "Verify your phone number and identity at https://www.kaggle.com/settings, then run the same command again."
)


@dataclass(frozen=True)
class Answer:
    """An answer other than success: its status and what Kaggle says about it, perhaps nothing."""

    status: int
    message: str

    @property
    def about_name(self) -> bool:
        """Whether this is how Kaggle answers to a name that it does not know."""
        denied = "permission" in self.message.lower() and not self.about_rules
        return self.status == 404 or (self.status == 403 and (denied or not self.message))

    @property
    def about_rules(self) -> bool:
        """Whether this says that the rules were not accepted."""
        return self.status == 403 and "rules" in self.message.lower()


def read_answer(error: BaseException) -> Answer | None:
    """Return what the server answered, None where there was no answer."""
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
    return Answer(status, _one_line(str(inner.get("message") or "")))


def explain(error: BaseException, *, competition: str, host: str, credentials: str) -> KaggleError:
    """Turn what the client raised into an error for the user.

    Args:
        error: One of ``FAILURES``.
        competition: The competition that was asked about; empty for none.
        host: Where the question went.
        credentials: Where the credentials come from.
    """
    answer = read_answer(error)
    if answer is None:
        return _no_answer(error, host)
    if answer.status == 401:
        return KaggleError(
            f"Kaggle does not accept the credentials in {credentials}.",
            "Create a new token at https://www.kaggle.com/settings/api and put it there.",
        )
    if answer.about_rules and competition:
        return rules_not_accepted(competition)
    if answer.status == 429:
        return KaggleError("Kaggle is asked too often from this account.", _later(retry_after_seconds(error)))
    if answer.status >= 500:
        return KaggleError(
            f"Kaggle has trouble of its own (HTTP {answer.status}).",
            "What is finished is kept: run the same command again in some minutes.",
        )
    about = f" about {competition}" if competition else ""
    said = answer.message or f"HTTP {answer.status}"
    return KaggleError(f"Kaggle refuses the request{about}: {said.rstrip('.')}.", _hint(answer, competition))


def rules_not_accepted(competition: str) -> KaggleError:
    """Return the error for a competition that exists, and that the user has not entered."""
    return KaggleError(
        f"You have not accepted the rules of {competition} yet.",
        f"Open {rules_url(competition)}, join the competition and run the same command again.",
    )


def not_allowed(competition: str) -> KaggleError:
    """Return the error for a competition that the user has entered, and still may not do this in."""
    return KaggleError(
        f"Kaggle does not let this account do that in {competition}.",
        f"See whether {competition_url(competition)} asks for anything more. {_VERIFY}",
    )


def unknown_competition(competition: str, nearest: list[str]) -> KaggleError:
    """Return the error for a name that Kaggle does not know."""
    meant = f"Did you mean {' or '.join(nearest)}?" if nearest else "Check its spelling."
    return KaggleError(
        f"Kaggle has no competition named {competition}, or none that you may see.",
        f"{meant} The name is the last part of its address: kaggle.com/competitions/NAME.",
    )


def _no_answer(error: BaseException, host: str) -> KaggleError:
    again = "Check the network (and HTTPS_PROXY, if you need one), then run the same command again."
    if isinstance(error, requests.exceptions.SSLError):
        return KaggleError(
            f"There is no trusted connection to {host}: its certificate cannot be verified.",
            "Behind a company's proxy, set REQUESTS_CA_BUNDLE to the file of its certificate.",
        )
    if isinstance(error, requests.Timeout):
        return KaggleError(f"{host} did not answer in time.", again)
    if isinstance(error, BrokenTransfer):
        return KaggleError(str(error), again)
    if isinstance(error, requests.RequestException | urllib3.exceptions.HTTPError) and not isinstance(
        error, ValueError
    ):
        if error.args and isinstance(error.args[0], urllib3.exceptions.ProtocolError):
            return KaggleError(f"The connection to {host} broke off.", again)
        return KaggleError(f"{host} cannot be reached.", again)
    return KaggleError(
        f"{host} sent an answer that cannot be read ({type(error).__name__}).",
        "A login page of your network may be in between; if not, update kagglebot and the kaggle package.",
    )


def _hint(answer: Answer, competition: str) -> str:
    said = answer.message.lower()
    if "allowance" in said:
        return "The day ends at midnight UTC: run the same command again after that; nothing is lost."
    if "notebook" in said:
        return "Run `kagglebot export --best`: it writes a notebook and the model to submit on kaggle.com."
    if any(word in said for word in ("phone", "verif", "identity")):
        return _VERIFY
    return f"See {competition_url(competition)} for what it asks for." if competition else ""


def _later(seconds: float | None) -> str:
    when = "in some minutes" if seconds is None else f"in {seconds:.0f} s"
    return f"It asks to wait: run the same command again {when}."


def _one_line(text: str) -> str:
    # Cut between words: of a credential that an answer repeats, no piece must be left to be overlooked.
    return textwrap.shorten(re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", " ", text), 300, placeholder=" …")
