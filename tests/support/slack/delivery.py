"""Brings interactions, commands and events to the app, over Socket Mode or signed HTTP."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import urlencode

import aiohttp

from .model import JSON
from .payloads import envelope_event
from .sockets import Ack, Sockets
from .workspace import Workspace

ACK_SECONDS = 3.0
RETRY_DELAYS = (0.0, 60.0, 300.0)
REASONS = {
    "timeout": "http_timeout",
    "connection_closed": "connection_failed",
    "no_connection": "connection_failed",
}

__all__ = ["Delivery"]


class Delivery:
    """Sends to ``request_url`` where one is set, else over the open websockets."""

    def __init__(self, workspace: Workspace, sockets: Sockets) -> None:
        self.workspace = workspace
        self.sockets = sockets
        self.own_url: str | None = None
        self.shared: Delivery | None = None
        self.events: list[JSON] = []
        self.outage = False
        self.echo_own = True
        self.session: aiohttp.ClientSession | None = None
        self.tasks: set[asyncio.Task[Any]] = set()
        # Bolt compares signatures with the machine's clock, so they do not follow a simulated one.
        self.sign_clock: Callable[[], float] = time.time
        # How long a person waits for the app in real seconds, whatever the simulated clock says.
        self.patience = ACK_SECONDS if workspace.real_clock else 5.0

    @property
    def request_url(self) -> str | None:
        """Where the app is called over HTTP; one app has one for all its workspaces."""
        return self.shared.request_url if self.shared is not None else self.own_url

    @request_url.setter
    def request_url(self, url: str | None) -> None:
        self.own_url = url

    async def close(self) -> None:
        """Stop everything under way."""
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        if self.session:
            await self.session.close()

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run something beside the caller, cancelled on close."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def ask(self, kind: str, payload: JSON, what: str) -> Ack:
        """One interaction or command; never retried. No answer in 3 s is a violation."""
        ack = await self.attempt(kind, payload, None, set(), clocked=True)
        self.judge(ack, what)
        return ack

    def judge(self, ack: Ack, what: str) -> None:
        """Note an answer that is missing, late or wrong, unless the stand-in was at fault."""
        if (
            ack.problem
            and not self.outage
            and ack.problem not in ("connection_closed", "no_connection")
        ):
            words = (
                "was not answered within 3 s"
                if ack.problem == "timeout"
                else f"was answered with {ack.problem}"
            )
            self.workspace.violate(f"{what} {words}")

    async def event(self, event: JSON, clocked: bool = True) -> Ack:
        """One event. The retries (at once, after 1 and 5 minutes) go on beside the caller."""
        payload = envelope_event(self.workspace, event)
        self.events.append(payload)
        avoid: set[int] = set()
        ack = await self.attempt("events_api", payload, None, avoid, clocked)
        self.judge(ack, f"event {event['type']} ({payload['event_id']})")
        if ack.problem and not ack.no_retry:
            self.spawn(self.retry(payload, event["type"], ack, avoid))
        return ack

    async def retry(self, payload: JSON, kind: str, ack: Ack, avoid: set[int]) -> None:
        """Up to three more attempts at an event nobody acked."""
        for number, delay in enumerate(RETRY_DELAYS, 1):
            await self.workspace.until(self.workspace.clock() + delay)
            reason = REASONS.get(ack.problem or "", "http_error")
            if not self.request_url and reason == "http_timeout":
                reason = "timeout"
            ack = await self.attempt("events_api", payload, (number, reason), avoid, clocked=True)
            self.judge(ack, f"event {kind} ({payload['event_id']}), retry {number},")
            if not ack.problem or ack.no_retry:
                return

    async def attempt(
        self,
        kind: str,
        payload: JSON,
        retry: tuple[int, str] | None,
        avoid: set[int],
        clocked: bool,
    ) -> Ack:
        """One delivery over whichever way the app is reached."""
        if self.outage:
            return Ack("no_connection")
        work: asyncio.Future[Ack]
        if self.request_url:
            work = self.spawn(self.post(self.request_url, kind, payload, retry))
        else:
            accepts = kind == "slash_commands" or payload.get("type") in (
                "view_submission",
                "block_suggestion",
            )
            work = await self.sockets.send(kind, payload, accepts, retry, avoid)
        return await self.in_time(work, clocked)

    async def in_time(self, work: asyncio.Future[Ack], clocked: bool) -> Ack:
        """The ack if it comes within 3 s by the clock (and within ``patience`` real seconds)."""
        start, real = self.workspace.clock(), time.monotonic()
        while not work.done():
            await asyncio.wait({work}, timeout=0.01)
            late = clocked and self.workspace.clock() - start > ACK_SECONDS
            if not work.done() and (late or time.monotonic() - real > self.patience):
                return Ack("timeout")
        if clocked and self.workspace.clock() - start > ACK_SECONDS and not work.result().problem:
            return Ack("timeout")
        return work.result()

    def sign(self, raw: bytes) -> dict[str, str]:
        """The headers that prove a request comes from Slack."""
        stamp = str(int(self.sign_clock()))
        base = b"v0:" + stamp.encode() + b":" + raw
        mac = hmac.new(self.workspace.signing_secret.encode(), base, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={mac}"}

    async def post(
        self, url: str, kind: str, payload: JSON, retry: tuple[int, str] | None = None
    ) -> Ack:
        """One signed request."""
        if kind == "events_api":
            raw, content_type = json.dumps(payload).encode(), "application/json"
        else:
            form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
            raw, content_type = urlencode(form).encode(), "application/x-www-form-urlencoded"
        headers = self.sign(raw) | {"Content-Type": content_type, "User-Agent": "Slackbot 1.0"}
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]}
        self.session = self.session or aiohttp.ClientSession()
        try:
            async with self.session.post(
                url, data=raw, headers=headers, allow_redirects=False
            ) as answer:
                text = await answer.text()
                no_retry = answer.headers.get("X-Slack-No-Retry") == "1"
                if answer.status != 200:
                    return Ack(f"http_{answer.status}", no_retry=no_retry)
                return Ack(None, decoded(text, answer.content_type), no_retry)
        except aiohttp.ClientError:
            return Ack("connection_closed")

    async def verify(self, url: str) -> bool:
        """Ask the app to prove that a request URL is its own."""
        challenge = {
            "token": "verification-token",
            "challenge": "3eZbrw1aB10FEMAGAZd4FyFQ",
            "type": "url_verification",
        }
        ack = await self.in_time(self.spawn(self.post(url, "events_api", challenge)), clocked=False)
        said = ack.body.get("challenge") if isinstance(ack.body, dict) else ack.body
        return bool(said == challenge["challenge"])


def decoded(text: str, content_type: str) -> Any:
    """A response body as Slack reads it: JSON, plain text, or nothing."""
    if not text.strip():
        return None
    if content_type == "application/json":
        return json.loads(text)
    return {"text": text}
