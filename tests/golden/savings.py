"""Cards of what could be saved: as it is told, and once somebody put it off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.cards import saving
from bot.cards.model import Card
from bot.cards.scene import Scene
from commands.rules.findings import groups, merged
from store.model import DAY, Definitions, Instant, Person
from store.model.finding import FindingState, Found, Place
from store.model.resource import Finding

_KNOWN = Definitions(0, {"ana": Person("ana", "Ana Petrova")}, {}, (), {})


def cards(now: Instant) -> Iterator[tuple[str, Card]]:
    """Seven disks that nothing uses, and the same a day after Ana had seen them."""
    found = [_disk(n, now) for n in range(7)]
    yield "20 savings", _card(found, now)
    until = now + 30 * DAY
    put_off = [replace(f, state=FindingState.SNOOZED, until=until, by="ana") for f in found]
    yield "20 savings snoozed", _card(put_off, now)


def _card(found: list[Found], now: Instant) -> Card:
    (group,) = groups(merged(found))
    scene = Scene(_KNOWN, "https://pv.example.eu", now)
    return saving.card((1, group, found[0]), scene)


def _disk(n: int, now: Instant) -> Found:
    why = "gp3, 640 GB at 0.092 €/GB-month, attached to nothing for 30 d; prices of 2026-11-01"
    finding = Finding(
        f"d{n}", "unattached-disk", f"vol-{n}", f"Disk data-{n} is attached to nothing", 58.86,
        "EUR", why,
    )  # fmt: skip
    place = Place(n, f"data-{n}", "volume", "gp3", "eu-west-1", "111122223333", "data")
    since = now - (94 - n) * DAY
    return Found(n + 1, "aws-prod", "disks", "unattached-disk", finding, place, since, now)
