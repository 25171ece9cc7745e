"""Whether somebody can be reached in a shift that is to come, and who could take it instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from commands.rules.oncall.duty import SCHEDULE
from commands.rules.oncall.precedence import at_instant, stretches
from store.model import DAY, Definitions, Instant, Person, Team
from store.model.contact import Contact
from store.model.handoff import Problem, Way
from store.model.oncall import Away, Schedule

CHATS = {"slack": "Slack", "discord": "Discord"}
MAIL = "email"
GOOD = ("tested", "good", "unverified")
"""Ways by which a page may well arrive."""

_AHEAD = (10 * DAY, 60 * DAY)
_NAMES = {
    "email": "e-mail",
    "sms": "SMS",
    "voice": "call",
    "webpush": "push",
    "pushover": "Pushover",
    "ntfy": "ntfy",
    "pagerduty": "PagerDuty",
    **CHATS,
}


@dataclass(frozen=True, slots=True)
class Chat:
    """What a chat says of a person: whether an account is ``linked``, whether a direct message
    ``opens`` (None: it did not say), and what keeps them, such as do-not-disturb, until when."""

    linked: bool
    opens: bool | None = None
    why: str = ""
    away: str = ""
    until: Instant | None = None
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Shift:
    """Whose shift is looked at, and from when to when (None: no end in sight)."""

    person: Person
    start: Instant
    end: Instant | None


def name_of(via: str) -> str:
    """A way of reaching somebody as people call it."""
    return _NAMES.get(via, via)


# ---- can they be reached -------------------------------------------------------------------------


def ways(
    vias: Iterable[str], contacts: Mapping[str, Contact], chats: Mapping[str, Chat]
) -> tuple[Way, ...]:
    """Each way of a person's rules, and what speaks for or against it."""
    found = []
    for via in dict.fromkeys(vias):
        contact, chat = contacts.get(via), chats.get(via)
        found.append(_chat(via, chat, contact) if chat is not None else _way(via, contact))
    return tuple(found)


def _chat(via: str, chat: Chat, contact: Contact | None) -> Way:
    if not chat.linked:
        return Way(via, "missing", words="no account is known")
    if chat.opens is False:
        return Way(via, "failing", words=chat.why or "no direct message can be opened")
    if contact is not None and contact.worked_at is not None:
        return Way(via, "tested", contact.worked_at)
    return Way(via, "good")


def _way(via: str, contact: Contact | None) -> Way:
    if contact is not None and contact.failing:
        words = "no more messages are wanted there" if contact.refused else contact.error
        return Way(via, "failing", contact.failed_at, words)
    if contact is not None and contact.worked_at is not None:
        return Way(via, "tested", contact.worked_at)
    verified = contact is not None and contact.verified_at is not None
    return Way(via, "good" if verified or via in (MAIL, *CHATS) else "unverified")


def problems(
    shift: Shift,
    found: tuple[Way, ...],
    chats: Mapping[str, Chat],
    away: Iterable[Away],
    *,
    soon: bool,
) -> tuple[Problem, ...]:
    """What may keep somebody from answering, the worst first; ``soon`` says that the shift is
    about to begin, so that what a chat says of this moment counts."""
    said = [*_away(shift, away), *_unreachable(found)]
    if not any(p.code == "unreachable" for p in said):
        said += _weak(found)
    if chats and not any(chat.linked for chat in chats.values()):
        names = " or ".join(name_of(via) for via in sorted(chats))
        said.append(Problem("unlinked", f"no {names} account is linked"))
    if soon:
        said += _quiet(chats)
    return tuple(said)


def _away(shift: Shift, away: Iterable[Away]) -> Iterator[Problem]:
    end = shift.end or shift.start + 7 * DAY
    for each in away:
        if each.person != shift.person.handle or each.start >= end or each.end <= shift.start:
            continue
        if each.start <= shift.start:
            yield Problem("away", "away until", each.end, serious=True)
        else:
            yield Problem("away", "away in the middle of it, from", each.start, serious=True)
        return


def _unreachable(found: tuple[Way, ...]) -> Iterator[Problem]:
    if not found:
        yield Problem("unreachable", "no contact is known", serious=True)
    elif not any(way.state in GOOD for way in found):
        said = " and ".join(f"{name_of(w.via)}: {w.words or 'no'}" for w in found)
        yield Problem("unreachable", f"no way works ({said})", serious=True)


def _weak(found: tuple[Way, ...]) -> Iterator[Problem]:
    for way in found:
        name = name_of(way.via)
        if way.state == "failing":
            yield Problem("failing", f"{name} fails: {way.words or 'refused'}")
        elif way.state == "unverified":
            yield Problem("unverified", f"{name} not verified")


def _quiet(chats: Mapping[str, Chat]) -> Iterator[Problem]:
    for via, chat in sorted(chats.items()):
        if chat.quiet:
            until = "until" if chat.until is not None else ""
            said = f"{chat.away} in {name_of(via)} {until}".strip()
            yield Problem("quiet", said, chat.until)


# ---- who else ------------------------------------------------------------------------------------


def standins(
    definitions: Definitions,
    schedule: Schedule,
    teams: Sequence[Team],
    shift: Shift,
    reachable: Callable[[Person], bool],
) -> Iterator[Person]:
    """Who could take a shift, the best first: who is on call next in the schedule, the lead, the
    others of the team. Who is away then, or can't be reached, is left out."""
    for handle in dict.fromkeys(_candidates(definitions, schedule, teams, shift.start)):
        person = definitions.people.get(handle)
        if person is None or handle == shift.person.handle:
            continue
        if not any(_away(Shift(person, shift.start, shift.end), definitions.away)) and reachable(
            person
        ):
            yield person


def _candidates(
    definitions: Definitions, schedule: Schedule, teams: Sequence[Team], at: Instant
) -> Iterator[str]:
    for ahead in _AHEAD:
        for stretch in stretches(schedule, at, at + ahead):
            yield from stretch.people
    for team in teams:
        lead = team.lead or ""
        held = definitions.schedules.get(lead.removeprefix(SCHEDULE))
        yield from at_instant(held, at).people if held is not None else (lead,)
    for team in teams:
        yield from team.members
