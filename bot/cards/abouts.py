"""Every kind of card that is about something else than an incident, by the first word of what it
is about (``cover:17``)."""

from __future__ import annotations

from bot.cards import practice, testing
from bot.cards.scene import About

ABOUTS: dict[str, About] = {"drill": practice.DRILL, "shadow": practice.SHADOW, **testing.ABOUTS}
