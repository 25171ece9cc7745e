"""What whoever answered a page by SMS or on the phone gets to read, or to hear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.cards import words
from bot.pages.gsm import SEGMENT, cut, gsm
from bot.pages.spoken import aloud, apart
from commands.errors import CommandError, Conflict
from store.model import Person

RESOLVE_AGAIN = 5
"""Minutes in which a second 3 means now, whatever still fires."""

HELP = "1=ack 2=escalate 3=resolve the last page, 1842=ack that one, or: resolve 1842 what it was."
GOODBYE = "Goodbye."
_CODES = 10
"""A single digit is a code, never the number of an incident."""


@dataclass(frozen=True, slots=True)
class Words:
    """The same answer to read and to hear."""

    say: str
    spoken: str


def _words(say: str, spoken: str = "") -> Words:
    return Words(cut(gsm(say), SEGMENT), f"{spoken or aloud(say)} {GOODBYE}")


def done(verb: str, incident: int, said: str, others: Sequence[int]) -> Words:
    """``Ack 1842 done. Also open: 1845 (reply 1845)``."""
    number = apart(incident)
    if verb == "ack":
        have = "already" in said
        say = f"You have {incident} already." if have else f"Ack {incident} done."
        heard = f"Acknowledged. Incident {number} is yours."
    elif verb == "escalate":
        say, heard = f"Escalated {incident}. {said}", f"Escalated. {aloud(said)}"
    else:
        say, heard = f"{said.replace('#', '')}", f"Incident {number}. {aloud(said)}"
    return _words(f"{say}{also(others)}", heard)


def storm(said: str) -> Words:
    """``You have all 4 critical ones of the storm.``"""
    return _words(said)


def also(others: Sequence[int]) -> str:
    """The other incidents that wait for this person, and how to take them."""
    if not others:
        return ""
    listed = ", ".join(map(str, others[:3]))
    codes = " or ".join(f"ack {n}" if n < _CODES else str(n) for n in others[:3])
    return f" Also open: {listed} (reply {codes})"


def still_fires(incident: int, error: Conflict) -> Words:
    """A resolve while alerts fire has to be meant."""
    fires = error.error.partition(".")[0].replace("#", "")
    say = f"{fires}. Reply 3 again within {RESOLVE_AGAIN} min to resolve it now."
    return _words(say, f"Incident {apart(incident)} still has alerts that fire.")


def refused(error: CommandError, incident: int, person: Person) -> Words:
    """Somebody was first, it is over, it is not allowed: in one line."""
    winner = error.winner if isinstance(error, Conflict) else None
    if winner and winner.get("who"):
        return _first(winner, incident, person, error.error)
    return _words(error.error.replace("#", ""), aloud(error.error))


def _first(winner: Mapping[str, Any], incident: int, person: Person, error: str) -> Words:
    who, at = gsm(words.clean(str(winner["who"]))), winner.get("at")
    clock = words.bare_clock(at, person.zone) if isinstance(at, int) else ""
    if "resolved" in error:
        when = f" at {clock}" if clock else ""
        return _words(
            f"{incident} is resolved already, by {who}{when}.", f"{aloud(who)} resolved it."
        )
    if "part of" in error:
        return _words(error.replace("#", ""), aloud(error))
    since = f" since {clock}" if clock else ""
    say = f"{who} already has {incident}{since}. Nothing more to do."
    return _words(say, f"{aloud(who)} already has it. Nothing more to do.")


def nothing_open() -> Words:
    """No page was sent there whose incident is open."""
    return _words("Nothing is open for you here.", "Nothing is open for you.")


def works() -> Words:
    """A test page was answered."""
    return _words("Thank you, this contact works.", "Thank you. This contact works.")


def not_understood() -> Words:
    """Words that are no answer."""
    return _words(f"Not understood. {HELP}", "That key does nothing.")
