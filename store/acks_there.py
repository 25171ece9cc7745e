"""What was acknowledged in a monitor itself: one row for an alert, kept when it is taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from store.clock import Instant
from store.db import Tx
from store.tables import ACKNOWLEDGED_THERE, ALERTS

_NAME = "acknowledged_there"


@dataclass(frozen=True, slots=True)
class AckThere:
    """The last that a monitor said of an alert: ``taken``, or taken back, at an instant, ``by``
    whoever the monitor named."""

    alert_id: int
    at: Instant
    taken: bool
    by: str
    text: str = ""


def get(tx: Tx, alert_id: int) -> AckThere | None:
    """What is known of one alert."""
    row = tx.run("ack there", _get, b_id=alert_id).first()
    return _from_row(tx, row) if row is not None else None


def _get() -> Any:
    return select(ACKNOWLEDGED_THERE).where(ACKNOWLEDGED_THERE.c.id == bindparam("b_id"))


def put(tx: Tx, found: AckThere) -> None:
    """Write what a monitor says of an alert now."""
    sealed = tx.ring.seal(_NAME, found.alert_id, {"by": found.by, "text": found.text})
    new = {"at": found.at, "taken": int(found.taken), "sealed": sealed}
    mine = ACKNOWLEDGED_THERE.c.id == found.alert_id
    if not tx.conn.execute(ACKNOWLEDGED_THERE.update().where(mine).values(**new)).rowcount:
        tx.insert(ACKNOWLEDGED_THERE, [(found.alert_id, *new.values())])


def others(tx: Tx, incident_id: int, source_id: int, alert_id: int) -> int:
    """How many other firing alerts of an incident are acknowledged in that source's monitor."""
    joined = ACKNOWLEDGED_THERE.join(ALERTS, ALERTS.c.id == ACKNOWLEDGED_THERE.c.id)
    mine = (ALERTS.c.incident_id == incident_id) & (ALERTS.c.source_id == source_id)
    held = mine & (ALERTS.c.status == "firing") & (ACKNOWLEDGED_THERE.c.taken == 1)
    chosen = select(ALERTS.c.id).select_from(joined).where(held & (ALERTS.c.id != alert_id))
    return len(tx.conn.execute(chosen).all())


def of_firing(tx: Tx, source_id: int) -> dict[str, tuple[int, AckThere]]:
    """Key of a firing alert of a source → when its firing began, and what its monitor last said."""
    joined = ACKNOWLEDGED_THERE.join(ALERTS, ALERTS.c.id == ACKNOWLEDGED_THERE.c.id)
    mine = (ALERTS.c.source_id == source_id) & (ALERTS.c.status == "firing")
    columns = (*ACKNOWLEDGED_THERE.c, ALERTS.c.starts_at, ALERTS.c.sealed.label("alert"))
    chosen = select(*columns).select_from(joined).where(mine & ALERTS.c.live_key.is_not(None))
    return {
        tx.ring.open("alerts", row.id, row.alert)["key"]: (row.starts_at, _from_row(tx, row))
        for row in tx.conn.execute(chosen)
    }


def _from_row(tx: Tx, row: Any) -> AckThere:
    words = tx.ring.open(_NAME, row.id, row.sealed)
    return AckThere(row.id, row.at, bool(row.taken), words["by"], words["text"])
