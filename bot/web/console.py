"""The web console: its parts made once and put under their addresses; no logic."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from aiohttp import web

from bot import numbers
from bot.cards.abouts import ABOUTS
from bot.cards.model import Answer, Card
from bot.cards.scene import Scene
from bot.discreet import of_person
from bot.glimpses import Glimpses
from bot.pages.standing import Standings
from bot.record.download import Recording
from bot.web.access import AccessPage
from bot.web.acts import Acts
from bot.web.asked import AskedPages
from bot.web.automations import AutomationPages
from bot.web.bodies import BodyPages
from bot.web.deeds import Deeds
from bot.web.definitions import DefinitionPages
from bot.web.frame import Frames
from bot.web.gate import Gate
from bot.web.infra import InfraPages
from bot.web.inventory import InventoryPages
from bot.web.linking import Accounts, Linking, Read
from bot.web.listing import Listings
from bot.web.live import Live
from bot.web.look import Look
from bot.web.me import Me, Own
from bot.web.oidc import Oidc, oidc_of
from bot.web.oncall import OnCallPage
from bot.web.pages import Pages
from bot.web.ports import ChangeFeed, Doorway, Duty, Extras, Identities, Where
from bot.web.posts import Posts
from bot.web.privacy import PrivacyPages
from bot.web.record import RecordPage
from bot.web.reply import Replies
from bot.web.runs import RunPages
from bot.web.session import Sessions
from bot.web.sessions import SessionPages
from bot.web.setup import SetupPage
from bot.web.signin import SignInPages
from bot.web.status import StatusPages
from bot.web.updates import ReadLink, UpdateLinks
from bot.web.waiting import Waiting
from bot.web.workflows import WorkflowPages
from commands.door import Door
from commands.mine import Reach
from commands.prove import contacts as contacts_of
from commands.rules.oncall import duty
from commands.rules.reach import Contacts
from store import upkeep
from store.db import Reader
from store.model import Actor, Definitions, Team
from store.model.status import StatusPage


class Console:
    """Everything people see in a browser."""

    def __init__(
        self,
        door: Doorway,
        identity: Identities,
        changes: ChangeFeed,
        settings: Where,
        extras: Extras,
    ) -> None:
        self.look = Look()
        self.listings = Listings(door, extras.newest)
        self.live = Live(changes, self.listings.stale)
        self._sessions = sessions = Sessions(door, identity, settings)
        self.entrance = identity.entrance
        identity.entrance.watchers.append(self.live.look_again)
        acts = Acts(door, extras.typed, settings.url)
        frames = Frames(door, self.listings, extras, self.look)
        replies = Replies(frames)
        self._gate = Gate(sessions, acts, frames)
        self._deeds = Deeds(door, settings, acts, frames, extras)
        self._door, self._frames = door, frames
        waiting = Waiting(door, settings.url, extras)
        self._pages = Pages(
            door, self.listings, frames, acts, replies, self.live, sessions, extras, waiting
        )
        self._posts = Posts(acts, replies, self.listings)
        self._on_call = OnCallPage(door, frames, extras)
        infra = InventoryPages(door, frames), InfraPages(door, frames)
        auto = AutomationPages(door, frames), RunPages(door, frames, settings.url)
        asked = AskedPages(waiting, frames)
        self._more = *infra, *auto, asked, WorkflowPages(door, frames)
        self._definitions = DefinitionPages(door, frames)
        self._setup = SetupPage(door, frames)
        self._access = AccessPage(door, frames)
        self._privacy = PrivacyPages(door, frames)
        reads = extras.receiving
        self._bodies = BodyPages(door, frames, reads) if reads is not None else None

    def add_to(self, app: web.Application) -> None:
        """Its routes; it listens to changes for as long as the application runs."""
        app.add_routes(
            [
                *self._deeds.routes(),
                *self._pages.routes(self._gate),
                *self._posts.routes(self._gate),
                *self._on_call.routes(self._gate),
                *(route for each in self._more for route in each.routes(self._gate)),
                *self._definitions.routes(self._gate),
                *self._setup.routes(self._gate),
                *self._access.routes(self._gate),
                *self._privacy.routes(self._gate),
                *(self._bodies.routes(self._gate) if self._bodies is not None else ()),
                web.get("/static/{mark}/{name}", self.look.static.serve),
                web.get("/favicon.ico", self._icon),
            ]
        )
        app.on_startup.append(self._start)
        app.on_shutdown.append(self._stop)

    def record(self, recording: Recording) -> list[web.RouteDef]:
        """The addresses of the record."""
        return RecordPage(self._door, recording, self._frames).routes(self._gate)

    def signin(
        self, oidc: Callable[[Sessions, Frames], Oidc | None], *, mails: bool
    ) -> list[web.RouteDef]:
        """The ways in and out."""
        found = oidc(self._sessions, self._frames)
        pages = SignInPages(self.entrance, self._sessions, self._frames, found, mails=mails)
        return pages.routes(self._gate)

    def own_sessions(self, door: Door) -> list[web.RouteDef]:
        """Where one is signed in."""
        return SessionPages(door, self._frames).routes(self._gate)

    def status(self, reader: Reader, page: StatusPage, url: str) -> list[web.RouteDef]:
        """The addresses of the status page."""
        return StatusPages(self._door, reader, page, self.look, url).routes(self._gate)

    def updates(self, door: Door, read: ReadLink) -> list[web.RouteDef]:
        """The addresses that mails with updates lead to."""
        return UpdateLinks(door, self._frames, read).routes()

    def linking(self, accounts: Accounts, read: Read) -> list[web.RouteDef]:
        """The addresses by which chat accounts become people."""
        return Linking(self._door, accounts, self._frames, read).routes(self._gate)

    def me(
        self,
        own: Own,
        contacts: Callable[[str], Awaitable[Sequence[Reach]]],
        contact_card: Callable[[], str],
        senders: Sequence[str],
    ) -> list[web.RouteDef]:
        """The addresses about oneself, and what makes the console installable."""
        page = Me(self._frames, self.look, own, contacts, contact_card, senders)
        return page.routes(self._gate)

    async def _icon(self, request: web.Request) -> web.Response:
        headers = {"Location": self.look.static.url("icon.svg"), "Cache-Control": "no-store"}
        return web.Response(status=302, headers=headers)

    async def _start(self, app: web.Application) -> None:
        await self.live.start()

    async def _stop(self, app: web.Application) -> None:
        await self.live.stop()


class Whole(Protocol):
    """One PixelView process, as far as its console looks into it."""

    door: Any
    identity: Any
    changes: Any
    settings: Any
    health: Any
    desk: Any
    links: Any
    surfaces: Any
    pagers: Any
    devices: Any
    first_alert: str


def connect(app: web.Application, whole: Whole) -> Console:
    """Put the console of a whole PixelView into its HTTP server."""
    console = Console(whole.door, whole.identity, whole.changes, whole.settings, _extras(whole))
    console.add_to(app)
    app.add_routes(
        console.signin(lambda s, f: oidc_of(whole, s, f), mails=whole.settings.mail is not None)
    )
    app.add_routes(console.own_sessions(whole.door))
    app.add_routes(console.linking(whole.identity, whole.links.read_account))
    app.add_routes(console.updates(whole.door, whole.links.read_subscription))
    app.add_routes(console.record(whole.door))
    if (page := whole.door.rules.status) is not None:
        app.add_routes(console.status(whole.door.reader, page, whole.settings.url))
    standings = Standings(whole.door, whole.pagers)
    settings = whole.settings
    app.add_routes(
        console.me(
            whole.devices,
            standings.of,
            lambda: numbers.card(settings),
            numbers.senders(settings),
        )
    )
    return console


def _extras(whole: Whole) -> Extras:
    def on_call() -> list[Duty]:
        definitions, now = whole.door.definitions(), whole.door.clock.now()
        return [
            each for team in definitions.teams.values() for each in _duties(definitions, team, now)
        ]

    async def newest() -> int:
        found: int = await whole.door.reader.read(upkeep.newest_change)
        return found

    async def reachable() -> Contacts:
        found: Contacts = await whole.door.reader.read(lambda tx: contacts_of(tx, whole.door.rules))
        return found

    async def about(kind: str, number: int, handle: str) -> Card | None:
        drawn = ABOUTS.get(kind)
        if drawn is None:
            return None
        sight = of_person(whole.door, handle, "web")
        noun = await sight.read(whole.door.reader, lambda tx: drawn.read(tx, str(number)))
        definitions, now = whole.door.definitions(), whole.door.clock.now()
        scene = Scene(definitions, whole.settings.url, now, handle, False)
        return drawn.card(noun, scene) if noun is not None else None

    typed: Callable[[str, Actor, str, int | None], Awaitable[Answer]] = whole.desk.line
    return Extras(
        health=whole.health.signs,
        banner=whole.health.banner,
        on_call=on_call,
        typed=typed,
        first_alert=lambda: whole.first_alert,
        surfaces=lambda: list(whole.surfaces),
        newest=newest,
        read_link=whole.links.read,
        about=about,
        reachable=reachable,
        receiving=whole.door.rules.receiving,
        seen=Glimpses(whole.door).seen,
    )


def _duties(definitions: Definitions, team: Team, now: int) -> list[Duty]:
    """Who is on call for a team and until when; nobody, until the gap in its schedule ends."""
    what, schedule = f"team {team.name}", duty.schedule_of(definitions, team)
    people = duty.duty(definitions, team, now)
    if not people:
        return [Duty("", what, duty.begins(schedule, now) if schedule else None)]
    return [Duty(on.person, what, duty.until(definitions, on, now)) for on in people]
