"""Subjects that tools write by their own templates: each a pattern whose groups are its parts.

``kind`` is the kind of notification, which comes before ``state`` (an acknowledgement has the state
CRITICAL); ``sev`` is how bad it is; ``host``, ``service``, ``name``, ``area`` what it is about.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from integrations.email import words
from integrations.email.mime import Mail
from store.model import AlertStatus, AlertType, Severity


@dataclass(frozen=True, slots=True)
class Said:
    """What a mail says before it is an alert. ``key`` is the identity beside its sender, "" where
    the subject is; ``status`` None where no word tells; ``lead`` is what its text comes down to."""

    tool: str = ""
    status: AlertStatus | None = None
    word: str = ""
    severity: Severity | None = None
    title: str = ""
    host: str = ""
    service: str = ""
    key: str = ""
    type: AlertType = AlertType.CUSTOM
    lead: str = ""


Parts = Mapping[str, str]
Then = Callable[[Said, Parts, Mail, Parts], Said]


@dataclass(frozen=True, slots=True)
class Tool:
    """One template of a tool. ``shows`` must stand in the text where the subject alone could be
    anybody's; ``then`` looks into the text as well."""

    name: str
    pattern: re.Pattern[str]
    type: AlertType = AlertType.CUSTOM
    status: AlertStatus | None = None
    severity: Severity | None = None
    severities: Mapping[str, Severity] = field(default_factory=dict)
    states: Mapping[str, AlertStatus] = field(default_factory=dict)
    title: str = ""
    shows: re.Pattern[str] | None = None
    then: Then | None = None

    def read(self, mail: Mail, subject: str, found: Parts) -> Said | None:
        """What a mail says where it is of this template; ``found`` are its lines' fields."""
        match = self.pattern.match(subject)
        if match is None or (self.shows is not None and not self.shows.search(mail.text[:20_000])):
            return None
        parts = {name: value.strip() for name, value in match.groupdict().items() if value}
        said = self._said(parts)
        return self.then(said, parts, mail, found) if self.then is not None else said

    def _said(self, parts: Parts) -> Said:
        word = parts.get("sev") or parts.get("state") or parts.get("kind", "")
        host, service = parts.get("host", ""), parts.get("service") or parts.get("name", "")
        place = f"{service} on {host}" if service and host else service or host
        return Said(
            self.name,
            self.status
            or self._status(parts.get("kind", ""))
            or self._status(parts.get("state", "")),
            word,
            self._severity(word) or self.severity,
            self.title.format_map(_Parts(parts)) if self.title else place,
            host,
            service if service != host else "",
            " ".join(part for part in (host, service, parts.get("area", "")) if part).casefold(),
            self.type,
        )

    def _status(self, word: str) -> AlertStatus | None:
        return (self.states.get(word.casefold()) or words.status_of(word)) if word else None

    def _severity(self, word: str) -> Severity | None:
        low = word.casefold()
        first = low.partition(" ")[0]
        return self.severities.get(low) or words.SEVERITIES.get(low) or words.SEVERITIES.get(first)


class _Parts(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def like(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.DOTALL)
