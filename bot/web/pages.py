"""The pages people read: Now, an incident, who is on call; and the parts a script asks for."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from bot.cards import words
from bot.fits import runs_of
from bot.web import room, runs
from bot.web.acts import Acts
from bot.web.frame import Frames
from bot.web.gate import Gate
from bot.web.grouping import groups
from bot.web.incident import Folder, announced
from bot.web.listing import Listings
from bot.web.live import Live
from bot.web.menus import menus
from bot.web.now import PAGE
from bot.web.ports import Doorway, Extras
from bot.web.reply import Replies
from bot.web.session import HEADERS, Sessions, Visit, fresh_key, local
from bot.web.suggest import Asked, known, suggestions
from bot.web.waiting import Waiting
from bot.web.wanted import EVERYTHING, Wanted, read
from commands import rights
from commands.errors import Invalid, NotFound
from store.model import Incident, IncidentDetail


class Pages:
    """Everything a GET shows."""

    def __init__(
        self,
        door: Doorway,
        listings: Listings,
        frames: Frames,
        acts: Acts,
        replies: Replies,
        live: Live,
        sessions: Sessions,
        extras: Extras,
        waiting: Waiting,
    ) -> None:
        self._door, self._listings, self._frames = door, listings, frames
        self._acts, self._replies, self._live = acts, replies, live
        self._sessions, self._extras, self._waiting = sessions, extras, waiting

    def routes(self, gate: Gate) -> list[web.RouteDef]:
        """Their addresses; each is for who is signed in."""
        return [
            web.get("/", gate.signed(self.now)),
            web.get("/i/{id}", gate.signed(self.incident)),
            web.get("/ask/{verb}", gate.signed(self.ask)),
            web.get("/suggest", gate.signed(self.suggest)),
            web.get("/more", gate.signed(self.more)),
            web.get("/events", gate.signed(self.events)),
        ]

    # Now

    async def now(self, request: web.Request, visit: Visit) -> web.Response:
        """The list an address asks for."""
        first = await self._frames.rail.first(visit)
        if first is not None and not request.query:
            headers = {**HEADERS, "Location": first.url()}
            return web.Response(status=303, headers=headers)
        wanted = read(request.query, visit.now, visit.zone)
        everything = await self._listings.open(visit)
        board = self._frames.board(visit)
        wrong, found, more, whole = wanted.wrong, tuple[Incident, ...](), None, True
        if not wrong:
            try:
                found, more, whole = await self._found(wanted, visit)
            except Invalid as error:
                wrong = _wrong(error, wanted)
        drawn = groups(board, found, wanted, whole)
        shown = sum(len(g.rows) for g in drawn)
        return await self._frames.page(
            request,
            visit,
            "now.html",
            status=422 if wrong else 200,
            here="now",
            wanted=wanted,
            menus=menus(wanted, everything, board.teams),
            groups=drawn,
            wrong=words.clean(wrong),
            everything_url=EVERYTHING if first is not None else wanted.bare().url(),
            total=len(found),
            whole=whole,
            first=(wanted.page - 1) * PAGE + 1 if shown else 0,
            shown=shown,
            earlier=_earlier(wanted),
            later=more,
            empty=await self._empty(wanted, visit) if not shown and not wrong else None,
        )

    async def _found(
        self, wanted: Wanted, visit: Visit
    ) -> tuple[tuple[Incident, ...], Wanted | None, bool]:
        """The incidents of a list, its next page, and whether these are all of them. What is over
        is read page by page."""
        if wanted.open:
            there = await self._listings.open(visit, wanted.args(visit.zone))
            more = len(there.incidents) > wanted.page * PAGE
            later = wanted.on_page(wanted.page + 1) if more else None
            return there.incidents, later, there.whole
        page = await self._listings.page(visit, wanted.args(visit.zone), PAGE, wanted.cursor)
        later = wanted.on_page(wanted.page + 1, page.next) if page.next else None
        return page.incidents, later, True

    async def _empty(self, wanted: Wanted, visit: Visit) -> dict[str, Any]:
        """Why there is nothing: a filter, a quiet night, or the very first start."""
        if wanted.page > 1:
            return {"kind": "end"}
        if wanted.narrow or not wanted.open:
            asked = {**wanted.args(visit.zone), "limit": "1"}
            hint = (await self._listings.page(visit, asked, 1, "")).hint
            return {"kind": "filter", "hint": hint}
        last = await self._listings.page(visit, {"status": "resolved"}, 1, "")
        heard = [s for s in self._frames.signs() if s.at is not None]
        if not last.incidents:
            may = rights.may(self._door.definitions(), visit.actor, "config.write")
            return {"kind": "first", "curl": self._extras.first_alert() if may else ""}
        return {
            "kind": "quiet",
            "last": self._frames.board(visit).row(last.incidents[0]),
            "heard": max(heard, key=lambda s: s.at or 0) if heard else None,
        }

    # one incident

    async def incident(self, request: web.Request, visit: Visit) -> web.Response:
        """One incident with everything behind it."""
        detail = await self._detail(request.match_info["id"], visit)
        reader = self._acts.reader(visit)
        tab, whole = request.query.get("tab", ""), "all" in request.query
        fit = runs_of(detail, self._door.rules)
        folder = Folder(detail, self._door.definitions(), reader, tab, whole, fit)
        context = folder.context()
        return await self._frames.page(
            request,
            visit,
            "incident.html",
            here="incident",
            **context,
            hidden=folder.hidden,
            room=room.box(detail, self._door.definitions(), reader, visit.actor.id),
            announced=announced(context["places"]),
            key=fresh_key(),
            runs=await runs.of_incident(self._door, visit, detail.incident.id),
            waiting=await self._waiting.every(visit, detail.incident.id),
        )

    async def _detail(self, text: str, visit: Visit) -> IncidentDetail:
        if not (text.isascii() and text.isdecimal() and len(text) < 16):
            raise NotFound(f"There is no incident #{words.cut(words.clean(text), 40)}.")
        found: IncidentDetail = await self._door.ask("show", {"incident": int(text)}, visit.actor)
        return found

    # asking first

    async def ask(self, request: web.Request, visit: Visit) -> web.Response:
        """What a verb asks before it runs, or what a query answers."""
        text = request.query.get("incident", "")
        number = int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None
        back = f"/i/{number}" if number is not None else local(request.query.get("back", "/"))
        given = {k: v[:2_000] for k, v in request.query.items() if k not in ("incident", "back")}
        said = await self._acts.sheet(request.match_info["verb"], number, visit, given)
        return await self._replies.send(request, visit, said, back)

    async def suggest(self, request: web.Request, visit: Visit) -> web.Response:
        """What the letters typed so far could become."""
        text = words.cut(words.clean(request.query.get("q", "")), 200)
        everything = await self._listings.open(visit)
        people = self._door.definitions().people
        views = await self._frames.rail.names(visit)
        asked = Asked(visit.now, visit.zone, known(everything, self._door.definitions(), views))
        found = suggestions(text, everything.incidents, people.values(), asked)
        return web.json_response(found, headers=HEADERS)

    # the rest

    async def more(self, request: web.Request, visit: Visit) -> web.Response:
        """On a phone: everything that stands beside the list on a desk."""
        return await self._frames.page(request, visit, "more.html", here="more")

    async def events(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Tell this console what changes, for as long as its session lasts."""

        async def allowed() -> bool:
            return await self._sessions.lives(visit.session)

        async def seen(batch: list[tuple[int, int]]) -> list[tuple[int, int]]:
            if (look := self._extras.seen) is None:
                return batch
            return await look(visit.actor, batch)

        return await self._live.stream(request, allowed, seen)


def _wrong(error: Invalid, wanted: Wanted) -> str:
    """``severity=loud: loud is not a severity: critical …``."""
    value = wanted.values.get(error.where) or " ".join(wanted.extra)
    said = f"{error.where}={value}" if error.where in wanted.values else value
    return f"{said}: {error.error}" if said else error.error


def _earlier(wanted: Wanted) -> Wanted | None:
    """The page before; a list of what is over only knows its first."""
    if wanted.page == 1:
        return None
    return wanted.on_page(wanted.page - 1) if wanted.open else wanted.on_page(1)
