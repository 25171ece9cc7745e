"""Messages in the forms chat programs take, sent by tools that know nothing else, and what people
press under them.

A message has no state field; what it says first (``[RESOLVED]``, ``Recovered:``) or a field named
status tells, then the colour of its bar. Without either it fires.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from integrations import _read, _text
from integrations.base import Malformed
from store.model import AlertReading, AlertStatus, AlertType, Severity

_ACTIONS = {
    "ack": _read.ACKNOWLEDGED, "acknowledge": _read.ACKNOWLEDGED, "acked": _read.ACKNOWLEDGED,
    "take": _read.ACKNOWLEDGED, "close": _read.RESOLVED, "resolve": _read.RESOLVED,
    "closed": _read.RESOLVED, "resolved": _read.RESOLVED, "open": _read.FIRING,
    "unack": _read.FIRING, "unacknowledge": _read.FIRING, "reopen": _read.FIRING,
}  # fmt: skip
_COLORS = {
    "good": _read.RESOLVED, "green": _read.RESOLVED, "danger": _read.FIRING, "red": _read.FIRING,
    "attention": _read.FIRING, "warning": _read.FIRING, "yellow": _read.FIRING,
    "orange": _read.FIRING,
}  # fmt: skip
_STATE_FIELDS = ("status", "state", "alertstate", "currentstate", "alertstatus", "eventtype")
_SEVERITY_FIELDS = ("severity", "priority", "level", "criticality", "urgency", "alertseverity")
_ID_FIELDS = ("id", "alertid", "incidentid", "eventid", "fingerprint", "dedupkey", "problemid",
              "monitorid", "incident")  # fmt: skip
_PLACE_FIELDS = ("resource", "host", "hostname", "instance", "server", "node", "device", "pod",
                 "service", "monitor", "url", "site", "target", "job", "project")  # fmt: skip
_TITLES = ("title", "header", "pretext", "fallback", "summary")
_TEXTS = ("text", "content", "description", "body", "message")
_MARK = re.compile(
    r"\W{0,20}(?::[\w+-]{1,40}:\W{0,5}){0,3}([A-Za-z]{2,20})(?::\d{1,6})?(\]|:|(?=[\s*]|$))\s*"
)
_HEADING = 600
_AMOUNT = re.compile(r"\d[\d.,]*\s?(?:%|[kKMGTmuµn]?i?[Bsb]\b|sec|min|hours?|days?)")
_INSIDE = ("content", "text", "markdown", "card", "actionCard", "link")
"""Where DingTalk, WeCom and Feishu hold what is said."""
_LINK = re.compile(r"<([^<>|\s]{1,2000})(?:\|([^<>]{0,300}))?>")
_EMOJI = re.compile(r":[a-z0-9_+-]{2,40}:")


def action(word: str) -> AlertStatus:
    """What the name of a button means for the alert it is under."""
    return _ACTIONS.get(_read.word(word.lstrip("/")), _read.INFO)


def pressed(word: str, key: str, who: str = "") -> AlertReading:
    """Somebody pressed a button, or wrote a command, about the alert of this key."""
    what = word.lstrip("/") or "something"
    return _read.alert(
        action(word),
        key,
        f"{who or 'Somebody'} pressed {what}",
        type=AlertType.CUSTOM,
        severity=Severity.INFO,
        labels={"action": what, "by": who},
    )


def note(title: str, key: str = "") -> AlertReading:
    """What happened in a chat, and is about no alert."""
    return _read.alert(_read.INFO, key, title, type=AlertType.CUSTOM, severity=Severity.INFO)


def says(body: Mapping[str, Any]) -> bool:
    """Whether there are any words in a message."""
    parts = _parts(body)
    return any(_clean(_read.first(each, *_TITLES, *_TEXTS)) for each in parts) or bool(
        _read.unexpanded(body)
    )


def message(body: Mapping[str, Any]) -> AlertReading:
    """The one alert of a message: of Slack, Mattermost, Rocket.Chat, Discord, Teams, Telegram."""
    parts = list(_parts(body))
    fields = {name: value for part in reversed(parts) for name, value in _fields(part)}
    plain = _read.folded(fields)
    titles = [_clean(_read.first(part, *_TITLES)) for part in (*parts[1:], *parts[:1])]
    texts = [_clean(_read.first(part, *_TEXTS)) for part in parts]
    said = next((each for each in (*titles, *texts) if each), "") or _read.unexpanded(body)
    if not said:
        raise Malformed("there is no text in it", "text")
    heading, rest = said[:_HEADING].partition("\n")[0], [*texts, said if "\n" in said else ""]
    marked, title = _unmarked(heading)
    color = next((found for part in parts if (found := _color(part))), "")
    status = _status(_read.first(plain, *_STATE_FIELDS), marked, color)
    word = _read.first(plain, *_SEVERITY_FIELDS) or (marked if _bad(marked) else "")
    place = _clean(_read.first(plain, *_PLACE_FIELDS))
    mild = color == "warning" and not word
    return _read.alert(
        status,
        _read.first(plain, *_ID_FIELDS) or f"{_AMOUNT.sub('#', title)} {place}".strip(),
        title,
        type=AlertType.CUSTOM,
        word=word,
        severity=Severity.WARNING if mild else None,
        description="\n".join(dict.fromkeys(each for each in rest if each and each != heading)),
        resource=place,
        labels=_read.flat({name: _clean(value) for name, value in fields.items()}),
        links=chain.from_iterable(_links(part) for part in parts),
    )


def _parts(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The message and what is attached to it, the outside first."""
    yield body
    for name in _INSIDE:
        if isinstance(inner := body.get(name), dict):
            yield from _opened({**inner, **_read.part(inner, "header")})
    for name in ("attachments", "embeds", "blocks", "sections", "cards", "cardsV2"):
        for part in _read.parts(body.get(name), 20):
            content = part.get("content")
            yield from _opened(content if isinstance(content, dict) else part)


