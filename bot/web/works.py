"""What is worked on, beside the list and on the page of who is on call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from bot.cards import words
from bot.web.ports import Doorway
from bot.web.session import Visit
from commands import rights
from commands.registry import CATALOG
from commands.told import Told
from store.model import DAY, Definitions, Instant

_BESIDE = 4
_MEANS = {
    "no-pages": "no pages",
    "no-cards": "no cards",
    "one-incident": "one incident",
    "pause-only": "first step only",
}


@dataclass(frozen=True, slots=True)
class Work:
    """One maintenance: what, when, and what can be done with it (label, address)."""

    number: int
    title: str
    start: Instant
    end: Instant
    on: bool
    again: str
    means: str
    deeds: tuple[tuple[str, str], ...]


async def works(door: Doorway, visit: Visit, *, beside: bool = False) -> list[Work]:
    """What is worked on in the next 14 days; beside the list only what is near."""
    known = door.definitions()
    if "maintenances" not in CATALOG or not _may(known, "maintenances", visit):
        return []
    told: Told = await door.ask("maintenances", {}, visit.actor)
    found = [_work(one, visit, known) for one in told.facts["maintenance"]]
    if not beside:
        return found
    return [w for w in found if w.start <= visit.now + DAY][:_BESIDE]


def _work(one: Mapping[str, Any], visit: Visit, known: Definitions) -> Work:
    on = one["state"] == "begun"
    verbs = [("Extend…", "extend-maintenance"), ("End now", "end-maintenance")]
    if not on:
        verbs = [("Start early", "start-maintenance"), ("Skip", "skip-maintenance")]
    number, back = one["maintenance"], {"back": "/oncall"}
    deeds = [
        (label, f"/ask/{verb}?{urlencode({'incident': number, **back})}")
        for label, verb in verbs
        if number and _may(known, verb, visit)
    ]
    return Work(
        number, words.title(one["title"]), one["starts_at"], one["ends_at"], on, one["again"],
        _MEANS.get(one["behaviour"], ""), tuple(deeds),
    )  # fmt: skip


def _may(known: Definitions, verb: str, visit: Visit) -> bool:
    return rights.may_somewhere(known, visit.actor, CATALOG[verb].permission)
