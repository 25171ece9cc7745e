"""The links of pages: a GET shows what would be done and for whom, only its POST acts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.cards import buttons
from bot.links import Deed
from bot.web.acts import Acts
from bot.web.frame import Frames
from bot.web.gate import form
from bot.web.peer import address
from bot.web.ports import Doorway, Extras, Where
from bot.web.session import Visit, fresh_key
from commands.errors import CommandError
from commands.people import actor_of
from commands.registry import CATALOG, Verb
from store.model import Actor, Person


@dataclass(frozen=True, slots=True)
class _Found:
    """A link that is ours and fresh: the verb, who acts, and the card it is about."""

    verb: Verb
    deed: Deed
    person: Person
    card: dict[str, Any]

    @property
    def args(self) -> dict[str, int]:
        return {self.verb.noun: self.deed.number}

    def actor(self, address: str = "") -> Actor:
        return actor_of(self.person, self.deed.via, address)


class Deeds:
    """``/l/<token>``."""

    def __init__(
        self, door: Doorway, settings: Where, acts: Acts, frames: Frames, extras: Extras
    ) -> None:
        self._door, self._settings = door, settings
        self._acts, self._frames, self._extras = acts, frames, extras

    def routes(self) -> list[web.RouteDef]:
        """Its addresses."""
        return [web.get("/l/{token}", self.look), web.post("/l/{token}", self.act)]

    async def look(self, request: web.Request) -> web.Response:
        """What the link would do, and the button that does it."""
        found = await self._find(request)
        return self._page(found) if found else self._frames.plain("out.html", 410, old=True)

    async def act(self, request: web.Request) -> web.Response:
        """Do it, in that person's name, from the channel the link was sent by."""
        found = await self._find(request)
        if found is None:
            return self._frames.plain("out.html", 410, old=True)
        key = (await form(request)).get("key") or None
        actor, now = found.actor(address(request)), self._door.clock.now()
        name, number = found.verb.name, found.deed.number
        try:
            done = await self._door.do(name, found.args, actor, key=key)
        except CommandError as error:
            visit = Visit(actor, found.person, "", now, found.person.zone, False)
            about = number if found.verb.about == "incident" else None
            said = self._acts.words(error, visit, name, about)
            return self._page(found, error.status, said=said)
        return self._page(await self._find(request) or found, done=done.say)

    def _page(self, found: _Found, status: int = 200, **more: object) -> web.Response:
        verb = found.verb
        label = buttons.plain(verb.buttons[0].label) if verb.buttons else verb.name.capitalize()
        return self._frames.plain(
            "deed.html",
            status,
            person=found.person,
            label=label,
            help=verb.help,
            card=found.card,
            key=fresh_key(),
            **{"done": "", "said": "", **more},
        )

    async def _find(self, request: web.Request) -> _Found | None:
        read, now = self._extras.read_link, self._door.clock.now()
        deed = read(request.match_info["token"], now) if read else None
        verb = CATALOG.get(deed.verb) if deed else None
        person = self._door.definitions().people.get(deed.person) if deed else None
        if deed is None or verb is None or verb.query or person is None:
            return None
        card = await self._card(verb, deed, person, now)
        return _Found(verb, deed, person, card) if card else None

    async def _card(
        self, verb: Verb, deed: Deed, person: Person, now: int
    ) -> dict[str, Any] | None:
        base = self._settings.url
        if verb.about != "incident":
            read = self._extras.about
            drawn = await read(verb.about, deed.number, person.handle) if read else None
            return self._frames.about(drawn, base, now, person.zone) if drawn else None
        try:
            asker = actor_of(person, deed.via)
            detail = await self._door.ask("show", {"incident": deed.number}, asker)
        except CommandError:
            return None
        return self._frames.card(detail, base, now, person.zone)
