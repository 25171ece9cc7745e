"""What the words of a mail say where no tool's template does: state, severity, host, title, key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from integrations.email import lines, places, steady, words
from integrations.email.mime import Mail
from integrations.email.subject import state_of
from integrations.email.template import Said
from store.model import Severity

_PRIORITIES = {"1": Severity.CRITICAL, "2": Severity.ERROR, "4": Severity.WARNING,
               "5": Severity.INFO}  # fmt: skip
_IMPORTANCE = {"high": Severity.ERROR, "low": Severity.INFO}
_URGENCY = {"urgent": Severity.CRITICAL, "non-urgent": Severity.WARNING}


def completed(said: Said, mail: Mail, subject: str, found: Mapping[str, str]) -> Said:
    """With what words in subject, text and headers add to what the template said."""
    status, word, severity = said.status, said.word, said.severity
    if not said.tool:
        state = state_of(subject)
        status, word, severity = state.status, state.word, state.severity
    if status is None:
        word = word or lines.first(found, lines.STATE)
        told = (words.status_of(found[name]) for name in lines.STATE if name in found)
        status = next((known for known in told if known is not None), None)
        severity = severity or words.SEVERITIES.get(word.casefold())
    if status is None and not said.tool:
        opening = _opening(mail.text)
        state = state_of(opening)
        status, word, severity = state.status, state.word, severity or state.severity
    bad = lines.first(found, lines.SEVERITY)
    if bad and not said.tool and (known := of_field(bad)) is not None:
        severity, word = known, bad
    host = said.host or ("" if said.tool else places.host(subject, found))
    service = said.service or ("" if said.tool else lines.first(found, lines.SERVICE)[:200])
    return replace(
        said, status=status, word=word, severity=severity or _by_header(mail),
        host=host, service=service, title=said.title or _title(subject, mail),
        key=said.key or _key(subject, mail, found),
    )  # fmt: skip


def _opening(text: str) -> str:
    return next((line.strip() for line in text[:2_000].split("\n") if line.strip()), "")[:300]


def of_field(word: str) -> Severity | None:
    """``High``, ``2 - Error``, ``Critical (P1)``: the first word that decides."""
    parts = re.findall(r"[a-z]+\d?", word[:60].casefold())
    return next((words.SEVERITIES[part] for part in parts if part in words.SEVERITIES), None)


def _by_header(mail: Mail) -> Severity | None:
    priority = mail.header("x-priority").strip()[:1]
    return (
        _PRIORITIES.get(priority)
        or _IMPORTANCE.get(mail.header("importance").casefold())
        or _URGENCY.get(mail.header("priority").casefold())
    )


def _title(subject: str, mail: Mail) -> str:
    return steady.headline(subject) or _opening(mail.text)


def _key(subject: str, mail: Mail, found: Mapping[str, str]) -> str:
    """The subject less what changes; where that says nothing, what the text is about."""
    key = steady.steady(subject)
    if re.sub(r"[\W\d_]|notification|message|your|device|warning|system", "", key):
        return key
    about = [lines.first(found, names) for names in (lines.HOST, lines.SERVICE)]
    about = [each for each in about if each] or [_opening(mail.text)]
    return " ".join([key, *(steady.steady(each) or each.casefold() for each in about)]).strip()
