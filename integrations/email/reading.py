"""From a mail to its alerts: the tool's own template, else the words of subject and text; what the
mapping of its source says comes before both."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from integrations import _mapping, _read, _text
from integrations._mapping import OTHERS, Rules
from integrations.base import Malformed
from integrations.email import kinds, lines, markup, words
from integrations.email.guess import completed, of_field
from integrations.email.mime import Mail
from integrations.email.subject import state_of, unanswered
from integrations.email.template import Said
from integrations.email.tools import said_by_tool, several
from integrations.email.words import FIRING, INFO
from store.model import AlertReading, AlertStatus, AlertType, Severity

SUBJECT = 500
_LOOKED_AT = 20_000
_SHOWN = 8_000
_FIELDS = 100

_THINGS = (AlertType.HOST, AlertType.SERVICE, AlertType.UPTIME, AlertType.HEARTBEAT, AlertType.CI)
_URL = re.compile(r"https?://[^\s<>\"'`\\^{}|\[\]]{3,1000}")
_NO_LINK = re.compile(
    r"unsubscribe|/preferences|privacy|facebook\.com|twitter\.com|linkedin\.com|w3\.org|/opt-?out"
    r"|\.(?:png|gif|jpe?g|css|svg)(?:\?|$)", re.IGNORECASE,
)  # fmt: skip
_TOKEN = re.compile(r"\bpv[a-z]_[\w-]{16,100}", re.IGNORECASE)
_BANNER = re.compile(r"\A(?:[*=#~_-]{3,}[^\n]{0,80}\n\s*)+")
_SIGNATURE = re.compile(r"\n-- ?\n.*", re.DOTALL)


def alerts(mail: Mail, rules: Rules) -> Iterator[AlertReading]:
    """The alerts of a mail; mostly one."""
    subject, answers = unanswered(mail.subject[:SUBJECT])
    text = _TOKEN.sub("pvi_…", mail.text)
    mail = replace(mail, subject=_TOKEN.sub("pvi_…", mail.subject), text=text)
    subject = _TOKEN.sub("pvi_…", subject)
    found = lines.fields(text)
    if quiet := kinds.why_quiet(mail, answers=answers):
        yield _quiet(mail, subject, quiet)
        return
    if not subject and not text.strip():
        raise Malformed("there is neither a subject nor a text in it", "subject", 422)
    if "alerts" in rules.fields:
        yield from _mapped_list(mail, subject, found, rules)
        return
    if not rules.fields and (listed := several(mail, subject)):
        for said in listed:
            yield _alert(mail, subject, said, found, rules, None)
        return
    said = said_by_tool(mail, subject, found) or Said()
    yield _alert(mail, subject, completed(said, mail, subject, found), found, rules, None)


def _quiet(mail: Mail, subject: str, why: str) -> AlertReading:
    number = mail.header("message-id") or f"{mail.sender} {mail.header('date')} {subject}"
    return _read.alert(
        INFO, f"{why} {_text.fnv(number):016x}", subject or f"A mail from {mail.sender}",
        type=AlertType.CUSTOM, severity=Severity.INFO, word=why, description=_shown(mail),
        labels={"from": mail.sender, "mail": why},
    )  # fmt: skip


# ---- an alert ----------------------------------------------------------------------------------


def _alert(
    mail: Mail,
    subject: str,
    said: Said,
    found: Mapping[str, str],
    rules: Rules,
    part: Any,
) -> AlertReading:
    document = _document(mail, subject, found) if rules.fields else {}
    root = document
    value = document if part is None else part

    def mapped(name: str) -> str:
        given = rules.value(name, value, root)
        return _read.text(given) if given is not None and not isinstance(given, dict) else ""

    status, severity, word = _how(said, mapped("status"), mapped("severity"), rules)
    labels = _labels(mail, said, found)
    own = rules.value("labels", value, root) if rules.fields else None
    if isinstance(own, dict):
        labels |= {str(name): text for name, each in own.items() if (text := _read.text(each))}
    linked = rules.value("links", value, root) if rules.fields else None
    links = list(linked.items()) if isinstance(linked, dict) else _links(mail)
    return _read.alert(
        status,
        mapped("key") or f"{mail.sender} {said.key}".strip(),
        mapped("title") or said.title or subject,
        type=_type(mapped("type"), said.type),
        word=word,
        severity=severity,
        description=mapped("description") or f"{said.lead}\n\n{_shown(mail)}".strip(),
        resource=mapped("resource") or said.host or (said.service if said.type in _THINGS else ""),
        labels=labels,
        links=[(str(name), _read.text(url)) for name, url in links],
        starts=rules.value("starts_at", value, root) if rules.fields else None,
        ends=rules.value("ends_at", value, root) if rules.fields else None,
    )


def _how(
    said: Said, status: str, severity: str, rules: Rules
) -> tuple[AlertStatus, Severity | None, str]:
    """Status, severity and the word for it: the mapping's tables first."""
    word = status or said.word
    chosen = rules.status(word)
    if chosen is None and status:
        chosen = words.status_of(status) or state_of(status).status or rules.statuses.get(OTHERS)
    if chosen is None:
        chosen = said.status or rules.statuses.get(OTHERS) or FIRING
    bad = severity or said.word
    how = rules.severity(bad)
    if how is None and severity:
        how = of_field(severity)
    how = how or said.severity or rules.severities.get(OTHERS)
    return chosen, how or Severity.ERROR, bad if severity or said.severity else ""


