"""Every kind of card that is about something else than an incident, by the first word of what it
is about (``cover:17``)."""

from __future__ import annotations

from bot.cards import handoff, practice, preflight, testing
from bot.cards.scene import About

ABOUTS: dict[str, About] = {
    "drill": practice.DRILL,
    "shadow": practice.SHADOW,
    **testing.ABOUTS,
    "handoff": handoff.HANDOFF,
    "leaving": handoff.LEAVING,
    "preflight": preflight.PREFLIGHT,
    "standin": preflight.STANDIN,
    "usergroup": preflight.GROUP,
}
