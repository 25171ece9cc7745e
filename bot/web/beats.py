"""``/beat/<secret>[/start|/fail|/<exit code>]``: what a job opens when it began, failed, ran."""

from __future__ import annotations

from functools import partial

from aiohttp import web

from commands import heartbeats as heard
from commands.door import Door
from commands.errors import Busy
from store import heartbeats
from store.writer import Lane

REMEMBERED = 10_000
_HIGHEST = 255


class Beats:
    """Takes signals of checks by GET, POST and HEAD; nothing of a body is looked at."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._known: dict[str, int] = {}

    def routes(self) -> list[web.RouteDef]:
        """With and without a signal, with and without a slash at the end; never a redirect."""
        path = r"/beat/{secret:[A-Za-z0-9_-]{8,128}}"
        paths = [path + more + end for more in ("", "/{signal}") for end in ("", "/")]
        found = [web.get(each, self.take) for each in paths]
        return found + [web.post(each, self.take) for each in paths]

    async def take(self, request: web.Request) -> web.Response:
        """One signal: on disk when it is answered."""
        signal = request.match_info.get("signal", "")
        if signal not in ("", heard.START, heard.FAIL):
            if not (signal.isascii() and signal.isdecimal() and int(signal[:4]) <= _HIGHEST):
                return _said(400, "It ends in /start, /fail or an exit code of 0 to 255.")
            signal = str(int(signal))
        secret = request.match_info["secret"]
        beat_id = await self._find(secret)
        try:
            if beat_id is not None and await self._door.system(
                partial(heard.ping, beat_id=beat_id, signal=signal), lane=Lane.INTAKE
            ):
                return _said(200, "OK")
        except Busy as busy:
            return _said(503, busy.error, {"Retry-After": str(busy.retry_after)})
        self._known.pop(secret, None)
        return _said(404, "There is no such heartbeat.")

    async def _find(self, secret: str) -> int | None:
        found = self._known.get(secret)
        if found is None:
            found = await self._door.reader.read(lambda tx: heartbeats.of_secret(tx, secret))
            if found is not None:
                if len(self._known) >= REMEMBERED:
                    self._known.clear()
                self._known[secret] = found
        return found


def _said(status: int, text: str, headers: dict[str, str] | None = None) -> web.Response:
    kept = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", **(headers or {})}
    return web.Response(status=status, text=f"{text}\n", headers=kept)
