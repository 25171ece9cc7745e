"""Who looked at a private incident is on record: once, not with every refresh of a page."""

from __future__ import annotations

from typing import Any

from store.model import MINUTE, Actor, Instant

AGAIN = 10 * MINUTE
_MOST = 5_000


class Looks:
    """Remembers who has looked at what lately."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, int], Instant] = {}

    def new(self, actor: Actor, found: Any, now: Instant) -> int | None:
        """The private incident that an answer shows, where this reader has not looked lately."""
        incident = getattr(found, "incident", None)
        if not getattr(incident, "private", False):
            return None
        key = (f"{actor.kind}:{actor.id}:{actor.surface}", int(incident.id))  # type: ignore[union-attr]
        last = self._seen.get(key)
        if last is not None and now - last < AGAIN:
            return None
        if len(self._seen) >= _MOST:
            self._seen.clear()
        self._seen[key] = now
        return key[1]
