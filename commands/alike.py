"""Open incidents like one that is over, for whoever meant one of those."""

from __future__ import annotations

from store import incidents
from store.db import Tx
from store.incidents import Wanted
from store.model import Incident

_LOOKED_AT, _MOST = 100, 3
_OPEN = ("triggered", "acknowledged")


def open_ones(tx: Tx, incident: Incident) -> list[Incident]:
    """Up to three open incidents about the same thing, the newest first: of the same service or
    resource, or with the same title."""
    found = incidents.page(tx, Wanted(statuses=_OPEN), _LOOKED_AT)
    return [i for i in found if i.id != incident.id and _is_like(i, incident)][:_MOST]


def _is_like(one: Incident, other: Incident) -> bool:
    """Whether two are about the same thing."""
    shared = ((one.service, other.service), (one.resource, other.resource))
    return any(mine and mine == theirs for mine, theirs in shared) or one.title == other.title
