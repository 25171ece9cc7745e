"""Socket Mode: the websockets an app keeps open, envelopes sent over them, and their acks."""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from .model import JSON
from .workspace import Workspace, digest

CONNECTIONS_MAX = 10

__all__ = ["Ack", "Connection", "Sent", "Sockets"]


@dataclass
class Ack:
    """An app's answer; ``problem``: timeout, connection_closed, no_connection, http_<code>."""

    problem: str | None = None
    body: Any = None
    no_retry: bool = False


@dataclass(eq=False)
class Connection:
    """One open websocket."""

    ws: web.WebSocketResponse
    number: int
    pending: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Sent:
    """One envelope as it went out, and over which connection."""

    connection: int
    kind: str
    payload: JSON
    accepts: bool


class Sockets:
    """Hands envelopes to the connections in turn and matches the acks."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.connections: list[Connection] = []
        self.waiting: dict[str, asyncio.Future[Ack]] = {}
        self.accepts: dict[str, bool] = {}
        self.acked: set[str] = set()
        self.tickets: set[str] = set()
        self.sent: list[Sent] = []
        self.opened = 0
        self.turn = 0

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One websocket from hello to close; the address works once."""
        ticket = request.query.get("ticket", "")
        if not ticket or ticket in self.tickets or not self.workspace.link_enabled:
            return web.Response(status=403, text="bad ticket")
        self.tickets.add(ticket)
        socket = web.WebSocketResponse(heartbeat=30)
        await socket.prepare(request)
        if len(self.connections) >= CONNECTIONS_MAX:
            self.workspace.violate("more than 10 Socket Mode connections")
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        self.opened += 1
        connection = Connection(socket, self.opened)
        self.connections.append(connection)
        try:
            await self.converse(connection)
        finally:
            self.drop(connection)
        return socket

    async def converse(self, connection: Connection) -> None:
        """Greet, then read acks until the other side goes."""
        await connection.ws.send_json(
            {
                "type": "hello",
                "num_connections": len(self.connections),
                "debug_info": {
                    "host": "stand-in",
                    "build_number": 1,
                    "approximate_connection_time": 18060,
                },
                "connection_info": {"app_id": self.workspace.app_id},
            }
        )
        self.workspace.changed()
        async for frame in connection.ws:
            if frame.type == WSMsgType.TEXT:
                self.take_ack(frame.data, connection)

    def drop(self, connection: Connection) -> None:
        """Forget a connection; what it had not acked is lost with it."""
        if connection in self.connections:
            self.connections.remove(connection)
        for envelope_id in connection.pending:
            waiting = self.waiting.pop(envelope_id, None)
            if waiting and not waiting.done():
                waiting.set_result(Ack("connection_closed"))
        connection.pending.clear()
        self.workspace.changed()

    def take_ack(self, raw: str, connection: Connection) -> None:
        """One message from the app."""
        try:
            ack = json.loads(raw)
            envelope_id = str(ack["envelope_id"])
        except (ValueError, KeyError, TypeError):
            self.workspace.violate(f"not an ack: {raw[:100]}")
            return
        if envelope_id in self.acked:
            self.workspace.violate(f"envelope {envelope_id} was acked twice")
            return
        if envelope_id not in self.accepts:
            self.workspace.violate(f"ack of an envelope never sent: {envelope_id}")
            return
        self.acked.add(envelope_id)
        if ack.get("payload") and not self.accepts[envelope_id]:
            self.workspace.violate(f"envelope {envelope_id} does not accept a response payload")
        waiting = self.waiting.pop(envelope_id, None)
        connection.pending.discard(envelope_id)
        if waiting and not waiting.done():
            waiting.set_result(Ack(None, ack.get("payload")))

    def pick(self, avoid: set[int]) -> Connection | None:
        """The next connection in turn, one that has not failed this payload if there is any."""
        open_ones = [c for c in self.connections if not c.ws.closed]
        fresh = [c for c in open_ones if c.number not in avoid] or open_ones
        if not fresh:
            return None
        self.turn += 1
        return fresh[self.turn % len(fresh)]

    async def send(
        self,
        kind: str,
        payload: JSON,
        accepts: bool,
        retry: tuple[int, str] | None,
        avoid: set[int],
    ) -> asyncio.Future[Ack]:
        """Send one envelope; the future is its ack, at once where nobody is connected."""
        future: asyncio.Future[Ack] = asyncio.get_running_loop().create_future()
        connection = self.pick(avoid)
        if connection is None:
            future.set_result(Ack("no_connection"))
            return future
        avoid.add(connection.number)
        self.sent.append(Sent(connection.number, kind, payload, accepts))
        envelope_id = str(uuid.UUID(digest("envelope", len(self.accepts)) * 2))
        envelope: JSON = {
            "envelope_id": envelope_id,
            "payload": payload,
            "type": kind,
            "accepts_response_payload": accepts,
        }
        if kind == "events_api":
            envelope |= {
                "retry_attempt": retry[0] if retry else 0,
                "retry_reason": retry[1] if retry else "",
            }
        self.accepts[envelope_id] = accepts
        self.waiting[envelope_id] = future
        connection.pending.add(envelope_id)
        try:
            await connection.ws.send_json(envelope)
        except (ConnectionError, RuntimeError):
            self.drop(connection)
        return future

    async def disconnect(self, reason: str, most: int = CONNECTIONS_MAX) -> None:
        """Tell up to ``most`` connections to go; after anything but a warning, close them."""
        message = {"type": "disconnect", "reason": reason, "debug_info": {"host": "stand-in"}}
        if reason == "link_disabled":
            self.workspace.link_enabled = False
        for connection in self.connections[:most]:
            try:
                await connection.ws.send_json(message)
                if reason != "warning":
                    await connection.ws.close()
            except (ConnectionError, RuntimeError):
                self.drop(connection)

    def cut(self) -> None:
        """Lose every connection without a word, as in an outage."""
        for connection in list(self.connections):
            transport = connection.ws._req.transport if connection.ws._req else None
            if transport is not None:
                transport.abort()
            self.drop(connection)
