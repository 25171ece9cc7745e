"""Hands bodies that could not be read to the quarantine; whether that works, the sender is told."""

from __future__ import annotations

import hashlib
import logging
from functools import partial

from commands import quarantine
from commands.door import Door
from commands.errors import Busy
from integrations.base import Malformed, Misconfigured, Request
from store.access import Source
from store.clock import SECOND
from store.quarantine import Refused
from store.writer import Lane

log = logging.getLogger("pixelview.hooks")

AT_ONCE = 8
AGAIN = 10 * SECOND
"""The same body within this is not written again."""
_REMEMBERED = 1_000
_KEPT = (400, 422)


class Unread:
    """Best effort: a flood of broken bodies is not worth a queue."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._waiting = 0
        self._seen: dict[tuple[int, bytes], int] = {}

    async def keep(
        self, source: Source, reader: str, asked: Request, error: Malformed | Misconfigured
    ) -> None:
        """Keep what ``reader`` could not read, and why, unless many such wait already."""
        status = error.status if isinstance(error, Malformed) else 422
        if status not in _KEPT or self._waiting >= AT_ONCE or self._again(source, asked):
            return
        where = error.where if isinstance(error, Malformed) else error.setting
        refused = Refused(
            asked.body, asked.content_type, str(error)[:500], where[:200], status, asked.path,
            reader, quarantine.plain(asked.headers),
            {name: value for name, value in asked.query.items() if name != "token"},
        )  # fmt: skip
        self._waiting += 1
        try:
            run = partial(quarantine.keep, source=source, refused=refused)
            await self._door.system(run, lane=Lane.BULK)
        except Busy:
            pass
        except Exception:
            log.exception("a body that could not be read is not kept")
        finally:
            self._waiting -= 1

    def _again(self, source: Source, asked: Request) -> bool:
        now, digest = self._door.clock.now(), hashlib.sha256(asked.body).digest()
        last = self._seen.get((source.token_id, digest))
        if last is not None and now - last < AGAIN:
            return True
        if len(self._seen) >= _REMEMBERED:
            self._seen.clear()
        self._seen[source.token_id, digest] = now
        return False
