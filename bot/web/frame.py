"""What stands around every page: the rail, who is on call, what happens next, health."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.cards import words
from bot.cards.incident import card
from bot.cards.model import Card
from bot.web import render
from bot.web.listing import Listings
from bot.web.look import Look
from bot.web.now import Board
from bot.web.ports import Doorway, Duty, Extras, Sign
from bot.web.rail import Rail
from bot.web.session import HEADERS, Visit
from bot.web.wanted import Wanted
from bot.web.works import works
from commands import rights
from store.model import IncidentDetail

_HTML = {**HEADERS, "Content-Type": "text/html; charset=utf-8"}


def _total(count: int, whole: bool) -> str:
    return str(count) if whole else f"{count}+"


@dataclass(frozen=True, slots=True)
class OnCall:
    """One line of who is on call; without a name nobody is."""

    name: str
    handle: str
    what: str
    until: int | None


class Frames:
    """Draws pages for somebody who is signed in, and plain ones for everybody else."""

    def __init__(self, door: Doorway, listings: Listings, extras: Extras, look: Look) -> None:
        self._door, self._listings = door, listings
        self._extras, self._look = extras, look
        self.rail = Rail(listings)

    def board(self, visit: Visit) -> Board:
        """Incidents as rows for one reader."""
        return Board(self._door.definitions(), visit.now, visit.actor.id)

    async def page(
        self,
        request: web.Request,
        visit: Visit,
        name: str,
        *,
        status: int = 200,
        here: str = "",
        wanted: Wanted | None = None,
        **more: Any,
    ) -> web.Response:
        """One page with everything around it."""
        everything = await self._listings.open(visit)
        board = self.board(visit)
        duties = self.on_call()
        views = await self.rail.views(visit, everything, board, wanted)
        context: dict[str, Any] = {
            "visit": visit,
            "here": here,
            "back": more.pop("back", request.path_qs),
            "open_total": _total(len(everything.incidents), everything.whole),
            "views": views,
            "view": next((v for v in views if v.here and v.name), None),
            "on_call": duties,
            "my_duties": [d for d in duties or () if d.handle == visit.actor.id],
            "soon": board.soon(everything.incidents),
            "works": await works(self._door, visit, beside=True),
            "signs": self.signs(),
            "banner": self._extras.banner(),
            "surfaces": [words.clean(s).capitalize() for s in self._extras.surfaces()],
            "bindings": render.bindings(),
            "may_read_record": bool(
                rights.may(self._door.definitions(), visit.actor, "audit.read")
            ),
            "wanted": wanted,
            **more,
        }
        return self._drawn(name, context, status)

    def on_call(self) -> list[OnCall] | None:
        """Who is on call; None where that is not known here."""
        if self._extras.on_call is None:
            return None
        return [self._duty(d) for d in self._extras.on_call()]

    def _duty(self, duty: Duty) -> OnCall:
        person = self._door.definitions().people.get(duty.handle)
        name = words.clean(person.name) if person else ""
        return OnCall(name, duty.handle, words.clean(duty.what), duty.until)

    def signs(self) -> Sequence[Sign]:
        """The Health box."""
        return self._extras.health()

    def plain(self, name: str, status: int = 200, **context: Any) -> web.Response:
        """A page for somebody who is not signed in."""
        return self._drawn(name, {"visit": None, "here": "", **context}, status)

    def card(self, detail: IncidentDetail, base: str, now: int, zone: str) -> dict[str, Any]:
        """The two lines of a card that say what it is about, for a page of its own."""
        drawn = card(detail, self._door.definitions(), base, now=now, threads=True)
        over = drawn.head.word in {"RESOLVED", "MERGED"}
        return {
            "id": drawn.id,
            "mark": "resolved" if over else str(detail.incident.severity),
            "word": drawn.head.word.capitalize(),
            "title": drawn.head.title,
            "state": render.spans(drawn.state.spans, render.Reader(now, zone, base)),
            "value": render.value(drawn),
        }

    def about(self, drawn: Card, base: str, now: int, zone: str) -> dict[str, Any]:
        """The same of a card that is about no incident."""
        return {
            "id": drawn.head.id,
            "mark": "info",
            "word": drawn.head.word.capitalize(),
            "title": drawn.head.title,
            "state": render.spans(drawn.state.spans, render.Reader(now, zone, base)),
            "value": render.value(drawn),
        }

    def fragment(self, name: str, **context: Any) -> str:
        """A part of a page."""
        return self._look.page(name, context)

    def _drawn(self, name: str, context: Mapping[str, Any], status: int) -> web.Response:
        return web.Response(text=self._look.page(name, context), status=status, headers=_HTML)
