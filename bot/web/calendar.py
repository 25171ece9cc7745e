"""``GET /calendar/<secret>.ics``: the shifts behind a link, for calendar programs."""

from __future__ import annotations

import asyncio
import hashlib

from aiohttp import web

from bot.calendars import feed as shown
from commands import eras
from commands.door import Door
from store import feeds
from store.db import Tx
from store.model import HOUR, Instant
from store.writer import Lane

TYPE = "text/calendar; charset=utf-8"


class Calendars:
    """Answers calendar programs; the secret in the address is all they show."""

    def __init__(self, door: Door, url: str) -> None:
        self._door, self._url = door, url.rstrip("/")

    def routes(self) -> list[web.RouteDef]:
        """The one path; no token, no cookie."""
        return [web.get(r"/calendar/{secret:[A-Za-z0-9_-]{20,128}}.ics", self.get)]

    async def get(self, request: web.Request) -> web.Response:
        """The calendar; 304 where the program has it, 404 for a link that is unknown or revoked."""
        now, secret = self._door.clock.now(), request.match_info["secret"]
        found = await self._door.reader.read(lambda tx: _read(tx, secret, now))
        text = None
        if found is not None:
            text = await asyncio.to_thread(shown.calendar, *found, now, self._url)
        if found is None or text is None:
            return web.Response(status=404, text="This link is unknown, or was taken back.\n")
        await self._used(found[0], now)
        body = text.encode()
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {
            "ETag": tag,
            "Cache-Control": "private, no-cache",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        }
        if tag in request.headers.get("If-None-Match", "").replace("W/", ""):
            return web.Response(status=304, headers=headers)
        name = f'inline; filename="{found[0].kind}.ics"'
        return web.Response(
            body=body, headers={**headers, "Content-Type": TYPE, "Content-Disposition": name}
        )

    async def _used(self, feed: feeds.Feed, now: Instant) -> None:
        """Remember, once an hour, that a program reads it."""
        if feed.used_at is None or now - feed.used_at >= HOUR:
            await self._door.system(lambda ctx: feeds.used(ctx.tx, now, feed.id), lane=Lane.BULK)


def _read(tx: Tx, secret: str, now: Instant) -> tuple[feeds.Feed, list[eras.Era]] | None:
    feed = feeds.find(tx, secret)
    if feed is None:
        return None
    found = eras.eras(tx, now - shown.BEHIND)
    if found and found[0][1].version_id > 1:
        # A shift that began before keeps its beginning: what was defined then counts for it.
        found[0] = (shown.reach(now), found[0][1])
    return feed, found
