"""The status page: what others may read of incidents, as HTML, JSON and Atom. It is drawn at most
every few seconds however many ask, sets no cookie, runs no script, and says what was published."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import blake2b
from time import monotonic
from typing import Any
from xml.etree import ElementTree as ET

from aiohttp import web

from bot.cards import words
from bot.web.gate import Gate
from bot.web.look import Look
from bot.web.peer import address
from bot.web.ports import Doorway
from bot.web.session import HEADERS, Visit
from commands import publishing
from commands.rules.status import Entry, Shown, Work
from commands.sight import Sight
from commands.words import duration
from store.db import Reader
from store.model import Instant
from store.model.status import StatusPage

FRESH = 5.0
"""Seconds that one drawing of the page serves."""
BURST, RATE = 120.0, 4.0
"""So many requests of one address at once, then so many a second."""
_KNOWN = 10_000
_PUBLIC = {
    **{k: v for k, v in HEADERS.items() if k not in ("Cache-Control", "Vary")},
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "public, max-age=15",
}
_ATOM = "http://www.w3.org/2005/Atom"
_PATHS = {"html": "/status", "json": "/status.json", "atom": "/status/feed"}
_TYPES = {
    "html": "text/html; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
}
_MONTHS = "January February March April May June July August September October November December"
_PHASES = {
    "investigating": "Being looked into",
    "identified": "Cause known",
    "monitoring": "Being watched",
    "resolved": "Over",
}


class Limit:
    """So many requests of one address; bounded, however many addresses there are."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, address: str) -> int:
        """Seconds until it may ask again; 0 where it may now."""
        now = self._clock()
        left, at = self._left.pop(address, (BURST, now))
        left = min(BURST, left + (now - at) * RATE)
        while len(self._left) >= _KNOWN:
            self._left.popitem(last=False)
        self._left[address] = (max(left - 1, 0.0), now)
        return 0 if left >= 1 else int((1 - left) / RATE) + 1


@dataclass(slots=True)
class _Drawn:
    at: float
    shown: Shown
    bodies: dict[str, bytes]


class StatusPages:
    """``/status``, ``/status.json`` and ``/status/feed``."""

    def __init__(
        self, door: Doorway, reader: Reader, page: StatusPage, look: Look, url: str,
        clock: Callable[[], float] = monotonic,
    ) -> None:  # fmt: skip
        self._door, self._reader, self._page = door, reader, page
        self._look, self._url, self._clock = look, url.rstrip("/"), clock
        self._drawn: _Drawn | None = None
        self.limit = Limit(clock)

    def routes(self, gate: Gate) -> list[web.RouteDef]:
        """Their addresses; one that is not public is for who is signed in."""
        found = []
        for kind, path in _PATHS.items():
            serve = self._serving(kind)
            found.append(web.get(path, serve if self._page.public else gate.signed(_inside(serve))))
        return found

    def _serving(self, kind: str) -> Callable[[web.Request], Any]:
        async def serve(request: web.Request) -> web.Response:
            wait = self.limit.wait(address(request))
            if wait:
                headers = {**_PUBLIC, "Cache-Control": "no-store", "Retry-After": str(wait)}
                return web.Response(status=429, text="Too many requests.", headers=headers)
            body = (await self._fresh()).bodies[kind]
            return self._answer(request, kind, body)

        return serve

    def _answer(self, request: web.Request, kind: str, body: bytes) -> web.Response:
        mark = f'"{blake2b(body, digest_size=12).hexdigest()}"'
        headers = {**_PUBLIC, "ETag": mark, "Content-Type": _TYPES[kind]}
        if not self._page.public:
            headers |= {"Cache-Control": "private, no-store", "Vary": "Cookie"}
        elif kind != "html":
            headers["Access-Control-Allow-Origin"] = "*"
        if mark in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, headers=headers)

    async def _fresh(self) -> _Drawn:
        now = self._clock()
        if self._drawn is None or now - self._drawn.at >= FRESH:
            page, at = self._page, self._door.clock.now()
            sight = Sight.everybody()
            shown = await sight.read(self._reader, lambda tx: publishing.shown(tx, page, at))
            bodies = {"html": self._html(shown), "json": _json(shown), "atom": self._atom(shown)}
            self._drawn = _Drawn(now, shown, bodies)
        return self._drawn

    def _html(self, shown: Shown) -> bytes:
        text = self._look.page("status.html", {"page": shown, "w": _Words(shown), "url": self._url})
        return text.encode()

    def _atom(self, shown: Shown) -> bytes:
        """One entry for each line that was published, the latest first."""
        feed = ET.Element("feed", {"xmlns": _ATOM, "xml:lang": "en"})
        here = f"{self._url}/status"
        _add(feed, "title", words.clean(shown.title))
        _add(feed, "id", here)
        _add(feed, "updated", _iso(max((e.changed for e in shown.entries), default=0)))
        _add(_add(feed, "author"), "name", words.clean(shown.title))
        _add(feed, "link", rel="self", href=f"{here}/feed", type="application/atom+xml")
        _add(feed, "link", rel="alternate", href=here, type="text/html")
        for at, entry, phase, text in sorted(_lines(shown), key=lambda f: f[0], reverse=True)[:50]:
            one = _add(feed, "entry")
            _add(one, "id", f"{here}#{entry.key}.{at}")
            _add(one, "title", f"{words.clean(entry.title)} · {_PHASES[phase].casefold()}")
            _add(one, "updated", _iso(at))
            _add(one, "published", _iso(at))
            _add(one, "link", rel="alternate", href=f"{here}#{entry.key}", type="text/html")
            said = "\n".join(map(words.clean, text.splitlines())) or _PHASES[phase]
            _add(one, "content", said, type="text")
        body: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
        return body


