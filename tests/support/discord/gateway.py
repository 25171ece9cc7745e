"""The gateway: websockets that say hello, identify, resume, beat and carry events, with the limits
and closing codes of the real one. Every connection is kept apart, so that a test can tell which of
two processes is connected."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from typing import Any

from aiohttp import WSMsgType, web

from tests.support.discord import wire
from tests.support.discord.connection import Connection, Session
from tests.support.discord.intents import PRIVILEGED, may_read, needed
from tests.support.discord.model import JSON, Channel, Guild, Message
from tests.support.discord.state import State

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME, RECONNECT = 0, 1, 2, 3, 4, 6, 7
MEMBERS, INVALID, HELLO, ACK = 8, 9, 10, 11
MOST_SENDS, SEND_WINDOW, MOST_BYTES = 120, 60.0, 4096
STORM, STORM_WINDOW, MOST_IDENTIFIES, DAY = 10, 60.0, 1000, 86_400.0


class Gateway:
    """All gateway connections of the application."""

    def __init__(self, state: State, heartbeat_interval: float) -> None:
        self.state = state
        self.heartbeat_interval = heartbeat_interval
        self.withhold_acks = False
        self.closed = False
        self.connections: list[Connection] = []
        self.sessions: list[Session] = []
        self.identifies: deque[float] = deque()
        state.listeners.append(self.dispatch)

    @property
    def live(self) -> list[Session]:
        """The sessions that are connected now, oldest first."""
        return [s for s in self.sessions if s.connected]

    def dispatch(
        self, event: str, payload: JSON, channel: Channel | None, message: Message | None
    ) -> None:
        """Sends an event to every session whose intents ask for it (kept for RESUME too)."""
        wanted = needed(event, channel)
        for session in self.sessions:
            if wanted and not session.intents & wanted:
                continue
            if channel is not None and "view" in channel.deny:
                continue
            body = payload
            if message is not None and not may_read(self.state, session.intents, message):
                body = wire.message_event(self.state, message, content=False)
            self._event(session, event, body)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One websocket from its opening to its end."""
        if self.closed:
            if request.transport is not None:
                request.transport.abort()
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        compress = request.query.get("compress", "")
        one = Connection(socket, compress, self.state.elapsed())
        self.connections.append(one)
        writer = asyncio.create_task(one.pump())
        beat = int(self.heartbeat_interval * 1000)
        one.send(HELLO, {"heartbeat_interval": beat, "_trace": ["stand-in"]})
        try:
            async for frame in socket:
                if frame.type is not WSMsgType.TEXT:
                    break
                code = self._received(one, frame.data)
                if code is not None:
                    await socket.close(code=code)
                    break
        finally:
            self._gone(one)
            one.end()
            await asyncio.gather(writer, return_exceptions=True)
            self.state.touch()
        return socket

    # -- what a test does to the connections ----------------------------------------------

    def reconnect(self) -> None:
        """Asks every client to reconnect and resume (opcode 7)."""
        for one in self.connections:
            one.send(RECONNECT, None)

    def invalidate(self, *, resumable: bool = False) -> None:
        """Tells every client that its session is invalid (opcode 9)."""
        for one in self.connections:
            if not resumable and one.session:
                self._forget(one.session)
            one.send(INVALID, resumable)

    async def cut(self, session: Session | None = None, code: int = 4000) -> None:
        """Closes the connection of `session`, or all of them, with a closing code."""
        for one in list(self.connections):
            if session is None or one.session is session:
                await one.socket.close(code=code)

    def garble(self) -> None:
        """Sends every client something that is no JSON."""
        for one in self.connections:
            one.send_text("{not json")

    @property
    def resumable(self) -> bool:
        """Whether a session is connected or can still be taken up again."""
        return any(s.connected or not s.id.endswith("-over") for s in self.sessions)

    def drop(self) -> None:
        """Cuts every connection without a word, as a broken network does."""
        for one in list(self.connections):
            transport = one.socket.get_extra_info("transport") or _transport(one.socket)
            if transport is not None:
                transport.abort()

    # -- what clients send ----------------------------------------------------------------

    def _received(self, one: Connection, text: str) -> int | None:
        """Deals with one payload; a closing code when the connection must end."""
        complain = self.state.complain
        if len(text.encode()) > MOST_BYTES:
            complain(f"gateway payload of {len(text.encode())} bytes, at most {MOST_BYTES}")
            return 4002
        now = self.state.elapsed()
        one.sends.append(now)
        while one.sends and now - one.sends[0] >= SEND_WINDOW:
            one.sends.popleft()
        if len(one.sends) > MOST_SENDS:
            complain(f"more than {MOST_SENDS} gateway sends in 60 s")
            return 4008
        try:
            payload = json.loads(text)
            op, data = payload["op"], payload.get("d")
        except (ValueError, KeyError, TypeError):
            complain("gateway payload that can't be decoded")
            return 4002
        one.received.append(payload)
        if op == HEARTBEAT:
            if not self.withhold_acks:
                one.send(ACK, None)
            return None
        if op in (IDENTIFY, RESUME):
            return self._identify(one, data) if op == IDENTIFY else self._resume(one, data)
        if one.session is None:
            complain("gateway payload before IDENTIFY")
            return 4003
        if op == PRESENCE:
            one.session.presence = data
        elif op == MEMBERS:
            self._members(one.session, data)
        elif op != VOICE:
            complain(f"unknown gateway opcode {op}")
            return 4001
        return None

    def _identify(self, one: Connection, data: JSON) -> int | None:
        if one.session is not None:
            self.state.complain("IDENTIFY sent twice on one connection")
            return 4005
        now = self.state.elapsed()
        self.identifies.append(now)
        self.state.sessions_left -= 1
        while self.identifies and now - self.identifies[0] >= DAY:
            self.identifies.popleft()
        recent = sum(now - at < STORM_WINDOW for at in self.identifies)
        if recent > STORM:
            self.state.complain(f"identify storm: {recent} IDENTIFYs in 60 s")
        if len(self.identifies) > MOST_IDENTIFIES or data.get("token") != self.state.token:
            return 4004
        intents = data.get("intents")
        if not isinstance(intents, int) or intents >> 26:
            return 4013
        for name, bit in PRIVILEGED.items():
            if intents & bit and name not in self.state.enabled_intents:
                self.state.complain(f"IDENTIFY with the intent {name}, which is not enabled")
                return 4014
        number = len(self.sessions) + 1
        session = Session(f"session-{number}", number, intents, data.get("properties") or {})
        session.presence = data.get("presence")
        self.sessions.append(session)
        self._attach(one, session)
        self._event(session, "READY", self._ready(session))
        for guild in self.state.guilds.values():
            if guild.joined and guild.available:
                self._event(session, "GUILD_CREATE", self.guild_create(guild, intents))
        self.state.touch()
        return None

    def guild_create(self, guild: Guild, intents: int = 0) -> JSON:
        """GUILD_CREATE, with every member only for those who may know them."""
        everybody = self.state.members(guild.id) if intents & PRIVILEGED["guild_members"] else []
        members = everybody or [self.state.bot]
        return wire.guild_json(self.state, guild, members=members, full=True)

    def _resume(self, one: Connection, data: JSON) -> int | None:
        if data.get("token") != self.state.token:
            return 4004
        found = [s for s in self.sessions if s.id == data.get("session_id")]
        seq = data.get("seq") or 0
        if not found or seq > found[0].seq:
            one.send(INVALID, False)
            return None
        session = found[0]
        session.resumes += 1
        self._attach(one, session)
        for number, event, body in session.events:
            if number > seq:
                one.send(DISPATCH, body, number, event)
        self._event(session, "RESUMED", {"_trace": ["stand-in"]})
        self.state.touch()
        return None

    def _members(self, session: Session, data: JSON) -> None:
        query, ids = data.get("query"), data.get("user_ids")
        found = [u for u in self.state.users.values() if u.in_guild]
        if ids is not None:
            wanted = {int(i) for i in (ids if isinstance(ids, list) else [ids])}
            found = [u for u in found if u.id in wanted]
        elif query:
            found = [u for u in found if u.username.startswith(query.lower())]
        elif not session.intents & PRIVILEGED["guild_members"]:
            self.state.complain("all members requested without GUILD_MEMBERS")
            found = []
        body = {
            "guild_id": str(self.state.guild_id), "chunk_index": 0, "chunk_count": 1,
            "members": [wire.member_json(u) for u in found], "not_found": [],
            "nonce": data.get("nonce"), "presences": [],
        }  # fmt: skip
        self._event(session, "GUILD_MEMBERS_CHUNK", body)

    # -- sessions --------------------------------------------------------------------------

    def _ready(self, session: Session) -> JSON:
        state = self.state
        return {
            "v": 10, "user": wire.user_json(state.bot) | {"verified": True, "flags": 0},
            "guilds": [
                {"id": str(g.id), "unavailable": True} for g in state.guilds.values() if g.joined
            ],
            "session_id": session.id, "resume_gateway_url": state.base.replace("http", "ws", 1)
            + "/gateway", "application": {"id": str(state.application_id), "flags": 0},
            "session_type": "normal", "private_channels": [], "presences": [],
        }  # fmt: skip

    def _event(self, session: Session, event: str, body: JSON) -> None:
        session.seq += 1
        session.events.append((session.seq, event, body))
        if session.connection is not None:
            session.connection.send(DISPATCH, body, session.seq, event)

    def _attach(self, one: Connection, session: Session) -> None:
        if session.connection is not None:
            session.connection.session = None
        one.session, session.connection = session, one

    def _gone(self, one: Connection) -> None:
        self.connections.remove(one)
        session = one.session
        if session is not None and session.connection is one:
            session.connection = None
            if one.socket.close_code in (1000, 1001):
                self._forget(session)

    def _forget(self, session: Session) -> None:
        """A session that can't be resumed any more; it stays listed."""
        session.id += "-over"


def _transport(socket: web.WebSocketResponse) -> Any:
    request = getattr(socket, "_req", None)
    return request.transport if request is not None else None
