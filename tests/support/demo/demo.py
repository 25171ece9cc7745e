"""The parts of the demo, started in order and stopped in the reverse: chats, mail server, phones,
a StackStorm, and the real service as a process of its own that is told to use them."""

from __future__ import annotations

import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

from bot.app import App, prepare
from bot.settings import parse
from commands.context import Ctx
from store import upkeep
from store.clock import SystemClock
from store.model import DAY
from tests.support.demo import fixes, settings
from tests.support.demo.estate import SOURCES, estate
from tests.support.demo.mail import Mailroom
from tests.support.demo.planting import plant
from tests.support.demo.service import DidNotStart, Service
from tests.support.discord import FakeDiscord
from tests.support.slack import FakeSlack
from tests.support.stackstorm import StackStorm
from tests.support.twilio.viewer import Phones

__all__ = ["Demo", "DidNotStart"]


async def planted(said: str, database: str, key_file: Path) -> None:
    """The clouds of the demo, written before the service begins. Another replica looks at them, as
    far as it can tell, so that none has to be there."""
    settings = parse(said, "pixelview.yaml").model_copy(
        update={"database": database, "key_file": str(key_file)}
    )
    app = App(settings, await prepare(settings), SystemClock())
    await app.open()
    try:
        made = estate(app.clock.now())
        await app.door.system(lambda ctx: plant(ctx, made))
        await app.door.system(_looked_at)
    finally:
        await app.stop()


def _looked_at(ctx: Ctx) -> None:
    for source in SOURCES:
        upkeep.take_lease(ctx.tx, f"inventory:{source}", "another", ctx.now, 365 * DAY)


class Demo:
    """``async with``: everything runs. Ports of 0 are chosen by the system; without ``estate`` no
    clouds are known and there is no StackStorm."""

    def __init__(
        self,
        *,
        port: int = 0,
        slack_port: int = 0,
        discord_port: int = 0,
        mail_port: int = 0,
        phone_port: int = 0,
        estate: bool = True,
    ) -> None:
        self._port, self._estate = port, estate
        self.slack = FakeSlack(port=slack_port)
        self.discord = FakeDiscord(
            port=discord_port, enabled_intents=("message_content",), patience=15.0
        )
        self.mail = Mailroom(port=mail_port)
        self.phones = Phones(port=phone_port)
        self.st2 = StackStorm()
        fixes.furnish(self.st2)
        self._running = AsyncExitStack()
        self.service: Service

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as made:
            for handle, name in settings.PEOPLE.items():
                zone = settings.ZONES[handle]
                self.slack.add_user(name, email=settings.address(name), tz=zone)
                self.discord.add_user(name)
            for channel in settings.CHANNELS:
                self.slack.add_channel(channel)
                self.discord.add_channel(channel)
            self.slack.commands["/pv"] = False
            self.phones.owners = {n: settings.PEOPLE[h] for h, n in settings.NUMBERS.items()}
            for part in (self.slack, self.discord, self.mail, self.phones):
                await made.enter_async_context(part)
            if self._estate:
                await made.enter_async_context(self.st2)
            folder = Path(made.enter_context(tempfile.TemporaryDirectory(prefix="pixelview-demo-")))
            file = folder / "pixelview.yaml"
            st2 = self.st2 if self._estate else None
            said = settings.text(self.slack, self.discord, self.mail, self.phones, st2)
            file.write_text(said, encoding="utf-8")
            service = Service(folder, file, self._port)
            if self._estate:
                await planted(said, service.database, service.key_file)
            self.service = await made.enter_async_context(service)
            self.phones.hooks = f"{self.service.url}/callback/twilio"
            self._running = made.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._running.aclose()

    async def fire(self, body: dict[str, Any]) -> dict[str, Any]:
        """One webhook of an Alertmanager; what the service answers."""
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.service.intake, json=body) as answer,
        ):
            said: dict[str, Any] = await answer.json()
            if answer.status != 202:
                raise AssertionError(f"the webhook got {answer.status}: {said}")
            return said
