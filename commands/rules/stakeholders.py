"""Who gets updates of what: the words of a subscription, what an incident is subscribed to by, and
what it may be called before others. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from commands.rules import filters
from store.model import MINUTE, Incident, Severity
from store.model.chats import is_chat
from store.model.stakeholder import INCIDENT, SERVICE, SEVERITY, TEAM, Subject

PAUSE = 5 * MINUTE
"""Between two updates of an incident at least; its end is told at once."""
_NUMBER = re.compile(r"#?(\d{1,15})")
_MAIL = re.compile(r"[^@\s<>,;\"']{1,64}@[^@\s<>,;\"']+\.[^@\s<>,;\"'.]{2,}")
_CHANNEL = re.compile(r"<#(\w+)(?:\|[^>]*)?>")
_ACCOUNT = re.compile(r"<@!?(\w+)(?:\|[^>]*)?>")
_MAILTO = re.compile(r"<mailto:([^|>]+)(?:\|[^>]*)?>")
_NAME = re.compile(r"#[^\d\s][^\s]*|#\d+[^\d\s][^\s]*")
_FILLERS = frozenset(("for", "to", "of", "by", "via", "about", "and", "as", "in"))
_FORMS = "an incident's number, team:db, service:checkout, a severity such as error, or everything"


class BadWords(ValueError):
    """The words are no subscription; the message says what to type instead."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the words of a subscription say; ``who`` is empty for whoever speaks."""

    subject: Subject | None = None
    who: str = ""
    mail: bool = False
    opened: bool = False
    all: bool = False


@dataclass(frozen=True, slots=True)
class Voice:
    """What those who only follow may read: the ``names`` of who works on it, and inside the house
    the ``titles`` of incidents."""

    names: bool = False
    titles: bool = True


@dataclass(frozen=True, slots=True)
class Known:
    """The handles and teams there are."""

    people: Collection[str]
    teams: Collection[str]


def plain(text: str, surface: str, accounts: Mapping[str, str]) -> str:
    """Words as a chat sends them with its own marks taken off: ``<#C012|news>`` is a channel of
    that chat, as ``#news`` alone is, ``<@U0MEI>`` whoever has that account (id → handle),
    ``<mailto:…>`` an address."""
    return " ".join(_unmarked(word, surface, accounts) for word in text.split())


def _unmarked(word: str, surface: str, accounts: Mapping[str, str]) -> str:
    chat, colon, rest = word.partition(":")
    prefix = f"{chat}:" if colon and is_chat(chat) else ""
    body = rest if prefix else word
    if mark := _CHANNEL.fullmatch(body):
        return f"{prefix or f'{surface}:'}{mark[1]}"
    if mark := _ACCOUNT.fullmatch(word):
        return f"@{accounts.get(mark[1], mark[1])}"
    if mark := _MAILTO.fullmatch(word):
        return mark[1]
    return f"{surface}:{word}" if _NAME.fullmatch(word) and is_chat(surface) else word


def read(text: str, known: Known) -> Wanted:
    """``team:db for slack:#news``, ``1842 @mei``, ``error boss@example.eu opened``; BadWords says
    what is wrong."""
    found, words = Wanted(), text.split()
    while words:
        word = words.pop(0)
        low = word.casefold()
        if low in _FILLERS:
            continue
        if low in (TEAM, SERVICE) and words:
            word = f"{low}:{words.pop(0)}"
        found = _with(found, word, known)
    return found


def _with(found: Wanted, word: str, known: Known) -> Wanted:
    low = word.casefold()
    if low in ("mail", "email", "e-mail"):
        return replace(found, mail=True)
    if low in ("opened", "begins", "new"):
        return replace(found, opened=True)
    if low in ("everything", "all"):
        found = replace(found, all=True)
    if (subject := _subject(word, known)) is not None:
        if found.subject is not None:
            raise BadWords(f"One thing at a time: {found.subject} or {subject}.")
        return replace(found, subject=subject)
    if (who := _who(word, known)) is not None:
        if found.who:
            raise BadWords(f"One at a time: {found.who.removeprefix('mail:')} or {word}.")
        return replace(found, who=who)
    raise BadWords(f"{word}: write {_FORMS}; and for whom: @ana, slack:#news, a@example.eu.")


def _subject(word: str, known: Known) -> Subject | None:
    low = word.casefold()
    if number := _NUMBER.fullmatch(word):
        return Subject(INCIDENT, str(int(number[1])))
    if low in list(Severity):
        return Subject(SEVERITY, low)
    if low in ("everything", "all"):
        return Subject(SEVERITY, str(Severity.INFO))
    kind, colon, value = word.partition(":")
    if colon and kind.casefold() in (SERVICE, TEAM) and value:
        return _named(kind.casefold(), value, known)
    team = next((t for t in known.teams if t.casefold() == low), None)
    return Subject(TEAM, team) if team and word not in known.people else None


def _named(kind: str, value: str, known: Known) -> Subject:
    if kind == SERVICE:
        return Subject(SERVICE, value)
    team = next((t for t in known.teams if t.casefold() == value.casefold()), None)
    if team is None:
        raise BadWords(f"There is no team {value}. Teams: {', '.join(sorted(known.teams))}.")
    return Subject(TEAM, team)


def _who(word: str, known: Known) -> str | None:
    surface, colon, channel = word.partition(":")
    if colon and is_chat(surface) and channel and word.isprintable():
        return word
    bare = word.removeprefix("@").casefold()
    if bare == "me":
        return ""
    handle = next((h for h in known.people if h.casefold() == bare), None)
    if handle is not None:
        return f"@{handle}"
    bare = word.removeprefix("mail:")
    return f"mail:{bare}" if len(word) < 200 and _MAIL.fullmatch(bare) else None


def subjects_of(incident: Incident) -> list[Subject]:
    """All that an incident is subscribed to by."""
    found = [Subject(INCIDENT, str(incident.id))]
    if incident.service:
        found.append(Subject(SERVICE, incident.service))
    named = dict.fromkeys(filters.of_incident(incident)("service"))
    found += [Subject(SERVICE, name) for name in named if name and name != incident.service]
    if incident.team:
        found.append(Subject(TEAM, incident.team))
    least = (s for s in Severity if s.rank >= incident.severity.rank)
    return [*found, *(Subject(SEVERITY, str(s)) for s in least)]


def masked(who: str) -> str:
    """Who it is, before others: ``Mei``'s handle, a channel, ``b…@example.eu``."""
    address = who.removeprefix("mail:")
    if address == who:
        return who
    name, _, host = address.partition("@")
    return f"{name[:1]}…@{host}"
