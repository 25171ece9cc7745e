"""Synology: a webhook of DSM's notifications, or of Surveillance Station, with a text."""

from __future__ import annotations

import re

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertStatus, AlertType, Severity

MANIFEST = Manifest(
    name="synology",
    title="Synology",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://kb.synology.com/en-global/DSM/help/DSM/AdminCenter/system_notification_webhook",
)

_TEXTS = ("text", "message", "content", "body", "prefix", "title", "subject")
_FROM = re.compile(r"(?:From|on)\s+([A-Za-z0-9][A-Za-z0-9._-]{0,62})\s*$")
_QUIET = re.compile(
    r"\b(?:recovered|restored|back to normal|reconnected|repaired|is normal|successful(?:ly)?"
    r"|completed|now online|test)\b"
)
_MILD = re.compile(r"\b(?:warning|low|update is available|new version)\b")


def read(request: Request) -> Reading:
    """The one message of a body; DSM has no states, so its words must do."""
    body = _read.fields(request)
    told = _read.first(body, *_TEXTS)
    if not told:
        raise Malformed("there is no text in it", "text")
    heading = told.strip().partition("\n")[0]
    found = _FROM.search(told.strip()[-200:])
    place = _read.first(body, "hostname", "host", "device", "nas") or (found[1] if found else "")
    status, severity = _weigh(told[:2_000].casefold())
    alert = _read.alert(
        status,
        _read.first(body, "id"),
        heading,
        type=AlertType.HOST,
        word=_read.first(body, "level", "severity"),
        severity=severity if not _read.first(body, "level", "severity") else None,
        description=told,
        resource=place,
        labels=_read.flat(body, _TEXTS),
    )
    return Reading((alert,))


def _weigh(words: str) -> tuple[AlertStatus, Severity]:
    if _QUIET.search(words):
        return _read.INFO, Severity.INFO
    return _read.FIRING, Severity.WARNING if _MILD.search(words) else Severity.ERROR
