"""The pages behind the links of update mails: a GET shows what would be done, only its POST does
it; mail programs may send that POST themselves (RFC 8058)."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from bot.web.frame import Frames
from bot.web.peer import address
from commands import subscriptions
from commands.context import Ctx
from commands.door import Door
from store import audit
from store import stakeholders as rows
from store.model import Actor, Instant
from store.model.stakeholder import Subscription

ReadLink = Callable[[str, Instant], tuple[str, int] | None]


class UpdateLinks:
    """``/updates/<token>``: yes to updates, or no more of them."""

    def __init__(self, door: Door, frames: Frames, read: ReadLink) -> None:
        self._door, self._frames, self._read = door, frames, read

    def routes(self) -> list[web.RouteDef]:
        """Its addresses."""
        return [web.get("/updates/{token}", self.look), web.post("/updates/{token}", self.act)]

    async def look(self, request: web.Request) -> web.Response:
        """What the link would do."""
        meant = self._meant(request)
        if meant is None:
            return self._gone()
        deed, number = meant
        found = await self._door.reader.read(lambda tx: rows.get(tx, number))
        if found is None:
            return self._gone(deed)
        return self._frames.plain("updates.html", deed=deed, about=_about(found), done=False)

    async def act(self, request: web.Request) -> web.Response:
        """Do it; again is the same."""
        meant = self._meant(request)
        if meant is None:
            return self._gone()
        deed, number = meant
        run = subscriptions.confirm if deed == "confirm" else subscriptions.leave
        by = Actor("stranger", "", "an address", "email", address=address(request))
        name = f"updates.{deed}"

        def do(ctx: Ctx) -> Subscription | None:
            done = run(ctx, number)
            outcome = "ok" if done is not None else "nothing"
            detail = {"subscription": number}
            audit.append(ctx.tx, self._door.writer_name, ctx.now, by, name, outcome, None, detail)
            return done

        found = await self._door.system(do)
        if found is None:
            return self._gone(deed)
        return self._frames.plain("updates.html", deed=deed, about=_about(found), done=True)

    def _meant(self, request: web.Request) -> tuple[str, int] | None:
        return self._read(request.match_info["token"], self._door.clock.now())

    def _gone(self, deed: str = "") -> web.Response:
        status = 200 if deed == "leave" else 410
        return self._frames.plain("updates.html", status, deed=deed, about="", done=False)


def _about(found: Subscription) -> str:
    return "one incident" if found.subject.kind == "incident" else str(found.subject)
