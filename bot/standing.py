"""What a look at a monitor says that is not known here yet; a webhook that came since knows
better."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from commands import there
from integrations.base import OURS
from store import acks_there, alerts
from store.acks_there import AckThere
from store.clock import Instant
from store.db import Tx
from store.model import AlertReading, AlertStatus, Severity

GRACE = 30_000
"""What is younger may still be on its way to us."""
_OPEN = (AlertStatus.FIRING, AlertStatus.ACKNOWLEDGED)


def news(
    tx: Tx, source_id: int, said: Iterable[AlertReading], asked: Instant
) -> list[AlertReading]:
    """What is not known here yet of what was said when we ``asked``."""
    acked = acks_there.of_firing(tx, source_id)
    found = (
        _new(one, alerts.standing(tx, source_id, one.key), asked, acked.get(one.key))
        for one in said
    )
    return [one for one in found if one is not None]


Acked = tuple[Instant, AckThere] | None
"""When an alert began to fire, and what was last heard of acknowledgements of it there."""


def _new(one: AlertReading, known: Any, asked: Instant, acked: Acked) -> AlertReading | None:
    """What a reading says that is news, or None."""
    if one.status is AlertStatus.RESOLVED:
        over = known is not None and known.status == "firing" and known.last_at <= asked
        return one if over else None
    if one.status not in _OPEN:
        return None
    if known is not None and known.status == "firing":
        return _changed(one, known, asked, acked)
    if (one.starts_at or 0) > asked - GRACE:
        return None
    if known is None:
        return _mine(one)
    return _mine(one) if (one.starts_at or 0) > max(known.ends_at or 0, 1) else None


def _changed(one: AlertReading, known: Any, asked: Instant, acked: Acked) -> AlertReading | None:
    """Of what fires here too: somebody took it there or gave it back, or it became worse."""
    bare = replace(one, starts_at=None)
    held, late = False, False
    if acked is not None:
        starts_at, last = acked
        held, late = last.taken and there.is_of(last, starts_at), last.at > asked
    if one.status is AlertStatus.ACKNOWLEDGED and not _is_ours(one):
        return None if held or late else bare
    if one.status is AlertStatus.FIRING and held and not late:
        return replace(bare, unacknowledged=True, by="")
    worse = one.severity.rank < Severity(known.severity).rank and known.last_at <= asked
    return replace(bare, status=AlertStatus.FIRING) if worse else None


def _mine(one: AlertReading) -> AlertReading:
    """An acknowledgement of ours is no answer of anybody there."""
    return replace(one, status=AlertStatus.FIRING) if _is_ours(one) else one


def _is_ours(one: AlertReading) -> bool:
    return one.status is AlertStatus.ACKNOWLEDGED and OURS in there.last_line(one)
