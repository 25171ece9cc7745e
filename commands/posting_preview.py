"""What a channel would show: in words, and counted over the week before."""

from __future__ import annotations

from commands import digests
from commands.context import View
from commands.rules import posting as rules
from commands.told import Told
from commands.words import count
from store import incidents
from store.db import Tx
from store.definitions import Row
from store.model import DAY, Incident
from store.thaw import channel

_MOST = 2_000


async def told(view: View, name: str, row: Row) -> Told:
    """The rule in words, and how many cards it would have posted; nothing is changed."""
    rule = channel({key: each for key, each in row.items() if key != "written"})
    since = view.now - 7 * DAY

    def look(tx: Tx) -> list[Incident]:
        return incidents.page(tx, incidents.Wanted(opened=(since, None)), _MOST)

    week = await view.read(look)
    sent, cards, lines = digests.counted(view.definitions, rule, week, since, view.now)
    whole = f"{count(cards, 'card')} instead of {sent}"
    beside = f", and at most {count(lines, 'digest')}" if lines else ""
    words = [
        f"{name}: {rules.said(rule)}.",
        f"In the last 7 days it would have posted {whole}{beside}.",
    ]
    if not any(name in r.channels for r in view.definitions.routes):
        words.append("No route sends anything there: only what a step of a policy tells it.")
    facts = {"sent": sent, "cards": cards, "digests": lines}
    return Told(tuple(words), facts)
