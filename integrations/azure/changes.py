"""What changed and who changed it, as Resource Graph keeps it for two weeks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from integrations._cloud import fields
from integrations._cloud.fields import part, say
from store.clock import iso
from store.model import HOUR, MINUTE, Instant
from store.model.resource import Happening

FIRST = HOUR
"""How far back the first look goes."""
LATE = 10 * MINUTE
"""A change may be told this late, so that each look begins so much earlier than the last ended."""
_SHOWN = 5


def query(since: Instant) -> str:
    """The changes after an instant, the oldest first."""
    at = "properties.changeAttributes.timestamp"
    return (
        f"resourcechanges | where todatetime({at}) > datetime({iso(since)})"
        f" | project id, properties | order by id asc"
    )


def since(cursor: str, now: Instant) -> Instant:
    """Where a look begins: an hour back at first, never more than a day."""
    last = fields.number(cursor)
    return max(int(last) - LATE, now - 24 * HOUR) if last else now - FIRST


def happening(row: Mapping[str, Any]) -> Iterator[Happening]:
    """One change; what Azure did by itself to itself is none."""
    props = part(row, "properties")
    how = part(props, "changeAttributes")
    at, target = fields.instant(how.get("timestamp")), say(props, "targetResourceId").lower()
    if at is None or not target:
        return
    changed = {name: each for name, each in part(props, "changes").items() if _by_hand(each)}
    kind = say(props, "changeType") or "Update"
    if kind.lower() == "update" and not changed and say(how, "changedByType").lower() == "system":
        return
    who = say(how, "changedBy")
    yield Happening(
        key=f"change:{say(row, 'id').lower().rpartition('/')[2] or target}",
        at=at, reason=kind, text=_text(kind, say(how, "operation"), changed), resource=target,
        who="" if who.lower() in {"unspecified", "system", "00000000-0000-0000-0000-000000000000"}
        else who,
        change=True, labels=fields.facts(client=say(how, "clientType")),
    )  # fmt: skip


def _by_hand(change: Any) -> bool:
    return say(change, "changeCategory").lower() != "system"


def _text(kind: str, operation: str, changed: Mapping[str, Any]) -> str:
    """``properties.hardwareProfile.vmSize: Standard_D2s_v5 → Standard_D8s_v5``."""
    told = [
        f"{name.removeprefix('properties.')}: {say(each, 'previousValue') or 'nothing'}"
        f" → {say(each, 'newValue') or 'nothing'}"
        for name, each in list(changed.items())[:_SHOWN]
    ]
    more = [f"and {len(changed) - _SHOWN} more"] if len(changed) > _SHOWN else []
    return fields.one_line(operation or kind, ", ".join([*told, *more]))
