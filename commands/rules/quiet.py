"""A person's quiet hours: which pages are held, and until when; pure."""

from __future__ import annotations

from commands.rules.oncall.layers import active
from commands.rules.oncall.wall import cut
from store.model import DAY, Instant, Person, Quiet, Severity
from store.model.oncall import Layer, Window

_AHEAD = 8 * DAY
_IN_A_ROW = 20
"""Hours that end where others begin go on, but not for ever."""


def held_until(person: Person, via: str, severity: Severity, at: Instant) -> Instant | None:
    """When a page that is due at an instant may come; None where it comes at once.

    Critical pages always come at once.
    """
    if severity is Severity.CRITICAL:
        return None
    mine = [q for q in person.quiet if str(severity) in q.severity and (not q.via or via in q.via)]
    until = at
    for _ in range(len(mine) and _IN_A_ROW):
        ends = [end for q in mine if (end := _end(q, person.zone, until)) is not None]
        if not ends:
            break
        until = max(ends)
    return until if until > at else None


def _end(quiet: Quiet, zone: str, at: Instant) -> Instant | None:
    """When the hours that hold an instant end; None where it is outside of them."""
    layer = Layer("", zone, windows=(Window(quiet.start, quiet.end, quiet.days),))
    now = cut(at)
    return next((end for start, end in active(layer, now, now + _AHEAD) if start <= now), None)
