"""What a command answers whose success no card shows, for the person who gave it alone."""

from __future__ import annotations

from bot.cards.model import Answer, Note, Press, Private, Quietly
from bot.cards.view import strange
from commands.context import Done

_LONG = 600


def of(done: Done) -> Answer:
    """Its sentences with what can be done next; nothing where a card shows it."""
    if not done.aloud:
        return Quietly()
    first, *rest = done.say.splitlines() or [""]
    first = first if done.asks else f"✅ {first}"
    lines = ((strange(first, _LONG),), *((strange(line, _LONG),) for line in rest))
    return Private(note=Note(lines, actions=presses(done)), done=not done.asks)


def presses(done: Done) -> tuple[Press, ...]:
    """The buttons under an answer."""
    return tuple(Press(offer.label, offer.token) for offer in done.offers[:5])
