"""What a command said, as it is remembered for who sends the same again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commands.context import Done, Offer, Shown


def written(done: Done) -> dict[str, Any]:
    """All that is said again; a secret is said once."""
    return {
        "say": done.say,
        "changed": [list(c) for c in done.changed],
        "aloud": done.aloud,
        "asks": done.asks,
        "offers": [[o.label, o.token] for o in done.offers],
        "times": [[t.text, t.start, t.end] for t in done.times],
    }


def read(found: Mapping[str, Any]) -> Done:
    """The same as an answer."""
    offers = tuple(Offer(label, token) for label, token in found.get("offers", ()))
    changed = tuple((i, r) for i, r in found["changed"])
    times = tuple(Shown(*t) for t in found.get("times", ()))
    aloud, asks = found.get("aloud", False), found.get("asks", False)
    return Done(found["say"], changed, aloud, offers, asks=asks, times=times)
