"""A page as one SMS: the severity's word, the number, what it is, who is next, how to answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.cards import words
from bot.cards.view import View
from bot.pages.gsm import SEGMENT, cut, gsm, middle, septets
from commands.words import duration
from store.model import Person, Severity

CODES = "Reply 1=ack 2=escalate 3=resolve"
ONE = "Reply 1."
AGAIN = "Sent again."
WORD = {
    Severity.CRITICAL: "CRIT",
    Severity.ERROR: "ERR",
    Severity.WARNING: "WARN",
    Severity.INFO: "INFO",
}
OVER = "OK"
TITLE, TITLE_LEAST = 64, 28
_ENVIRONMENT = ("env", "environment", "stage")
_PERCENT = re.compile(r"(?<=\d) %")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one SMS is for: who reads it, whether it can be answered, whether it may be a copy,
    and what a tap opens ("" where links are not allowed)."""

    person: Person
    answers: bool = True
    copy: bool = False
    link: str = ""


def incident(view: View, wanted: Wanted) -> str:
    """``CRIT 1842 Disk 94% full on db-3 prod. Next Omar 03:14. Reply 1=ack 2=escalate 3=resolve
    pv.example.eu/i/1842``, at most 160 places: the link goes first, then the environment, then
    the middle of the title."""
    if view.phase in {"resolved", "merged"}:
        return over(view, wanted)
    head = f"{WORD[view.incident.severity]} {view.incident.id}"
    tail = [f"{_sentence(said)}" for said in (_state(view, wanted.person),) if said]
    if wanted.copy:
        tail.append(AGAIN)
    if wanted.answers:
        tail.append(CODES)
    return _fit(head, _title(view), _environment(view.incident.labels), ". ", tail, wanted.link)


def over(view: View, wanted: Wanted) -> str:
    """``OK 1842 Disk 94% full on db-3: resolved by Ana 03:31 after 22 min``."""
    i = view.incident
    by = f"by {gsm(view.names(view.resolver))}" if view.resolver else "by itself"
    at = f" {words.bare_clock(i.resolved_at, wanted.person.zone)}" if i.resolved_at else ""
    after = f" after {duration(i.resolved_at - i.opened_at)}" if i.resolved_at else ""
    said = f"resolved {by}{at}{after}"
    if i.merged_into is not None:
        said = f"part of {i.merged_into} now"
    return _fit(f"{OVER} {i.id}", _title(view), "", ": ", [said], "")


def plain(subject: str, link: str = "") -> str:
    """Words about no incident, with a link where it has room."""
    return _fit("", gsm(_PERCENT.sub("%", subject)), "", "", [], link)


def bare(url: str) -> str:
    """An address without its scheme, where phones know it for one all the same."""
    parts = urlsplit(url)
    dotted = "." in parts.netloc and parts.scheme == "https"
    return url.removeprefix("https://") if dotted else url


def _fit(head: str, title: str, where: str, colon: str, tail: list[str], link: str) -> str:
    """All of it, or less and less of it, until it fits."""
    end = gsm(" ".join(tail))
    shortest = min(septets(title), TITLE_LEAST)
    for much, place, url in ((TITLE, where, link), (TITLE, where, ""), (TITLE, "", "")):
        made = _whole(head, middle(title, much), place, colon, end, url)
        if septets(made) <= SEGMENT:
            return made
    room = SEGMENT - septets(_whole(head, "", "", colon, end, ""))
    made = _whole(head, middle(title, max(room, shortest)), "", colon, end, "")
    return cut(made, SEGMENT)


def _whole(head: str, title: str, where: str, colon: str, end: str, link: str) -> str:
    what = " ".join(part for part in (head, title, where) if part)
    said = f"{what}{colon}{end}" if end else what
    return f"{said} {link}" if link else said


def _title(view: View) -> str:
    """The title, with where it is unless it says so."""
    i = view.incident
    long = words.clean(i.title) or "(no title)"
    where, service = words.clean(i.resource or ""), words.clean(i.service or "")
    if where and not words.mentions(long, where):
        long = f"{long} on {where}"
    elif service and not where and not words.mentions(long, service):
        long = f"{service}: {long}"
    return gsm(_PERCENT.sub("%", long)) or "(no title)"


def _environment(labels: Mapping[str, str]) -> str:
    found = next((labels[name] for name in _ENVIRONMENT if labels.get(name)), "")
    return cut(gsm(words.clean(found)), 16)


def _sentence(said: str) -> str:
    return said if said.endswith(".") else f"{said}."


def _state(view: View, person: Person) -> str:
    """What this reader has to know beside that: who has it, who did not answer, who is next."""
    i = view.incident
    if view.phase == "acknowledged":
        return _held(view, person)
    if view.phase == "escalating" and person.handle in view.asked:
        before = [p.person for p in view.detail.pages if p.step < i.step]
        silent = [p for p in dict.fromkeys(before) if p not in view.asked]
        if silent and view.hurried_by:
            return f"{_name(view, view.hurried_by)} escalated, you are next"
        if silent:
            return f"{_name(view, silent[-1])} did not answer, you are next"
    if i.assignee == person.handle:
        return "You are asked to take it"
    return _next(view, person)


def _held(view: View, person: Person) -> str:
    i = view.incident
    if i.holder == person.handle:
        return "You have it"
    since = f" since {words.bare_clock(i.holder_since, person.zone)}" if i.holder_since else ""
    return f"{_name(view, i.holder or 'somebody')} has it{since}"


def _next(view: View, person: Person) -> str:
    nxt = view.incident.next
    if nxt is None or nxt.kind != "page" or not nxt.who or nxt.at is None:
        return ""
    name = "you again" if nxt.who[0] == person.handle else _name(view, nxt.who[0])
    who = gsm(view.group(nxt.who)) or name
    far = words.is_far(nxt.at, view.now)
    return f"Next {who} {(words.date if far else words.bare_clock)(nxt.at, person.zone)}"


def _name(view: View, who: str) -> str:
    return cut(gsm(words.clean(view.names(who))), 20)
