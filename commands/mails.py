"""Mails taken in: their alerts, that they came, and how far the mailbox is read, in one commit."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from commands.context import Ctx
from commands.intake import Accepted, Arrived, Intake
from commands.inventory.matching import matched
from store import alerts, mails
from store.access import Source
from store.clock import Instant
from store.mails import Place
from store.model import AlertReading, AlertStatus


@dataclass(frozen=True, slots=True)
class Letter:
    """What tells one mail from another: ``digest`` is "" where nothing does (neither a Message-ID
    nor a time), ``number`` its Message-ID, ``parents`` those it answers, the nearest first."""

    digest: str = ""
    number: str = ""
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spot:
    """Where in a mailbox a mail lies, and the UIDs that the mailbox was told of since."""

    mailbox: str
    validity: int
    uid: int
    at: Instant = 0
    marked: tuple[int, ...] = field(default_factory=tuple)


def take(
    ctx: Ctx,
    source: Source,
    found: tuple[AlertReading, ...],
    letter: Letter,
    spot: Spot | None = None,
) -> Accepted | None:
    """Take the alerts of a mail in; None where this very mail was taken before.

    A mail server that missed our answer sends again, perhaps after the mail of the recovery; a
    mailbox is read again after a crash. Neither may open anything twice.
    """
    if spot is not None and not _first_here(ctx, spot):
        return None
    if letter.digest and mails.taken(ctx.tx, source.id, letter.digest):
        return None
    readings = tuple(_of_thread(ctx, source, each, letter, len(found)) for each in found)
    if letter.digest:
        keys = [reading.key for reading in readings]
        mails.keep(ctx.tx, ctx.now, source.id, letter.digest, letter.number, keys)
    about = matched(ctx.tx, ctx.rules.inventory, source.name, readings)
    return Intake(ctx).run([Arrived(source, about, ctx.now)])[0]


def passed_over(ctx: Ctx, spot: Spot) -> None:
    """A mail that can't be read is not tried again: it is in the quarantine, and stays there."""
    _first_here(ctx, spot)


def minute(ctx: Ctx) -> None:
    """Forget what no mail server would send again."""
    mails.forget(ctx.tx, ctx.now)


def _first_here(ctx: Ctx, spot: Spot) -> bool:
    """Move the mailbox's place past this mail; False where it was past it before."""
    place = mails.place(ctx.tx, spot.mailbox)
    if place is None or place.validity != spot.validity:
        place = Place(spot.validity, 0)
    if place.has(spot.uid):
        return False
    mails.set_place(ctx.tx, spot.mailbox, place.took(spot.uid, spot.at, spot.marked))
    return True


def _of_thread(
    ctx: Ctx, source: Source, reading: AlertReading, letter: Letter, count: int
) -> AlertReading:
    """The end of something unknown ends what the mails told of that it answers."""
    if count != 1 or reading.status is not AlertStatus.RESOLVED or not letter.parents:
        return reading
    if alerts.open_incident(ctx.tx, source.id, reading.key) is not None:
        return reading
    for keys in mails.of_thread(ctx.tx, source.id, letter.parents):
        if len(keys) == 1 and alerts.open_incident(ctx.tx, source.id, keys[0]) is not None:
            return replace(reading, key=keys[0])
    return reading
