"""``POST /in/<integration>``: size, token, reading, one durable commit, then 202."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from typing import Any

from aiohttp import web

import integrations
from commands.door import Door
from commands.errors import Busy
from commands.people import Identity
from integrations._http import unfold
from integrations.base import Malformed, Reading, Receiver, Request
from store.access import Source

log = logging.getLogger("pixelview.hooks")

OFF_LOOP_BYTES = 64 << 10
_JSON = {"Content-Type": "application/json; charset=utf-8"}


def _answer(
    status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> web.Response:
    text = json.dumps(body, ensure_ascii=False)
    return web.Response(
        body=text.encode("utf-8", "replace"), status=status, headers={**_JSON, **(headers or {})}
    )


class Hooks:
    """The intake over HTTP. ``heard`` is when each source last spoke, for people."""

    def __init__(
        self,
        door: Door,
        identity: Identity,
        *,
        url: str,
        max_body: int,
        source_settings: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self._door, self._identity, self._url, self._max = door, identity, url.rstrip("/"), max_body
        self._settings = source_settings
        self._receivers: dict[str, Receiver | None] = {}
        self.heard: dict[str, int] = {}
        self.accepted = 0
        self.refused = 0

    def routes(self) -> list[web.RouteDef]:
        """Both forms of the path; anything but POST is 405."""
        return [
            web.post("/in/{integration}", self.take),
            web.post("/in/{integration}/{token}", self.take),
        ]

    def _receiver(self, name: str) -> Receiver | None:
        if name not in self._receivers:
            if len(self._receivers) > 200:
                return None
            self._receivers[name] = integrations.load(name)
        return self._receivers[name]

    async def take(self, request: web.Request) -> web.Response:
        """One webhook."""
        name = request.match_info["integration"]
        receiver = self._receiver(name)
        if receiver is None:
            return self._refuse(404, f"There is no integration {name}.", "path")
        token = await self._identity.token(_secret(request))
        if token is None or token.source is None or token.source.integration != name:
            return self._refuse(
                401, "The token is missing, unknown, or not one for this integration.", "token"
            )
        try:
            read = await self._read(request, receiver, token.source)
            accepted = await self._door.intake(token.source, read.alerts)
        except Malformed as error:
            return self._refuse(error.status, error.error, error.where)
        except Busy as busy:
            return _answer(
                503, {"error": busy.error, "where": "queue"}, {"Retry-After": str(busy.retry_after)}
            )
        self.accepted += accepted.accepted
        self.heard[token.source.name] = self._door.clock.now()
        if read.reply is not None:
            return _answer(202, read.reply)
        return _answer(
            202, self._taken(accepted.accepted, accepted.incidents, accepted.incident_id)
        )

    def _taken(self, count: int, incidents: tuple[int, ...], first: int | None) -> dict[str, Any]:
        body: dict[str, Any] = {"accepted": count, "incidents": [str(i) for i in incidents]}
        if first is not None:
            body["incident_id"] = str(first)
            body["incident_url"] = f"{self._url}/i/{first}"
        return body

    def _refuse(self, status: int, error: str, where: str) -> web.Response:
        self.refused += 1
        return _answer(status, {"error": error, "where": where})

    async def _read(self, request: web.Request, receiver: Receiver, source: Source) -> Reading:
        body = await self._body(request)
        asked = Request(
            body=body,
            content_type=_content_type(request),
            headers={k.lower(): v for k, v in request.headers.items()},
            query=dict(request.query),
            received_at=self._door.clock.now(),
            settings={**source.settings, **self._settings.get(source.name, {})},
        )
        verify = getattr(receiver, "verify", None)
        if verify is not None:
            verify(asked, asked.settings)
        if len(body) > OFF_LOOP_BYTES:
            return await asyncio.to_thread(receiver.read, asked)
        return receiver.read(asked)

    async def _body(self, request: web.Request) -> bytes:
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            raise Malformed(f"The body is larger than {self._max} bytes.", "body", 413) from None
        encoding = request.headers.get("Content-Encoding", "")
        if not encoding or encoding == "identity":
            return body
        return await asyncio.to_thread(unfold, body, encoding, self._max)


def _content_type(request: web.Request) -> str:
    return request.headers.get("Content-Type", "").split(";", 1)[0].strip().lower()


def _secret(request: web.Request) -> str:
    header = request.headers.get("Authorization", "")
    if header[:7].lower() == "bearer ":
        return header[7:].strip()
    return request.match_info.get("token") or request.query.get("token", "")
