"""What StackStorm says against a request, in words for people and as our errors: without hashes of
keys, without secrets, in one line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from integrations.base import IntegrationError, Misconfigured, Permanent, Transient

LONGEST_WAIT = 300.0
_SAID = 300
_HASHES = re.compile(r"\s*(?:with )?key_hash=[0-9a-fA-F]+|\b[0-9a-fA-F]{40,}\b")
_USER = re.compile(r'"?UserDB\([^)]*?name="?([\w.@+-]+)"?[^)]*\)"?')
_ECHO = re.compile(r'(not dispatching a trigger "[^"]*") \(.*\): ')
"""What was sent is told again before the reason is."""
_WAIT = (408, 425, 429)


class NotThere(Permanent):
    """StackStorm knows no such thing."""


class Elsewhere(Transient):
    """What answers 404 is not StackStorm."""


class Forbidden(Misconfigured):
    """The account may not do that; it was not done."""


class Conflict(Permanent):
    """It is there already."""


NONE = (Permanent, Forbidden, Elsewhere)
"""What is raised where a way to ask is not there, or not for us."""


def clean(text: str, secrets: Sequence[str] = ()) -> str:
    """A faultstring as one line for people."""
    lines = [each.strip() for each in text.strip().splitlines() if each.strip()]
    line = _USER.sub(r"\1", _HASHES.sub("", lines[0] if lines else ""))
    line = _ECHO.sub(r"\1: ", line)
    for each in secrets:
        if len(each) > 3:
            line = line.replace(each, "********")
    line = " ".join(line.split())
    return line if len(line) <= _SAID else line[: _SAID - 1].rstrip() + "…"


def failed(
    status: int, said: str, method: str, way: str, headers: Mapping[str, str], *, spoken: bool
) -> IntegrationError:
    """What a status above 2xx means. ``spoken`` says that it was StackStorm that answered, not
    something in front of it; ``way`` is how we sign in."""
    words = f"StackStorm answers {status}" + (f": {said}" if said else "")
    if status >= 500:
        return Transient(words, _wait(headers), uncertain=method != "GET", broken=True)
    if status in _WAIT:
        return Transient("StackStorm asks to wait", _wait(headers) or 5.0)
    if status == 401:
        return Misconfigured(f"StackStorm does not let us in: {said or 'Unauthorized'}", way)
    if status == 403:
        return Forbidden(f"StackStorm does not allow it: {said or 'Forbidden'}", way)
    if status < 400:
        to = str(headers.get("Location") or "")[:120]
        return Misconfigured(f"StackStorm's address leads elsewhere: {to}", "url")
    if status == 404:
        return NotThere(words) if spoken else Elsewhere("what answers there is not StackStorm")
    if status == 409:
        return Conflict(words)
    return Permanent(said or words)


def unanswered(error: Exception, method: str) -> Transient:
    """No answer, or half of one. It is uncertain what became of a request that does something,
    unless it never left."""
    from requests import exceptions as of

    never = isinstance(error, of.ConnectTimeout | of.ProxyError | of.SSLError) or (
        isinstance(error, of.ConnectionError) and _refused(error)
    )
    if isinstance(error, of.SSLError):
        said = "StackStorm's certificate is not believed"
    elif isinstance(error, of.Timeout) or "timed out" in str(error).lower():
        said = "StackStorm does not answer in time"
    elif never:
        said = "StackStorm can't be reached"
    else:
        said = "StackStorm broke the connection"
    return Transient(said, uncertain=not never and method != "GET")


def was_dropped(error: Exception) -> bool:
    """Whether a connection that was kept turned out to be closed: asking again is worth it."""
    from requests import exceptions as of

    if isinstance(error, of.Timeout | of.SSLError | of.ProxyError) or _refused(error):
        return False
    return "timed out" not in str(error).lower()


def unreadable(error: OSError) -> Misconfigured:
    """A certificate authority that can't be read."""
    return Misconfigured(f"the authority can't be read: {type(error).__name__}", "ca_file")


def _refused(error: Any) -> bool:
    """Whether there never was a connection."""
    from urllib3.exceptions import NameResolutionError, NewConnectionError

    inner = error.args[0] if error.args else None
    reason = getattr(inner, "reason", inner)
    return isinstance(reason, NewConnectionError | NameResolutionError)


def _wait(headers: Mapping[str, str]) -> float | None:
    try:
        named = float(headers.get("Retry-After") or "")
    except ValueError:
        return None
    return min(max(named, 0.5), LONGEST_WAIT)