def _inside(serve: Callable[[web.Request], Any]) -> Any:
    async def signed(request: web.Request, visit: Visit) -> web.StreamResponse:
        answer: web.StreamResponse = await serve(request)
        return answer

    return signed


def _lines(shown: Shown) -> list[tuple[Instant, Entry, str, str]]:
    found = [(line.at, e, line.phase, line.text) for e in shown.entries for line in e.lines]
    said = {e.key for _, e, phase, _ in found if phase == "resolved"}
    return found + [
        (e.over, e, "resolved", "")
        for e in shown.entries
        if e.over is not None and e.key not in said
    ]


def _add(above: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
    one = ET.SubElement(above, tag, attributes)
    one.text = text or None
    return one


def _iso(at: Instant) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _json(shown: Shown) -> bytes:
    """The page for programs."""
    found = {
        "title": shown.title,
        "state": shown.state,
        "headline": shown.headline,
        "components": [{"name": p.name, "state": p.state, "words": p.word} for p in shown.parts],
        "incidents": [_incident(e) for e in shown.entries],
        "maintenance": [_work(w) for w in shown.work],
    }
    return json.dumps(found, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def _incident(e: Entry) -> dict[str, Any]:
    return {
        "id": e.key,
        "title": e.title,
        "impact": e.impact,
        "phase": e.phase,
        "components": list(e.components),
        "began_at": _iso(e.began),
        "over_at": _iso(e.over) if e.over is not None else None,
        "updates": [{"at": _iso(u.at), "phase": u.phase, "text": u.text} for u in e.lines],
    }


def _work(w: Work) -> dict[str, Any]:
    return {
        "id": w.key, "title": w.title, "components": list(w.components),
        "starts_at": _iso(w.starts), "ends_at": _iso(w.ends), "now": w.now,
    }  # fmt: skip


def _day(day: date) -> str:
    """``22 November``."""
    return f"{day.day} {_MONTHS.split()[day.month - 1]}"


def _stretch(days: list[date]) -> Iterator[tuple[str, tuple[Entry, ...], int]]:
    """``10 to 21 November``."""
    if not days:
        return
    last, first = days[0], days[-1]
    start = str(first.day) if first.month == last.month else _day(first)
    yield f"{start} to {_day(last)}" if first != last else _day(last), (), 0


class _Words:
    """How the page says times: on the clock of its zone, with the zone's name."""

    def __init__(self, shown: Shown) -> None:
        self._shown = shown

    @staticmethod
    def phase(name: str) -> str:
        """How far it is, in words."""
        return _PHASES[name]

    @staticmethod
    def iso(at: Instant) -> str:
        """For programs."""
        return _iso(at)

    def at(self, instant: Instant) -> str:
        """``22 Nov, 03:09 CET``."""
        wall = words.moment(instant, self._shown.zone)
        month = _MONTHS.split()[wall.month - 1][:3]
        return f"{wall.day} {month}, {wall:%H:%M} {wall.tzname()}"

    def days(self) -> Iterator[tuple[str, tuple[Entry, ...], int]]:
        """Each day with what was published of it and how many of its incidents are still open;
        days without any are one line."""
        empty: list[date] = []
        for day in self._shown.days:
            still = sum(self._began(e) == day.day for e in self._shown.open)
            if not day.entries and not still:
                empty.append(day.day)
                continue
            yield from _stretch(empty)
            empty = []
            yield _day(day.day), day.entries, still
        yield from _stretch(empty)

    def _began(self, entry: Entry) -> date:
        return words.moment(entry.began, self._shown.zone).date()

    @staticmethod
    def lasted(entry: Entry) -> str:
        """``22 min``."""
        return duration((entry.over or entry.began) - entry.began)

    @staticmethod
    def parts(names: tuple[str, ...]) -> str:
        """``Checkout and Search``."""
        return words.join(names)
