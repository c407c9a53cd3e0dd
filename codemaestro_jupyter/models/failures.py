"""What the SDKs raise, said in our words, with what to do next: `openai` and `anthropic` name their errors alike."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from codemaestro_jupyter.errors import ModelAnswerError, ModelError, ModelUnavailableError
from codemaestro_jupyter.models.addresses import fault, shown
from codemaestro_jupyter.models.discovery import LOADS
from codemaestro_jupyter.models.keys import from_environment, key_variable
from codemaestro_jupyter.models.protocol import ModelInfo


def translated(error: Exception, info: ModelInfo, sdk: Any, key: str = "") -> ModelError:
    """The error as one of ours; `sdk` is the module whose error it may be, `key` is never said."""
    for known in (error, error.__cause__):
        if isinstance(known, ModelError):
            return known
    name, place = info.name, shown(info.base_url)
    if isinstance(error, sdk.AuthenticationError) and not key:
        return ModelUnavailableError(f"{place} wants a key.", hint=f"Set {key_variable(info.base_url)}.")
    if isinstance(error, sdk.AuthenticationError):
        mine = key == from_environment(info.base_url)
        where = key_variable(info.base_url) if mine else "the key in the keyring"
        return ModelUnavailableError(f"{place} refused the key.", hint=f"Check {where}.")
    if isinstance(error, sdk.PermissionDeniedError):  # of a key without the right, a region, or what was asked
        hint = f"Check {key_variable(info.base_url)}, or choose another model."
        return ModelUnavailableError(f"{place} refused {name}: {_first_line(error, key)}.", hint=hint)
    if _without_credit(error):
        hint = "Add credit there, or choose another model."
        return ModelUnavailableError(f"{place} gives no credit: {_first_line(error, key)}.", hint=hint)
    if isinstance(error, sdk.NotFoundError):
        hint = "`%maestro model`, in a terminal `codemaestro model`, lists those that there are."
        return ModelUnavailableError(f"{place} has no model {name!r}.", hint=hint)
    if isinstance(error, sdk.RateLimitError):
        return limits(info, asked_to_wait(error.response.headers))
    if is_bad_request(error):
        hint = "If it is about length, name fewer files."
        return ModelAnswerError(f"{name} refused the request: {_first_line(error, key)}.", hint=hint)
    if isinstance(error, sdk.APIConnectionError):
        return ModelUnavailableError(f"{place} does not answer.", hint="Is the server running?")
    if _loading(error):
        return ModelUnavailableError(f"{place} is still loading its model.", hint="Ask again in a moment.")
    if isinstance(error, sdk.APIStatusError) and 300 <= error.status_code < 400:
        to = shown(error.response.headers.get("location", "")) or "another address"
        return ModelUnavailableError(
            f"{place} sends on to {to}; nothing was sent there.", hint="If you trust it, set `base_url` to it."
        )
    broke_off = isinstance(error, sdk.APIStatusError) and error.status_code < 300  # Anthropic's, of such an error
    if isinstance(error, sdk.APIStatusError) and not broke_off:
        hint = "Ask again, or choose another model."
        return ModelUnavailableError(f"{place} failed ({error.status_code}).", hint=hint)
    if broke_off or type(error) is sdk.APIError:  # an error inside of an answer that had begun well
        hint = "Ask again, or choose another model."
        return ModelUnavailableError(f"{place} broke off: {_first_line(error, key)}.", hint=hint)
    return ModelAnswerError(
        f"{name} answered in a form that cannot be read ({type(error).__name__}).", hint="Ask again."
    )


def is_bad_request(error: BaseException) -> bool:
    """Whether the server found fault with what was asked."""
    return getattr(error, "status_code", None) in {400, 413, 422}


def _without_credit(error: Any) -> bool:
    """Whether it is about money: asking again a little later would not help."""
    return getattr(error, "status_code", None) == 402 or getattr(error, "code", None) == "insufficient_quota"


def _loading(error: Any) -> bool:
    """Whether a server is up and its model is not yet: llama.cpp says it so."""
    return getattr(error, "status_code", None) == 503 and LOADS in str(error)


def is_about_functions(error: BaseException) -> bool:
    """Whether a server may have refused the functions that were offered: some say so with an error of their own."""
    text = str(error).lower()
    return is_bad_request(error) or (
        getattr(error, "status_code", 0) in {404, 500, 501} and ("tool" in text or "function" in text)
    )


def no_address(base_url: str) -> ModelUnavailableError:
    """The base URL is none."""
    why = fault(base_url)
    return ModelUnavailableError(
        f"{shown(base_url)!r} is no address of a model's server{f': {why}' if why else ''}.",
        hint="Write it like http://127.0.0.1:11434/v1.",
    )


def no_key(info: ModelInfo, fault: str = "") -> ModelUnavailableError:
    """There is no key where a server needs one; `fault` is what the keyring said, if that failed."""
    if fault:
        return ModelUnavailableError(
            f"There is no key for {shown(info.base_url)}: the keyring could not be read ({fault}).",
            hint=f"Unlock it and ask again, or set {key_variable(info.base_url)} in the environment.",
        )
    return ModelUnavailableError(
        f"There is no key for {shown(info.base_url)}.",
        hint=f"Set {key_variable(info.base_url)} in the environment, or store it in the keyring.",
    )


def closed(info: ModelInfo) -> ModelUnavailableError:
    """The session ended meanwhile."""
    return ModelUnavailableError(f"The connection to {info.name} is closed.", hint="Ask again in a new session.")


def limits(info: ModelInfo, seconds: float = 0.0) -> ModelUnavailableError:
    """The server takes no more requests for now; it may have said for how many seconds."""
    if seconds >= 1.0:
        hint = f"Ask again in {seconds:,.0f} s, or choose another model."
    else:
        hint = "Wait a little, or choose another model."
    return ModelUnavailableError(f"{shown(info.base_url)} is limiting requests to {info.name}.", hint=hint)


def asked_to_wait(headers: Mapping[str, str]) -> float:
    """Seconds after which a server wants to be asked again; 0 if it does not say."""
    said = headers.get("retry-after", "")
    try:
        return max(0.0, float(said))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return 0.0


def no_server(info: ModelInfo) -> ModelUnavailableError:
    """What answers there is for people to read."""
    return ModelUnavailableError(
        f"{shown(info.base_url)} answers with a web page, not as a model's server.",
        hint="Check `base_url`; there may be a page to sign in.",
    )


def instead(info: ModelInfo, body: Any, key: str = "") -> ModelError:
    """An error stands where the answer should, under a status that says that all is well."""
    said = _short(_said(body), key)
    hint = "Ask again, or choose another model."
    if not said:
        return ModelAnswerError(f"{info.name} answered in a form that cannot be read.", hint=hint)
    return ModelUnavailableError(f"{shown(info.base_url)} failed: {said}.", hint=hint)


def late(info: ModelInfo, deadline: float, limited: bool = False) -> ModelUnavailableError:
    """The answer took longer than it may, or than it may wait for a server that is limiting requests."""
    if limited:
        return limits(info)
    return ModelUnavailableError(
        f"{info.name} did not finish within {deadline:.0f} s.", hint="Ask for less, or choose a faster model."
    )


def silent(info: ModelInfo) -> ModelAnswerError:
    """The answer ended before it began."""
    return ModelAnswerError(f"{info.name} said nothing.", hint="Ask again, or choose another model.")


def packed(info: ModelInfo) -> ModelAnswerError:
    """The answer is compressed, though that was not asked for: it could unfold to anything."""
    return ModelAnswerError(f"{info.name} answered compressed, unasked.", hint="Choose another server.")


def endless(info: ModelInfo) -> ModelAnswerError:
    """The answer is longer than any can be."""
    return ModelAnswerError(f"The answer of {info.name} does not end.", hint="Ask again, or choose another model.")


def declined(info: ModelInfo, words: str = "") -> ModelAnswerError:
    """A filter of the server ended the answer, or the model declined in so many words."""
    said = f"{info.name} declined: {_short(words)}." if words.strip() else f"A filter of {info.name} ended the answer."
    return ModelAnswerError(said, hint="Ask in other words.")


def used_up(info: ModelInfo, limit: str) -> ModelAnswerError:
    """All that was granted went before anything was said."""
    return ModelAnswerError(f"{info.name} used up {limit} before it said anything.", hint="Ask for less at once.")


def cut(info: ModelInfo) -> ModelAnswerError:
    """The answer ended without an end."""
    return ModelAnswerError(f"The answer of {info.name} was cut off.", hint="Ask again.")


def _first_line(error: Any, key: str) -> str:
    return _short(_said(getattr(error, "body", None)) or str(error), key)


def _said(body: Any) -> str:
    """The message of a refusal, wherever its server puts it: `error`, `message`, or FastAPI's `detail`."""
    if isinstance(body, list):
        return _said(body[0]) if body else ""
    if isinstance(body, dict):
        found = (_said(body[name]) for name in ("error", "message", "msg", "detail") if body.get(name))
        return next(filter(None, found), "")
    return body if isinstance(body, str) else ""


def _short(text: str, key: str = "") -> str:
    line = next((line for line in text.splitlines() if line.strip()), "").strip()
    return (line.replace(key, "[key]") if key else line)[:200].rstrip(".")
