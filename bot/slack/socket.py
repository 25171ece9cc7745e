"""Socket Mode: two connections, so that one hears while Slack renews the other.

Imported when the surface starts: slack_bolt takes a moment to load.
"""

from __future__ import annotations

import asyncio
import logging

import aiohttp
from slack_bolt.adapter.socket_mode.async_internals import (
    run_async_bolt_app,
    send_async_response,
)
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.slack.api import Api
from integrations.base import Misconfigured, Transient

log = logging.getLogger("pixelview.slack")

CONNECTIONS = 2
PING_S = 5.0
_OFF = {"forbidden_team", "not_allowed", "socket_mode_not_enabled", "app_not_eligible"}


class Sockets:
    """The connections; slack_sdk renews each by itself. ``words`` says why one could not be."""

    def __init__(self, api: Api, app_token: str, app: AsyncApp, *, ping_s: float = PING_S) -> None:
        self._api, self._token, self._app, self._ping = api, app_token, app, ping_s
        self._links: list[_Link] = []
        self._more: asyncio.Task[None] | None = None
        self.words = ""

    @property
    def up(self) -> int:
        """How many connections stand."""
        return sum(link.stands for link in self._links)

    async def open(self) -> None:
        """The first connection; the others follow. Misconfigured where the token is refused,
        Transient where Slack does not answer."""
        await self._link()
        self._more = asyncio.get_running_loop().create_task(self._others(), name="pixelview-slack")

    async def close(self) -> None:
        """End every connection and its tasks."""
        if self._more is not None:
            self._more.cancel()
            await asyncio.gather(self._more, return_exceptions=True)
        for link in self._links:
            await link.end()
        self._links.clear()

    async def _others(self) -> None:
        while len(self._links) < CONNECTIONS:
            try:
                await self._link()
            except (Misconfigured, Transient) as error:
                log.info("a further connection to Slack failed: %s", error)
                await asyncio.sleep(self._ping)

    async def _link(self) -> None:
        link = _Link(self, self._api, self._token, self._ping)
        try:
            link.wss_uri = await link.issue_new_wss_url()
            await link.begin()
        except SlackApiError as error:
            await link.end()
            raise self.refusal(error) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            await link.end()
            raise Transient(f"Slack can't be reached: {type(error).__name__}") from error
        except asyncio.CancelledError:
            await link.end()
            raise
        link.socket_mode_request_listeners.append(self._heard)
        self._links.append(link)

    async def _heard(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """One envelope: Bolt's answer is its ack."""
        answer = await run_async_bolt_app(self._app, request)
        await send_async_response(client, request, answer, 0.0)

    @staticmethod
    def refusal(error: SlackApiError) -> Exception:
        """Why Slack gave no address for a connection."""
        status = int(getattr(error.response, "status_code", 0) or 0)
        code = str(error.response.get("error") or "") if status == 200 else ""
        if not code or code in {"internal_error", "fatal_error", "service_unavailable"}:
            return Transient(f"Slack gives no connection ({code or status})")
        said = "Slack refuses Socket Mode"
        if code in _OFF:
            said = "Slack's Socket Mode is off for this app: turn it on"
        return Misconfigured(f"{said}: {code}", "slack.app_token")


class _Link(SocketModeClient):
    """One connection, which tells its owner why it could not be renewed."""

    def __init__(self, owner: Sockets, api: Api, token: str, ping_s: float) -> None:
        client = api.client(token)
        super().__init__(token, logger=_log(), web_client=client, ping_interval=ping_s)
        self.proxy = client.proxy
        self._owner = owner

    @property
    def stands(self) -> bool:
        session = self.current_session
        return session is not None and not session.closed and not self.closed

    async def issue_new_wss_url(self) -> str:
        """A fresh address; it works once."""
        try:
            address = await super().issue_new_wss_url()
        except SlackApiError as error:
            self._owner.words = str(Sockets.refusal(error))
            raise
        self._owner.words = ""
        return address

    async def begin(self) -> None:
        """Connect to the address at hand."""
        await self.connect()  # type: ignore[no-untyped-call]

    async def end(self) -> None:
        """Close, and wait for what it started."""
        started = (self.message_processor, self.current_session_monitor, self.message_receiver)
        await self.close()  # type: ignore[no-untyped-call]
        tasks = [task for task in started if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _log() -> logging.Logger:
    """slack_sdk logs each failed try with its stack; ``words`` says the same in one line."""
    quiet = logging.getLogger("pixelview.slack.socket")
    quiet.setLevel(logging.CRITICAL)
    return quiet