def _type(word: str, otherwise: AlertType) -> AlertType:
    try:
        return AlertType(word.casefold()) if word else otherwise
    except ValueError:
        raise Malformed(f"{word!r} is no type of alert", "map.type", 422) from None


def _labels(mail: Mail, said: Said, found: Mapping[str, str]) -> dict[str, str]:
    labels = {name: found[name][:300] for name in lines.LABELS if found.get(name)}
    labels |= {
        "from": mail.sender or mail.sender_name, "tool": said.tool, "host": said.host,
        "service": said.service, "attachments": ", ".join(mail.attachments[:20]),
    }  # fmt: skip
    return {name: value for name, value in labels.items() if value}


def _shown(mail: Mail) -> str:
    text = _SIGNATURE.sub("", mail.text[:_SHOWN]).replace("\t", ": ").strip()
    text = _BANNER.sub("", text, count=1)
    if mail.attachments:
        text = f"{text}\n\nAttached: {', '.join(mail.attachments[:20])}".strip()
    return text


def _links(mail: Mail) -> list[tuple[str, str]]:
    """Addresses in the text, and the links of a mail that is HTML."""
    plain = (("", match[0].rstrip(".,;:!?)'")) for match in _URL.finditer(mail.text[:_LOOKED_AT]))
    found: dict[str, str] = {}
    for words_, url in (*markup.links(mail.html[:_LOOKED_AT]), *plain):
        if url not in found and not _NO_LINK.search(url) and len(found) < 5:
            found[url] = words_ if words_ and "://" not in words_ else _site(url)
    return [(name, url) for url, name in found.items()]


def _site(url: str) -> str:
    return url.partition("://")[2].partition("/")[0][:60] or "Link"


# ---- a mapping ---------------------------------------------------------------------------------


def _document(mail: Mail, subject: str, found: Mapping[str, str]) -> dict[str, Any]:
    """What the expressions of a source's mapping see."""
    return {
        "subject": subject, "from": mail.sender, "from_name": mail.sender_name,
        "to": mail.header("to"), "date": mail.header("date"), "text": mail.text[:_LOOKED_AT],
        "lines": [line for line in mail.text[:_LOOKED_AT].split("\n") if line.strip()],
        "fields": dict(list(found.items())[:_FIELDS]), "headers": dict(mail.headers),
        "attachments": list(mail.attachments),
    }  # fmt: skip


def _mapped_list(
    mail: Mail, subject: str, found: Mapping[str, str], rules: Rules
) -> Iterator[AlertReading]:
    """One alert for each thing that ``map.alerts`` gives."""
    document = _document(mail, subject, found)
    listed = _mapping.evaluated(rules.fields["alerts"], document, document, "map.alerts")
    if not isinstance(listed, list) or not 0 < len(listed) <= _read.MOST:
        raise Malformed(f"expected a list of 1 to {_read.MOST}", "map.alerts", 422)
    for part in listed:
        line = part if isinstance(part, str) else subject
        said = completed(Said(title=line), mail, line, found)
        yield _alert(mail, subject, said, found, rules, part)
