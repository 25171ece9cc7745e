"""The composition root: every part made once, started and stopped in order; no logic."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from aiohttp import web
from sqlalchemy.engine import make_url

from bot import wire
from bot.automation.engine import connected
from bot.backups import Backups
from bot.calendars.poller import Poller
from bot.cards.model import Surface
from bot.changes import Changes
from bot.desk import Desk
from bot.fresh import Freshener
from bot.health import Health
from bot.inbox.intake import MailIntake
from bot.inventory.engine import Inventory
from bot.keys import Keys
from bot.keys_settings import key_source
from bot.lent import Lent
from bot.links import Links
from bot.monitors import Monitors
from bot.network_settings import hosts
from bot.once import Kept
from bot.outbox import Outbox
from bot.pages.devices import Devices
from bot.pages.inbox import Inbox
from bot.pages.message import Pen
from bot.pages.pagers import Pagers
from bot.pages.receipts import Receipts
from bot.pages.send import PagerPost
from bot.post import EmailPost
from bot.record import start
from bot.record.forward import Forwarder
from bot.rulebook import rulebook
from bot.settings import Settings
from bot.ticker import Ticker
from bot.tls import Certificate
from bot.token_use import TokenUse
from bot.web.api import Api
from bot.web.beats import Beats
from bot.web.calendar import Calendars
from bot.web.callbacks import Callbacks
from bot.web.dropin_beats import DropinBeats
from bot.web.dropins import Dropins
from bot.web.hooks import Hooks
from bot.web.limits import Limits
from bot.web.peer import Proxies
from bot.web.safety import Safety
from bot.web.server import application, serve
from bot.whois import WhoIsThere
from commands import heartbeats, watch
from commands.door import SYSTEM, Door
from commands.people import Identity
from integrations.base import IntegrationError
from store import audit, definitions, keyring, runs, upkeep
from store.clock import Clock, SystemClock
from store.crypto import Ring
from store.db import Reader, Tx, is_sqlite, postgresql_engine, sqlite_writer_engine
from store.ids import Ids
from store.migrate import alone, upgrade
from store.writer import Lane, PostgresWriter, SqliteWriter, Writer

log = logging.getLogger("pixelview")

LEASE, LEASE_LIFE = "serve", 3_000


class AlreadyServing(Exception):
    """Another process serves this database."""


async def prepare(settings: Settings) -> Ring:
    """The schema brought up to date and the key ring; MissingKey when the key is lost, WrongKey
    when it is another: then nothing was written."""
    wire.use(settings.outside)
    url, source, now = settings.database, key_source(settings), SystemClock().now()
    found = await asyncio.to_thread(source.read)

    def unlock(conn: Any) -> Ring:
        alone(conn)
        upgrade(conn)
        ring = keyring.unlock(Tx(conn, Ring([bytes(32)]), Ids(0)), found, source, now)
        runs.seal_words(Tx(conn, ring, Ids(0)))
        audit.seal_salts(Tx(conn, ring, Ids(0)))
        return ring

    if is_sqlite(url):
        path = make_url(url).database
        if path:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            await asyncio.to_thread(Path(path).touch, 0o600)  # what SQLite puts beside is alike
        engine = sqlite_writer_engine(url)
        try:
            with engine.begin() as conn:
                return unlock(conn)
        finally:
            engine.dispose()
    pg = postgresql_engine(url)
    try:
        async with pg.begin() as aconn:
            return await aconn.run_sync(unlock)
    finally:
        await pg.dispose()


class App:
    """One PixelView process."""

    def __init__(self, settings: Settings, ring: Ring, clock: Clock | None = None) -> None:
        self.settings, self.ring = settings, ring
        self.clock: Clock = clock or SystemClock()
        self.me = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        ids = Ids()
        self.reader = Reader(settings.database, ring, ids)
        rules = rulebook(settings)
        sqlite = is_sqlite(settings.database)
        self.door = Door(self.clock, self.reader, rules, "main" if sqlite else self.me[-8:])
        self.identity = Identity(self.door)
        self.changes = Changes(self.reader)
        self.writer: Writer = (
            SqliteWriter(settings.database, ring, ids, self._committed)
            if sqlite
            else PostgresWriter(self.reader.engine, ring, ids, self._committed)
        )
        self.surfaces: dict[str, Surface] = {}
        self.door.presence = WhoIsThere(self.door, self.identity, self.surfaces)
        self.links = Links(ring, settings.url)
        self.desk = Desk(
            self.door,
            self.identity,
            self.surfaces,
            settings.url,
            prefixes=settings.commands(),
            link_of=lambda account: self.links.account(account, self.clock.now()),
        )
        self.ticker = Ticker(self.door, None if clock else time.monotonic)
        post = (
            EmailPost(settings.mail, self.links, self.door, settings.url) if settings.mail else None
        )
        self.pagers = Pagers(settings.pagers, settings.url)
        self.devices = Devices(self.door, settings.pagers.get("webpush", {}), settings.url)
        self.pagers.put("webpush", self.devices)
        pages = PagerPost(self.door, self.pagers, Pen(self.links, settings.url))
        inbox = Inbox(self.door, self.pagers, pages)
        self.callbacks = Callbacks(self.door, self.pagers, inbox, settings.url)
        self.receipts = Receipts(self.door, self.pagers, inbox)
        accounts = _Accounts(self.identity)
        self.outbox = Outbox(self.door, self.surfaces, post, accounts, settings.url, pages)
        self.automation = connected(self.door, settings, self.outbox.carrier, self.me)
        self.outbox.carrier.others.errands.letters = post.letters if post else None
        self.monitors = Monitors(self.door, settings.intake.sources, settings.url)
        self.outbox.carrier.monitors = self.monitors
        self.calendars = Poller(self.door, settings.calendars, outside=settings.outside.guard())
        self.fresh, self.lent = Freshener(self.reader, self.surfaces), Lent(self)
        self.forwarder = _forwarder(self.door, settings)
        self.hooks = Hooks(
            self.door,
            self.identity,
            url=settings.url,
            max_body=settings.intake.max_body,
            source_settings=settings.intake.sources,
        )
        self.limits = Limits(settings.limits)
        self.hooks.limit = self.limits.intake if settings.limits.intake else None
        self.mail = MailIntake(settings, self.door, self.identity, self.hooks)
        self.health = Health(
            self.door, self.surfaces, self.ticker, self.outbox, self.hooks, self.reader,
            self.pagers, self.mail,
        )  # fmt: skip
        self.keys = Keys(self.door, ring, key_source(settings), self.me)
        self.backups = Backups(self.door, settings, self.me)
        self.inventory = Inventory(self.door, settings, self.me)
        self.health.more += [self.keys, self.backups, self.inventory, self.automation]
        self.door.chats = lambda: [(n, *s.health()) for n, s in self.surfaces.items()]
        self.health.limits = self.limits
        self.health.tokens = self.tokens = TokenUse(self.door, self.identity)
        self.monitors.vitals, self.door.monitors = self.health.vitals, self.monitors.check
        self.tls = self.health.tls = Certificate(settings.tls, self.clock) if settings.tls else None
        self._runner: web.AppRunner | None = None
        self._renewal: asyncio.Task[None] | None = None
        self.lost, self.first_alert = asyncio.Event(), ""

    def _committed(self, wake: set[str], changed: dict[int, int]) -> None:
        if "ticker" in wake:
            self.ticker.wake()
        if "outbox" in wake:
            self.outbox.wake()
        if "sessions" in wake:
            self.identity.entrance.ended()
        if changed:
            self.changes.hint(changed)

    async def open(self, *, wait: bool = True) -> None:
        """Take the lease, load the memory, apply the file to an empty database."""
        await self.writer.start()
        self.door.attach(self.writer)
        await self._take_lease(wait)
        await self.keys.refresh()
        await self.door.system(self._first_definitions)
        await self.door.system(lambda ctx: start.look(ctx, self.settings, self.door.writer_name))
        await self.door.open()
        await self.door.system(watch.start)
        await self.door.system(heartbeats.excuse)
        await self.identity.open()

    async def start(self, host: str, port: int, extra: Sequence[web.AbstractRouteDef] = ()) -> int:
        """Everything runs; the port that listens."""
        await self.open()
        self._connect_surfaces()
        self.pagers.connect()
        routes: list[web.AbstractRouteDef] = [
            *self.hooks.routes(),
            *Dropins(self.hooks, self.door).routes(),
            *DropinBeats(self.hooks, self.door).routes(),
            *Beats(self.door).routes(),
            *self.callbacks.routes(),
            *Api(self.door, self.identity, self.settings.url, self.limits.api).routes(),
            *self.health.routes(),
            *Calendars(self.door, self.settings.url).routes(),
            *extra,
        ]
        app = application(
            routes, self.settings.intake.max_body, safety=self._safety(), proxies=self._proxies()
        )
        app.middlewares.append(self.limits.guard)
        self._console(app)
        self._runner, bound = await serve(app, host, port, self.tls.context if self.tls else None)
        if self.tls is not None:
            await self.tls.start(self.settings.url, host)
        for surface in self.surfaces.values():
            asyncio.get_running_loop().create_task(_connect(surface))
        await self.changes.start()
        await self.outbox.start()
        await self.outbox.troubles.start()
        self.receipts.start()
        self.ticker.start()
        self.keys.start()
        await self.backups.start()
        self.calendars.start()
        self.fresh.start()
        self.lent.start()
        self.tokens.start()
        self.monitors.start()
        await self.inventory.start()
        await self.automation.start()
        if self.forwarder:
            self.forwarder.start()
        await self.mail.start()
        self._renewal = asyncio.get_running_loop().create_task(
            self._renew(), name="pixelview-lease"
        )
        return bound

    async def stop(self) -> None:
        """Stop listening, let what is in the air land, give the lease back."""
        if self._renewal:
            self._renewal.cancel()
            await asyncio.gather(self._renewal, return_exceptions=True)
        if self._runner:
            await self._runner.cleanup()
        if self.tls is not None:
            await self.tls.stop()
        await self.mail.stop()
        if self.forwarder:
            await self.forwarder.stop()
        parts: tuple[Any, ...] = (
            self.automation, self.inventory, self.lent, self.fresh, self.tokens, self.calendars,
            self.ticker, self.keys, self.backups, self.receipts, self.outbox.troubles, self.outbox,
            self.monitors, self.changes, *self.surfaces.values(),
        )  # fmt: skip
        for part in parts:
            await part.stop()
        await self.pagers.close()
        await self.door.system(lambda ctx: upkeep.drop_lease(ctx.tx, LEASE, self.me))
        await self.writer.stop()
        await self.reader.close()

    def _safety(self) -> Safety:
        url = self.settings.url
        return Safety(hosts(self.settings, (url,)), url, self.settings.hsts)

    def _proxies(self) -> Proxies:
        return Proxies(self.settings.trusted_proxies, self.settings.proxy_header)

    def _connect_surfaces(self) -> None:
        if self.settings.slack and "slack" not in self.surfaces:
            from bot.slack import connect_all as slack

            self.surfaces |= slack(self.settings.slack, self.desk, self._account, Kept(self.door))
        if self.settings.discord and "discord" not in self.surfaces:
            from bot.discord import connect as discord

            self.surfaces["discord"] = discord(
                self.settings.discord, self.desk, self._account("discord")
            )

    def _account(self, surface: str) -> Callable[[str], str | None]:
        def find(handle: str) -> str | None:
            person = self.door.definitions().people.get(handle)
            return self.identity.account_of(person, surface) if person else None

        return find

    def _console(self, app: web.Application) -> None:
        from bot.web.console import connect

        connect(app, self)
        for surface in self.surfaces.values():
            routes = getattr(surface, "http_routes", None)
            if routes is not None:
                app.add_routes(routes())

    def _first_definitions(self, ctx: Any) -> None:
        """The file fills a database without any version; later it waits for ``apply``."""
        wanted = self.settings.definitions()
        newest = definitions.newest(ctx.tx)
        if newest is not None:
            changes = definitions.planned(ctx.tx, self.settings.rows())
            if changes:
                log.warning(
                    "the settings file differs from version %d in force in %d definitions: "
                    "pv plan shows them, pv apply puts them in force", newest, len(changes),
                )  # fmt: skip
            return
        version = definitions.apply(
            ctx.tx, ctx.now, "pixelview.yaml", wanted, self.settings.stand_in()
        )
        writer, detail = self.door.writer_name, {"version": version}
        audit.append(ctx.tx, writer, ctx.now, SYSTEM, "config.apply", "ok", None, detail)

    async def _take_lease(self, wait: bool) -> None:
        said = False
        while await self._lease() is None:
            if not wait:
                raise AlreadyServing("another process serves this database")
            if not said:
                log.warning("another process serves this database; waiting for it to end")
                said = True
            await asyncio.sleep(0.25)

    async def _lease(self) -> int | None:
        def take(ctx: Any) -> int | None:
            return upkeep.take_lease(ctx.tx, LEASE, self.me, ctx.now, LEASE_LIFE)

        term = await self.door.system(take, lane=Lane.URGENT)
        if term is not None and self.door.fence is None:
            self.door.fence = upkeep.Fence(LEASE, self.me, term)
        return term

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(1)
            if await self._lease() is None:
                log.critical("another process took the lease over; this one stops")
                self.lost.set()
                return


def _forwarder(door: Door, settings: Settings) -> Forwarder | None:
    syslog = settings.audit.syslog
    return Forwarder(door, syslog) if syslog else None


class _Accounts:
    """A person's account on a surface: known, or found by e-mail and linked."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    async def account(self, person: Any, surface: Surface) -> str | None:
        """The account's id, or None."""
        known = self._identity.account_of(person, surface.name)
        if known is None and person.email:
            known = await surface.account_by_email(person.email)
            if known is None or not await self._identity.matched(person, surface.name, known):
                return None
        return known


async def _connect(surface: Surface) -> None:
    try:
        await surface.start()
    except IntegrationError as error:
        log.error("%s is not connected: %s", surface.name, error)  # noqa: TRY400  it says it all
    except Exception:
        log.exception("%s is not connected", surface.name)
