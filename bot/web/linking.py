"""Saying who a chat account is: the link somebody unknown is shown after a press."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from aiohttp import web

from bot.web.frame import Frames
from bot.web.gate import Gate
from bot.web.ports import Doorway
from bot.web.session import Visit
from commands.words import surface_name
from store.model import Actor, Person

Read = Callable[[str, int], tuple[str, str, str] | None]


class Accounts(Protocol):
    """Which chat account is which person."""

    def known(self, surface: str, account: str) -> Person | None:
        """The person an account belongs to."""
        ...

    def claim(
        self, actor: Actor, person: Person, surface: str, account: str, token: str
    ) -> Awaitable[bool]:
        """Remember that an account is a person, by the link it was shown: good once."""
        ...

    def was_claimed(self, token: str) -> Awaitable[bool]:
        """Whether a link was used already."""
        ...

    def look_again(self) -> Awaitable[None]:
        """Take over what was linked meanwhile."""
        ...


class Linking:
    """``/link/<token>``: whoever is signed in says that the account is theirs. A GET only asks."""

    def __init__(self, door: Doorway, accounts: Accounts, frames: Frames, read: Read) -> None:
        self._door, self._accounts = door, accounts
        self._frames, self._read = frames, read

    def routes(self, gate: Gate) -> list[web.RouteDef]:
        """Its addresses."""
        return [
            web.get("/link/{token}", gate.signed(self.look)),
            web.post("/link/{token}", gate.signed(self.link)),
        ]

    async def look(self, request: web.Request, visit: Visit) -> web.Response:
        """What the link would do."""
        return await self._page(request, visit)

    async def link(self, request: web.Request, visit: Visit) -> web.Response:
        """Do it, unless the account is somebody else's."""
        found = self._read(request.match_info["token"], visit.now)
        if found is None or visit.person is None:
            return await self._page(request, visit)
        surface, account, _ = found
        token = request.match_info["token"]
        await self._accounts.claim(visit.actor, visit.person, surface, account, token)
        return await self._page(request, visit)

    async def _is_over(self, token: str, found: tuple[str, str, str]) -> bool:
        """Whether a link was used, and its account was let go since."""
        nobody = self._accounts.known(found[0], found[1]) is None
        return nobody and await self._accounts.was_claimed(token)

    async def _page(self, request: web.Request, visit: Visit) -> web.Response:
        token = request.match_info["token"]
        found = self._read(token, visit.now)
        await self._accounts.look_again()
        if found is not None and await self._is_over(token, found):
            found = None
        if found is None:
            return await self._frames.page(
                request, visit, "link.html", status=410, account=None, owner=None, chat=""
            )
        surface, account, name = found
        owner = self._accounts.known(surface, account)
        taken = owner is not None and owner.handle != visit.actor.id
        return await self._frames.page(
            request,
            visit,
            "link.html",
            status=409 if taken else 200,
            account=name,
            owner=owner,
            chat=surface_name(surface),
        )
