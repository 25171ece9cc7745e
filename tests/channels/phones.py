"""A world whose people have telephones: the real Twilio client against the stand-in, over HTTP both
ways."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from tests.support.twilio import FakeTwilio, Phone
from tests.support.world import World

ANA, OMAR = "+4915112345678", "+971501234567"

PEOPLE = """
people:
  ana:
    name: Ana Petrova
    email: ana@example.eu
    zone: Europe/Berlin
    roles: [admin]
    slack: U0ANA
    phone: "+49 151 1234 5678"
    rules: [{after: 0, via: sms}, {after: 2, via: voice}]
  omar:
    name: Omar Haddad
    zone: Asia/Dubai
    phone: "+971501234567"
    rules: [{after: 0, via: sms}]
teams:
  db: {members: [ana, omar], oncall: ana, lead: omar}
routes:
  - {name: db, team: db, channels: ["slack:#ops"]}
"""


@dataclass
class House:
    """The world, the stand-in, and the two telephones."""

    world: World
    twilio: FakeTwilio
    front: Front

    async def reborn(self) -> None:
        """Another process starts on the same database, and everything due happens."""
        await self.world.app.pagers.close()
        self.world = await self.world.again()
        self.front.serve(self.world)
        await self.world.settle()

    @property
    def ana(self) -> Phone:
        """Ana's telephone."""
        return self.twilio.phone(ANA)

    @property
    def omar(self) -> Phone:
        """Omar's telephone."""
        return self.twilio.phone(OMAR)

    async def fires(self, key: str = "k1", **more: object) -> int:
        """An alert fires, and everything that follows at once."""
        return await self.world.fires(key, **more)

    def no_violations(self) -> None:
        """The real Twilio would have taken everything, and every SMS was one segment."""
        assert self.twilio.violations == []


@asynccontextmanager
async def house(url: str, folder: Path, people: str = PEOPLE) -> AsyncIterator[House]:
    """Everything runs; at the end nothing was said that Twilio would not take."""
    async with FakeTwilio() as twilio:
        front = Front()
        async with front:
            yaml = settings(twilio, front.url) + people
            world = await World.build(url, folder, yaml)
            front.serve(world)
            made = House(world, twilio, front)
            twilio.hooks = f"{front.url}/callback/twilio"
            try:
                yield made
            finally:
                await made.world.end()
                await made.world.app.pagers.close()
            made.no_violations()


def settings(twilio: FakeTwilio, url: str) -> str:
    """The lines of the settings that name the stand-in and our own address."""
    return f"""
url: {url}
twilio:
  account_sid: {twilio.sid}
  auth_token: {twilio.token}
  sms_from: "+15005550006"
  voice_from: "+15005550007"
  base_url: {twilio.url}
"""


class Front:
    """Our own HTTP side, which serves the callbacks of whatever world runs."""

    def __init__(self) -> None:
        self._runner: web.AppRunner | None = None
        self._world: World | None = None
        self.url = ""

    def serve(self, world: World) -> None:
        """Callbacks go to this world from now on."""
        self._world = world

    async def __aenter__(self) -> Front:
        app = web.Application()
        app.router.add_post("/callback/{integration}", self._take)
        app.router.add_post("/callback/{integration}/{rest:.*}", self._take)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner:
            await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.StreamResponse:
        assert self._world is not None
        return await self._world.app.callbacks.take(request)
