"""Card 28: a chat does not answer, how pages go meanwhile, and how many cards wait for it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.cards import words
from bot.cards.model import Actions, Card, Head, Spans, State
from bot.cards.scene import About, Scene
from bot.cards.view import own, separated, when
from commands.words import headed
from store import outages
from store.db import Tx
from store.model import Instant, Severity


@dataclass(frozen=True, slots=True)
class Outage:
    """A chat that does not answer since then, and how many cards wait for it."""

    chat: str
    since: Instant
    ways: tuple[str, ...]
    waiting: int


def read(tx: Tx, name: str) -> Outage | None:
    """The outage of a card; None once it is over."""
    chat, _, since = name.rpartition(".")
    found = outages.noted(tx).get(chat)
    if found is None or str(found.since) != since:
        return None
    return Outage(chat, found.since, found.ways, outages.waiting(tx, chat))


def card(outage: Outage, scene: Scene) -> Card:
    """``⚠️ OUTAGE · Discord does not answer``, since when, how pages go, what waits."""
    name = headed(outage.chat)
    since: Spans = (own("Since "), when(outage.since, scene.now))
    return Card(
        outage.since,
        1,
        words.COLOR[Severity.WARNING],
        Head("⚠️", "OUTAGE", 0, f"{name} does not answer", scene.link()),
        State(separated([since, (own(_ways(outage)),), (own(_later(outage)),)])),
        Actions(()),
        (),
        (own(f"⚠️ {_start(outage)}. {_ways(outage)}, cards follow when it is back"),),
        quiet=True,
    )


def sentence(outage: Outage) -> str:
    """The same in one line."""
    return f"{_start(outage)}. {_ways(outage)}, {_later(outage)}."


def _start(outage: Outage) -> str:
    clock = words.clock(outage.since, "UTC")
    return f"{headed(outage.chat)} does not answer since {clock}"


def _later(outage: Outage) -> str:
    return f"cards follow when it is back ({outage.waiting} waiting)"


def _ways(outage: Outage) -> str:
    named = [words.channel(via) for via in outage.ways]
    return f"Pages go by {words.join(named)}" if named else "Pages wait for it"


OUTAGE = About(read, card, leaves=True)
