"""The question to whoever has an incident on which nobody works: still on it?"""

from __future__ import annotations

from dataclasses import dataclass

from bot.cards import words
from bot.cards.buttons import token
from bot.cards.model import Actions, Card, Confirm, Head, Press, Spans, State
from bot.cards.scene import About, Scene
from bot.cards.view import own, strange, when
from commands import leases
from commands.checkin import CHECK_IN
from commands.words import duration
from store import incidents
from store.db import Tx
from store.model import Incident, IncidentStatus, Instant, TimelineEntry

_TITLE = 48
_BUTTONS = (("Still on it", "ack"), ("Give back", "unack"), ("Resolve…", "resolve"))


@dataclass(frozen=True, slots=True)
class Question:
    """The incident, when its holder was asked, and what was done first after that."""

    incident: Incident
    asked_at: Instant
    quiet_since: Instant
    answer: TimelineEntry | None

    @property
    def waits(self) -> bool:
        """Nobody did anything yet, and there is time."""
        following = self.incident.next
        asked = following is not None and following.kind == CHECK_IN
        held = self.incident.status is IncidentStatus.ACKNOWLEDGED
        return asked and held and self.answer is None


def read(tx: Tx, name: str) -> Question | None:
    """The question ``1842:<instant>``."""
    number, _, at = name.partition(":")
    if not (number.isdecimal() and at.isdecimal()):
        return None
    found = incidents.get(tx, int(number))
    if found is None:
        return None
    before = leases.work_before(tx, found.id, int(at))
    since = max(found.holder_since or found.opened_at, before.at if before else 0)
    return Question(found, int(at), since, leases.first_work(tx, found.id, int(at)))


def card(question: Question, scene: Scene) -> Card:
    """``⏰ STILL ON IT? · #1842 …``, later what became of it."""
    i = question.incident
    url = scene.link(f"i/{i.id}")
    return Card(
        id=i.id,
        rev=i.rev,
        color=words.COLOR[i.severity] if question.waits else words.TAKEN,
        head=Head("⏰", "STILL ON IT?", i.id, words.title(i.title), url),
        state=State(_asks(question, scene) if question.waits else _became(question, scene)),
        actions=Actions(_presses(question) if question.waits else ()),
        fold=(),
        notification=_notification(question, scene),
        quiet=not question.waits,
    )


def _asks(question: Question, scene: Scene) -> Spans:
    quiet = duration(question.asked_at - question.quiet_since)
    said = f"Quiet for {quiet}. Without an answer it goes back to paging "
    following = question.incident.next
    at = following.at if following and following.at is not None else scene.now
    return own(said), when(at, scene.now, "in"), own(".")


def _became(question: Question, scene: Scene) -> Spans:
    answer = question.answer
    if answer is None:
        return (own("No answer came: it went back to paging."),)
    mine = answer.actor == scene.to
    who = own("You") if mine else strange(scene.definitions.name_of(answer.actor), 40)
    return who, own(" answered "), when(answer.at, scene.now, "in"), own(".")


def _presses(question: Question) -> tuple[Press, ...]:
    i = question.incident
    back = Confirm(f"Give #{i.id} back?", "Paging resumes at the current step.", yes="Give back")
    return tuple(
        Press(
            label,
            token(verb, i.id, i.rev),
            primary=verb == "ack",
            confirm=back if verb == "unack" else None,
            says=f"{label.rstrip('…')}, incident {i.id}",
        )
        for label, verb in _BUTTONS
    )


def _notification(question: Question, scene: Scene) -> Spans:
    i = question.incident
    title = strange(words.title(i.title, _TITLE))
    if not question.waits:
        return own(f"⏰ #{i.id} "), title, own(" · "), *_became(question, scene)
    following = i.next
    left = duration(following.at - scene.now) if following and following.at else "a moment"
    return own(f"⏰ Still on #{i.id} "), title, own(f"? Pages again in {left}")


CHECKIN = About(read, card, answer="ack")
