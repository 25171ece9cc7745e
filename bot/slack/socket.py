"""Socket Mode: several connections, each renewed before Slack ends it, each envelope acked over the
connection it came by.

Imported when the surface starts: slack_bolt takes a moment to load.
"""

# WHY without slack_sdk's own client: it closes a connection before it opens the next one, and acks
# what came over the old one through the new one. Envelopes that were on their way are lost so, and
# brought again a minute later.

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app
from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.running import Running
from bot.slack.api import Api
from bot.slack.board import Later
from bot.slack.limits import seconds_of
from integrations.base import IntegrationError, Misconfigured, Transient

log = logging.getLogger("pixelview.slack")

PING_S = 5.0
LEAVES = 30.0
"""Seconds that a connection which Slack renews is still listened to."""
MOST = 10
"""More connections Slack does not allow an app."""
LONGEST_PAUSE = 60.0
SHORT = 5.0
_DISABLED = "link_disabled"
_CALM = {"warning", "refresh_requested"}
_OFF = {
    "forbidden_team", "not_allowed", "socket_mode_not_enabled", "app_not_eligible",
    "link_disabled",
}  # fmt: skip
_BRIEFLY = {"internal_error", "fatal_error", "service_unavailable", "request_timeout"}

AppOf = Callable[[dict[str, Any]], AsyncApp | None]
Pause = Callable[[float], Awaitable[None]]


class Sockets:
    """Keeps ``wanted`` connections with one app token; ``words`` says why one could not be,
    ``refused`` that a setting must be changed first.

    ``app_of`` finds the app that an envelope is for: one app token may serve several workspaces,
    and any connection may bring what happened in any of them.
    """

    def __init__(
        self, api: Api, app_of: AppOf, *, wanted: int = 2, ping_s: float = PING_S,
        pause: Pause = asyncio.sleep,
    ) -> None:  # fmt: skip
        self._api, self._app_of = api, app_of
        self.wanted, self._ping, self._pause = wanted, ping_s, pause
        self._wires: set[Wire] = set()
        self._running = Running()
        self.words, self.refused = "", False

    @property
    def up(self) -> int:
        """How many connections stand."""
        return sum(wire.stands for wire in self._wires)

    def says(self) -> str:
        """How many stand, in words."""
        return f"{self.up} of {self.wanted} connections"

    async def open(self) -> None:
        """The first connection; the others follow. Misconfigured where the token is refused,
        Transient where Slack does not answer."""
        first = await self._dial()
        self._running.begin(self._keep(first), "pixelview-slack-0")
        for number in range(1, self.wanted):
            self._running.begin(self._keep(None), f"pixelview-slack-{number}")

    async def close(self) -> None:
        """End every connection and its tasks."""
        await self._running.end()
        for wire in [*self._wires]:
            await wire.end()
        self._wires.clear()
        await self._api.close()

    async def _keep(self, wire: Wire | None) -> None:
        """One connection after the other, the next before the last one ends: where Slack allows
        one more than are wanted."""
        short = 0
        while True:
            wire = wire or await self._dial_until()
            await wire.leaves.wait()
            old = self._running.begin(self._retire(wire), "pixelview-slack-old")
            if wire.reason == _DISABLED:
                self.words, self.refused = off(wire.reason), True
            if self.wanted >= MOST:
                await asyncio.wait({old})
            short = short + 1 if wire.was_short else 0
            await self._pause(min(LONGEST_PAUSE, 2.0**short - 1))
            wire = None

    async def _retire(self, wire: Wire) -> None:
        """What is still on its way comes over the old connection; Slack closes it, or we do."""
        await wire.over(LEAVES)
        await wire.end()
        self._wires.discard(wire)

    async def _dial_until(self) -> Wire:
        tries = 0
        while True:
            try:
                return await self._dial()
            except IntegrationError as error:
                self.words, self.refused = str(error), isinstance(error, Misconfigured)
                log.info("a connection to Slack failed: %s", error)
                wait = min(LONGEST_PAUSE, 2.0**tries)
                if isinstance(error, Transient) and error.retry_after is not None:
                    wait = error.retry_after
                tries = min(tries + 1, 10)
                await self._pause(wait)

    async def _dial(self) -> Wire:
        """A new connection. Raises Misconfigured or Transient."""
        client = self._api.client()
        try:
            address = str((await client.apps_connections_open(app_token=client.token or ""))["url"])
            ws = await self._api.session().ws_connect(
                address, heartbeat=2 * self._ping, proxy=client.proxy,
                timeout=aiohttp.ClientWSTimeout(ws_close=2.0), max_msg_size=0,
            )  # fmt: skip
        except SlackApiError as error:
            raise refusal(error) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Transient(f"Slack can't be reached: {type(error).__name__}") from error
        self.words, self.refused = "", False
        wire = Wire(ws, self._take)
        self._wires.add(wire)
        return wire

    async def _take(self, request: SocketModeRequest) -> BoltResponse | None:
        app = self._app_of(request.payload)
        return None if app is None else await run_async_bolt_app(app, request)


