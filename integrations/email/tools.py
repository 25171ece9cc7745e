"""Which tool wrote a mail: all templates, and the mails that hold several alerts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from integrations.email.hosts import HOSTS
from integrations.email.machines import MACHINES
from integrations.email.mime import Mail
from integrations.email.services import SERVICES
from integrations.email.steady import steady
from integrations.email.subject import state_of
from integrations.email.template import Said
from integrations.email.words import FIRING, RESOLVED
from store.model import AlertType

TEMPLATES = (*HOSTS, *SERVICES, *MACHINES)
MOST = 200

_TRUENAS = re.compile(r"\b(?:TrueNAS|FreeNAS)\b", re.IGNORECASE)
_SECTION = re.compile(r"(?:(new alerts?|current alerts?)|.{0,40}alerts? ha(?:s|ve) been cleared)"
                      r"\b.*:$", re.IGNORECASE)  # fmt: skip
_NAMED = re.compile(r"(?:TrueNAS|FreeNAS)[ @]+([\w.-]+)", re.IGNORECASE)


def said_by_tool(mail: Mail, subject: str, found: Mapping[str, str]) -> Said | None:
    """What the first template that fits reads in it."""
    for template in TEMPLATES:
        said = template.read(mail, subject, found)
        if said is not None:
            return said if said.title or said.key else None
    return None


def several(mail: Mail, subject: str) -> tuple[Said, ...]:
    """The alerts of a mail that lists them: TrueNAS says what is new, stands and went."""
    if not _TRUENAS.search(subject):
        return ()
    named = _NAMED.search(subject) or _NAMED.search(mail.text[:2_000])
    host = named[1].rstrip(":.") if named else ""
    return tuple(_truenas(mail.text, host))


def _truenas(text: str, host: str) -> Iterator[Said]:
    status, told = None, set[str]()
    for line in text[:40_000].split("\n"):
        said = line.strip()
        if section := _SECTION.match(said):
            status = FIRING if section[1] else RESOLVED
        elif status is not None and said.startswith(("*", "•", "-")) and len(told) < MOST:
            what = said.lstrip("*•- ").strip()
            key = f"{host} {steady(what)}".strip()
            if not what or key in told:
                continue
            told.add(key)
            severity = state_of(what).severity
            yield Said("truenas", status, "", severity, what, host, "", key, AlertType.HOST)
