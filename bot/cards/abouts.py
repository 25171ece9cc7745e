"""Every kind of card that is about something else than an incident, by the first word of what it
is about (``cover:17``)."""

from __future__ import annotations

from bot.cards import (
    checkin,
    cover,
    digest,
    handoff,
    here,
    leaving,
    maintenance,
    monitor,
    morning,
    noise,
    practice,
    preflight,
    room,
    rota,
    silence,
    stakeholder,
    testing,
    troubles,
    trying,
    unread,
)
from bot.cards.scene import About

ABOUTS: dict[str, About] = {
    "checkin": checkin.CHECKIN,
    "drill": practice.DRILL,
    "shadow": practice.SHADOW,
    **testing.ABOUTS,
    "digest": digest.DIGEST,
    "handoff": handoff.HANDOFF,
    "here": here.HERE,
    "news": stakeholder.NEWS,
    "followed": stakeholder.FOLLOWED,
    "leaving": leaving.LEAVING,
    "maintenance": maintenance.MAINTENANCE,
    "morning": morning.MORNING,
    "noise": noise.NOISE,
    "preflight": preflight.PREFLIGHT,
    "usergroup": preflight.GROUP,
    "cover": cover.COVER,
    "uncovered": cover.UNCOVERED,
    "unread": unread.UNREAD,
    "monitor": monitor.MONITOR,
    "rota": rota.ROTA_CARD,
    "undone": rota.ROTA_CARD,
    "duty": rota.DUTY,
    **room.ABOUTS,
    "silence": silence.SILENCE,
    "trouble": troubles.TROUBLE,
}
