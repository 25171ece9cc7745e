"""``POST /callback/<integration>[/…]``: providers tell what became of pages, and who answered."""

from __future__ import annotations

import logging

from aiohttp import web

from bot.pages.inbox import Inbox
from bot.pages.pagers import Called, Pagers
from bot.web.peer import address
from commands.door import Door
from commands.errors import Busy
from integrations.base import Answered, Malformed, Outcome, Reply, Request
from store import audit
from store.clock import MINUTE
from store.model import Actor

log = logging.getLogger("pixelview.callbacks")

LARGEST = 256 << 10
_REFUSED = (401, 403)


class Callbacks:
    """Checks that the provider itself speaks, hands on what it says, answers as it expects."""

    def __init__(self, door: Door, pagers: Pagers, inbox: Inbox, url: str) -> None:
        self._door, self._pagers, self._inbox = door, pagers, inbox
        self._url = url.rstrip("/")
        self._forged: dict[str, tuple[int, int]] = {}

    def routes(self) -> list[web.RouteDef]:
        """Its addresses."""
        return [
            web.post("/callback/{integration}", self.take),
            web.post("/callback/{integration}/{rest:.*}", self.take),
        ]

    async def take(self, request: web.Request) -> web.Response:
        """One request of a provider."""
        name = request.match_info["integration"]
        caller = self._pagers.caller(name)
        if caller is None:
            return _error(404, f"No integration {name[:64]} is configured here.", "path")
        try:
            asked = await self._asked(request, caller)
            caller.module.verify(asked, caller.settings)
            called = caller.module.called(asked)
        except Malformed as error:
            if error.status in _REFUSED:
                await self._forgery(name, address(request))
                return _error(403, error.error, error.where)
            return _error(error.status, error.error, error.where)
        outcomes: list[Outcome] = []
        try:
            for event in called.events:
                if isinstance(event, Answered):
                    outcomes.append(await self._inbox.answered(event, caller))
                elif not await self._inbox.delivered(event, caller):
                    log.info("%s reports on a page that is not known here", name)
        except Busy as busy:
            return _error(503, busy.error, "queue", {"Retry-After": str(busy.retry_after)})
        reply = getattr(caller.module, "reply", None)
        return _answer(reply(asked, outcomes) if reply is not None else Reply())

    async def _asked(self, request: web.Request, caller: Called) -> Request:
        if (request.content_length or 0) > LARGEST:
            raise Malformed("too long", "body", 413)
        body = await request.read()
        if len(body) > LARGEST:
            raise Malformed("too long", "body", 413)
        return Request(
            body=body,
            content_type=request.content_type.lower(),
            headers=request.headers,
            query=request.query,
            settings=caller.settings,
            received_at=self._door.clock.now(),
            url=f"{self._url}{request.raw_path}",
            path=request.match_info.get("rest", ""),
        )

    async def _forgery(self, name: str, address: str) -> None:
        """On record, but a flood of them is one row a minute with their number."""
        now = self._door.clock.now()
        since, count = self._forged.get(name, (0, 0))
        if now - since < MINUTE:
            self._forged[name] = (since, count + 1)
            return
        self._forged[name] = (now, 0)
        stranger = Actor("stranger", name, name, "callback", (), address)
        detail = {"address": address, "before": count}
        writer = self._door.writer_name
        await self._door.system(
            lambda ctx: audit.append(
                ctx.tx, writer, ctx.now, stranger, "callback", "denied", None, detail
            )
        )
        log.warning("a request to /callback/%s was not signed by it", name)


def _answer(reply: Reply) -> web.Response:
    return web.Response(
        status=reply.status, text=reply.body, content_type=reply.content_type, charset="utf-8"
    )


def _error(
    status: int, error: str, where: str, headers: dict[str, str] | None = None
) -> web.Response:
    return web.json_response({"error": error, "where": where}, status=status, headers=headers)