class Wire:
    """One websocket: ``leaves`` is set once it ends, or Slack says that it will."""

    def __init__(
        self, ws: aiohttp.ClientWebSocketResponse,
        take: Callable[[SocketModeRequest], Awaitable[BoltResponse | None]],
    ) -> None:  # fmt: skip
        self._ws, self._take = ws, take
        self.leaves, self.reason = asyncio.Event(), ""
        self._began = asyncio.get_running_loop().time()
        self._pending: set[asyncio.Task[None]] = set()
        self._reading = asyncio.get_running_loop().create_task(
            self._read(), name="pixelview-slack-wire"
        )

    @property
    def stands(self) -> bool:
        """Whether it can bring something, and go on to."""
        return not self._ws.closed and not self.leaves.is_set()

    @property
    def was_short(self) -> bool:
        """Whether it ended before it was of use, and not for being renewed."""
        lived = asyncio.get_running_loop().time() - self._began
        return lived < SHORT and self.reason not in _CALM

    async def over(self, most: float) -> None:
        """Wait until Slack has closed it, ``most`` seconds, and everything is acked."""
        await asyncio.wait({self._reading}, timeout=most)
        if self._pending:
            await asyncio.wait({*self._pending}, timeout=3)

    async def end(self) -> None:
        """Close it, and end what it started."""
        tasks = [self._reading, *self._pending]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._ws.close()
        self.leaves.set()

    async def _read(self) -> None:
        try:
            async for frame in self._ws:
                if frame.type == aiohttp.WSMsgType.TEXT:
                    self._frame(frame.data)
        except Exception:
            log.exception("a connection to Slack")
        finally:
            self.leaves.set()

    def _frame(self, raw: str) -> None:
        try:
            message = json.loads(raw)
        except ValueError:
            return
        if not isinstance(message, dict):
            return
        if message.get("type") == "disconnect":
            self.reason = str(message.get("reason") or "")
            self.leaves.set()
            return
        request = SocketModeRequest.from_dict(message)
        if request is not None:
            task = asyncio.get_running_loop().create_task(self._answer(request))
            self._pending.add(task)
            task.add_done_callback(self._pending.discard)

    async def _answer(self, request: SocketModeRequest) -> None:
        """Bolt's answer is the envelope's ack; what nobody here takes is acked all the same."""
        try:
            answer = await self._take(request)
            said: dict[str, Any] = {"envelope_id": request.envelope_id}
            if answer is not None and answer.status == 200 and answer.body:
                said["payload"] = _payload(answer)
            await self._ws.send_json(said)
        except Later:
            log.info("an envelope was not acked: its workspace is not connected yet")
        except (ConnectionError, RuntimeError, aiohttp.ClientError):
            log.info("an envelope was not acked: its connection ended")
        except Exception:
            log.exception("an envelope of Slack's")


def _payload(answer: BoltResponse) -> Any:
    kind = (answer.headers.get("content-type") or [""])[0]
    return json.loads(answer.body) if "json" in kind else {"text": answer.body}


def refusal(error: SlackApiError) -> Exception:
    """Why Slack gave no address for a connection."""
    answer = error.response
    status = int(getattr(answer, "status_code", 0) or 0)
    found: Any = getattr(answer, "data", None)
    code = str(found.get("error") or "") if isinstance(found, dict) else ""
    if status == 429 or code in {"ratelimited", "rate_limited"}:
        return Transient("Slack asks to wait with a connection", seconds_of(answer.headers))
    if status != 200 or not code or code in _BRIEFLY:
        return Transient(f"Slack gives no connection ({code or status})")
    return Misconfigured(off(code), "slack.app_token")


def off(code: str) -> str:
    """Why there is no Socket Mode, in words."""
    if code in _OFF:
        return f"Slack's Socket Mode is off for this app: turn it on ({code})"
    return f"Slack refuses Socket Mode: {code}"