def _opened(part: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Blocks hold their text in an object; adaptive cards hold a list of such blocks."""
    if isinstance(card := part.get("card"), dict):
        part = {**card, **part}
    if isinstance(head := part.get("header"), dict):
        part = {**part, "header": head.get("title"), **_read.part(head, "title")}
    text = part.get("text")
    inner = _read.parts(part.get("blocks"), 20) or _read.parts(part.get("body"), 30)
    if isinstance(text, dict):
        name = "header" if part.get("type") == "header" else "text"
        yield {**part, name: text.get("text"), "text" if name == "header" else "_": None}
    else:
        yield part
    for each in inner:
        yield from _opened(each) if each is not part else ()


def _fields(part: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in ("fields", "facts"):
        for each in _read.parts(part.get(name)):
            title, value = _read.first(each, "title", "name"), _read.first(each, "value")
            text = _read.first(each, "text")
            if not title and text:  # Slack's blocks: *Host:*\ndb-3
                title, _, value = text.partition("\n" if "\n" in text else ":")
            if title and value:
                yield title.strip("*_: "), value.strip()


def _clean(text: str) -> str:
    """Slack's markup less its signs: ``<https://a.example|the check>`` is ``the check``."""
    if not text:
        return ""
    found = _LINK.sub(lambda link: link[2] or link[1], text) if "<" in text else text
    found = _EMOJI.sub("", found) if ":" in found else found
    found = found.replace("`", "")
    return found.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip(" *_\n")


def _unmarked(heading: str) -> tuple[str, str]:
    """``[FIRING:1] Disk full`` is its state and ``Disk full``."""
    found = _MARK.match(heading)
    if found is None:
        return "", heading
    word = found[1]
    clear = bool(found[2]) or word.isupper()
    if not clear or word.casefold() not in _read.STATES:
        return "", heading
    return word, heading[found.end() :].strip(" -–—|*]:") or heading


def _bad(marked: str) -> bool:
    """Whether the word a message begins with says how bad it is."""
    return marked.casefold() in ("critical", "warning", "error", "fatal", "emergency", "major")


def _status(field: str, marked: str, color: str) -> AlertStatus:
    for said in (field, marked):
        if said and (found := _read.STATES.get(_read.word(said))):
            return found
    return _COLORS.get(color, _read.FIRING)


def _color(part: Mapping[str, Any]) -> str:
    """``good``, ``danger`` and ``warning``, or what a number or ``#2eb886`` looks like."""
    found = part.get("color", part.get("themeColor"))
    if isinstance(found, str):
        word = found.strip().casefold()
        if word in _COLORS:
            return word
        digits = word.removeprefix("#").removeprefix("0x")
        if len(digits) != 6 or any(each not in "0123456789abcdef" for each in digits):
            return ""
        found = int(digits, 16)
    if not isinstance(found, int) or not 0 < found <= 0xFFFFFF:
        return ""
    red, green, blue = found >> 16, found >> 8 & 0xFF, found & 0xFF
    if green > 1.2 * red and green > 1.1 * blue:
        return "good"
    if red > 1.2 * blue and red > 96:
        return "danger" if red > 2 * green else "warning"
    return ""


def _links(part: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    yield "Source", _read.first(part, "title_link", "url", "from_url", "author_link")
    for each in _read.parts(part.get("actions")) + _read.parts(part.get("elements")):
        label = each.get("text")
        name = _read.first(label, "text") if isinstance(label, dict) else _read.text(label)
        yield _text.title(name, 40) or "Link", _read.first(each, "url")
    for each in _read.parts(part.get("potentialAction")):
        for target in _read.parts(each.get("targets"), 2):
            yield _text.title(_read.first(each, "name"), 40) or "Link", _read.first(target, "uri")
