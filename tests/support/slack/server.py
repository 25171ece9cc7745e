"""The stand-in itself: seeding, starting, breaking, and what tests read of it."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from .admins import Admins
from .delivery import Delivery
from .faults import Fault, Faults, Kind
from .front import Front
from .humans import Humans
from .model import JSON, Call, Channel, Message, Seen, User, UserGroup
from .rates import Rates
from .sockets import Sent, Sockets
from .workspace import Workspace

__all__ = ["FakeSlack"]


class FakeSlack(Humans, Admins):
    """A strict Slack on 127.0.0.1; see the package's docstring for how to use it."""

    def __init__(
        self,
        clock: Callable[[], float] = time.time,
        port: int = 0,
        host: str = "127.0.0.1",
        settle: float = 0.05,
    ) -> None:
        self.workspace = Workspace(clock)
        self.sockets = Sockets(self.workspace)
        self.delivery = Delivery(self.workspace, self.sockets)
        self.rates = Rates(clock, self.workspace.violate)
        self.faults = Faults(clock)
        self.settle = settle
        self.further: list[FakeSlack] = []
        self.host, self.port = host, port
        self.runner: web.AppRunner | None = None

    async def start(self) -> Self:
        """Listen; with port 0 the system chooses one and keeps it until ``stop``."""
        self.runner = web.AppRunner(
            Front(self).app(), handle_signals=False, access_log=None, shutdown_timeout=0.1
        )
        await self.runner.setup()
        site = web.TCPSite(self.runner, self.host, self.port)
        await site.start()
        self.port = self.runner.addresses[0][1]
        return self

    async def stop(self) -> None:
        """Close every connection and stop listening."""
        self.faults.clear()
        for other in self.further:
            other.sockets.cut()
            await other.stop()
        self.sockets.cut()
        await self.delivery.close()
        if self.runner:
            await self.runner.cleanup()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://{self.host}:{self.port}"

    @property
    def base_url(self) -> str:
        """What a Slack client takes as its ``base_url``."""
        return f"{self.url}/api/"

    @property
    def bot_token(self) -> str:
        """The xoxb token it accepts."""
        return self.workspace.bot_token

    @property
    def app_token(self) -> str:
        """The xapp token it accepts."""
        return self.workspace.app_token

    @property
    def signing_secret(self) -> str:
        """What HTTP requests are signed with."""
        return self.workspace.signing_secret

    @property
    def bot_user_id(self) -> str:
        """The bot as a member."""
        return self.workspace.bot.id

    @property
    def violations(self) -> list[str]:
        """Everything a correct client never does; tests assert that it is empty."""
        return self.workspace.violations

    @property
    def calls(self) -> list[Call]:
        """Every Web API request so far."""
        return self.workspace.calls

    @property
    def scopes(self) -> set[str]:
        """The bot token's granted scopes; change them to take some away."""
        return self.workspace.scopes

    @property
    def subscriptions(self) -> set[str]:
        """The bot events the app is subscribed to."""
        return self.workspace.subscriptions

    @property
    def commands(self) -> dict[str, bool]:
        """The app's slash commands, and whether each has names escaped to ids."""
        return self.workspace.commands

    @property
    def connections(self) -> int:
        """How many websockets are open."""
        return len(self.sockets.connections)

    def add_user(
        self, name: str, email: str | None = None, tz: str = "Europe/Berlin", id: str | None = None
    ) -> User:
        """Seed a person."""
        return self.workspace.add_user(name, email, tz, id)

    def add_channel(
        self, name: str, private: bool = False, bot_member: bool = True, id: str | None = None
    ) -> Channel:
        """Seed a channel."""
        return self.workspace.add_channel(name, private, bot_member, id)

    def add_group(self, handle: str, *members: User) -> UserGroup:
        """Seed a user group; change ``workspace.groups_open`` to keep apps from changing them."""
        return self.workspace.add_group(handle, *members)

    def user(self, who: User | str) -> User:
        """A person by id, handle, name or e-mail."""
        return self.workspace.user(who)

    def channel(self, where: Channel | str) -> Channel:
        """A channel by id or name."""
        return self.workspace.channel(where)

    def dm(self, who: User | str) -> Channel:
        """A person's direct messages with the bot."""
        return self.workspace.dm(who)

    def visible_to(self, who: User | str) -> list[Message]:
        """All messages on one person's screen, oldest first."""
        person = self.user(who)
        found = [
            m
            for c in self.workspace.channels.values()
            if person.id in c.members
            for m in c.messages
        ]
        return sorted(
            (m for m in found if m.ephemeral_to in (None, person.id)), key=lambda m: m.seq
        )

    def client(self, **options: Any) -> AsyncWebClient:
        """A real Slack client that talks to this stand-in with the bot's token."""
        return AsyncWebClient(self.bot_token, base_url=self.base_url, **options)

    async def wait_for(self, ready: Callable[[], object], timeout: float = 60.0) -> None:
        """Wait until a condition holds; woken by every change here."""
        await self.workspace.wait_for(ready, timeout)

    async def set_request_url(self, url: str) -> bool:
        """Switch to HTTP mode, as saving the URL in the app's settings does (it is verified)."""
        self.delivery.request_url = url
        verified = await self.delivery.verify(url)
        if not verified:
            self.workspace.violate(f"{url} did not answer the url_verification challenge")
        return verified

    async def redeliver(self, sent: Sent) -> None:
        """Bring the same payload once more, as Slack does where an ack got lost."""
        ack = await self.sockets.send(sent.kind, sent.payload, sent.accepts, (1, "timeout"), set())
        await self.delivery.in_time(ack, clocked=False)

    def payload_of(self, message: Message) -> JSON:
        """The event that told of a message, to be brought again (a copy)."""
        found = (p for p in self.delivery.events if p["event"].get("ts") == message.ts)
        return copy.deepcopy(next(found))

    async def bring_again(self, payload: JSON, number: int = 1) -> Seen:
        """An event as Slack brings it where it was not acked in time: retry 1 to 3, 0 for none."""
        retry = (number, "http_timeout") if number else None
        ack = await self.delivery.attempt("events_api", payload, retry, set(), clocked=False)
        return Seen(acked=ack.problem is None)

    async def disconnect(self, reason: str = "refresh_requested", most: int = 10) -> None:
        """Send ``disconnect`` (warning, refresh_requested, link_disabled) to ``most`` websockets;
        Slack renews them one by one."""
        await self.sockets.disconnect(reason, most)

    def fault(
        self,
        method: str,
        kind: Kind,
        times: int = 1,
        retry_after: int = 30,
        seconds: float = 0.0,
        error: str = "internal_error",
        channel: str | None = None,
    ) -> Fault:
        """Make the next ``times`` calls of a method ("*": any) fail; ``release()`` lets go."""
        return self.faults.plan(Fault(method, kind, times, retry_after, seconds, error, channel))

    def outage(self, on: bool = True) -> None:
        """Nothing answers any more, websockets included; or everything works again."""
        self.delivery.outage = on
        if on:
            self.sockets.cut()
