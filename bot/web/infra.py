"""The service board, clusters and clouds at a glance, what it costs and what could be saved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from bot.cards import words
from bot.web import chart
from bot.web.frame import Frames
from bot.web.gate import Gate
from bot.web.ports import Doorway
from bot.web.session import Visit, fresh_key
from bot.web.subpages import subpages
from bot.web.things import line
from commands.errors import Invalid, NotFound
from commands.inventory.board import Board
from commands.inventory.overview import Overview, Section
from commands.rules import inventory_words as said
from commands.rules.cost import BY, called
from commands.rules.cost import money as bare

PAGES = {"kubernetes": "k8s", "openstack": "openstack", "clouds": "cloud"}
"""An address and the verb that answers it."""
_FIELDS = {"k8s": "cluster", "openstack": "cloud", "cloud": "account"}
_TITLES = {"kubernetes": "Kubernetes", "openstack": "OpenStack", "clouds": "Clouds"}
_MARKS = {"red": "critical", "amber": "warning", "green": "resolved"}
_DAYS = (7, 30, 90)


class InfraPages:
    """Their addresses."""

    def __init__(self, door: Doorway, frames: Frames) -> None:
        self._door, self._frames = door, frames

    def routes(self, gate: Gate) -> list[web.RouteDef]:
        """For who is signed in."""
        return [
            web.get("/services", gate.signed(self.services)),
            *(web.get(f"/{name}", gate.signed(self.overview)) for name in PAGES),
            web.get("/cost", gate.signed(self.cost)),
            web.get("/findings", gate.signed(self.findings)),
        ]

    async def services(self, request: web.Request, visit: Visit) -> web.Response:
        """Every service green, amber or red."""
        typed = words.clean(request.query.get("q", ""))[:200]
        found: Board = await self._door.ask("services", {"words": typed}, visit.actor)
        tiles = [
            {"s": one, "mark": _MARKS[one.state], "health": said.counted(one.health),
             "url": f"/inventory?{urlencode({'service': one.name.casefold()})}"}
            for one in found.services
        ]  # fmt: skip
        return await self._page(
            request, visit, "services.html", "services", tiles=tiles, typed=typed,
            nothing=found.lines[0] if not tiles else "",
        )  # fmt: skip

    async def overview(self, request: web.Request, visit: Visit) -> web.Response:
        """A cluster or cloud at a glance."""
        here = request.path.strip("/").partition("/")[0]
        verb, source = PAGES[here], words.clean(request.query.get("source", ""))[:100]
        wrong, found = "", None
        try:
            found = await self._door.ask(verb, {_FIELDS[verb]: source}, visit.actor)
        except NotFound as error:
            wrong = error.error
        told = _overview(found) if isinstance(found, Overview) else {}
        return await self._page(
            request, visit, "overview.html", here, status=404 if wrong and source else 200,
            title=_TITLES[here], wrong=words.clean(wrong), o=told, base=f"/{here}",
        )  # fmt: skip

    async def cost(self, request: web.Request, visit: Visit) -> web.Response:
        """What is spent, how it goes, and what jumped."""
        by = words.clean(request.query.get("by", ""))[:60] or "service"
        source = words.clean(request.query.get("source", ""))[:100]
        days = request.query.get("days", "")
        days = days if days.isascii() and days.isdecimal() and len(days) < 4 else "30"
        asked, wrong = f"by {by} {source} {days}", ""
        found, jumped = None, None
        try:
            found = await self._door.ask("cost", {"words": asked}, visit.actor)
            jumped = await self._door.ask("cost", {"words": f"jumps {asked}"}, visit.actor)
        except Invalid as error:
            wrong = error.error
        facts = found.facts if found is not None else {}
        return await self._page(
            request, visit, "cost.html", "cost", status=422 if wrong else 200,
            wrong=words.clean(wrong), by=by, source=source, days=int(days), spans=_DAYS,
            fields=[*BY, *([by] if by not in BY else [])],
            bills=[_bill(each, by, visit) for each in facts.get("currencies", ())],
            notes=[] if facts else list(found.lines) if found is not None else [],
            jumps=list(jumped.lines) if jumped is not None and jumped.facts.get("jumps") else [],
            until=_day(facts.get("until", "")),
            link=lambda **more: _url("/cost", {"by": by, "source": source, "days": days} | more),
        )  # fmt: skip

    async def findings(self, request: web.Request, visit: Visit) -> web.Response:
        """What could be saved or put in order."""
        typed, wrong, facts = words.clean(request.query.get("q", ""))[:300], "", _NONE
        try:
            facts = (await self._door.ask("findings", {"filter": typed}, visit.actor)).facts
        except Invalid as error:
            wrong = error.error
        rows = facts.get("findings", ())
        return await self._page(
            request, visit, "findings.html", "findings", status=422 if wrong else 200,
            typed=typed, wrong=words.clean(wrong), total=facts.get("total"), key=fresh_key(),
            groups=[_finding_group(group, rows) for group in facts.get("groups", ())],
            back="/findings" + (f"?{urlencode({'q': typed})}" if typed else ""),
        )  # fmt: skip

    async def _page(
        self, request: web.Request, visit: Visit, name: str, here: str, status: int = 200,
        **more: Any,
    ) -> web.Response:  # fmt: skip
        asked = {"facets": True, "limit": "0"}
        there = await self._door.ask("inventory", asked, visit.actor)
        sources = there.facts.get("sources", ())
        return await self._frames.page(
            request, visit, name, here="inventory", status=status, sources=sources,
            provider_said=said.provider_said,
            subpages=subpages(self._door, visit, sources, here), **more,
        )  # fmt: skip


_NONE: Mapping[str, Any] = {}


def _url(path: str, asked: Mapping[str, str]) -> str:
    given = urlencode({k: v for k, v in asked.items() if v})
    return f"{path}?{given}" if given else path


def _overview(found: Overview) -> dict[str, Any]:
    """An overview as the page draws it."""
    return {
        "source": found.source,
        "sums": [
            (s, f"/inventory?{urlencode({'q': s.query})}" if s.query else "") for s in found.sums
        ],
        "sections": [_section(part) for part in found.sections],
        "others": found.others,
    }


def _section(part: Section) -> dict[str, Any]:
    lines = [_marked(text) for text in part.lines]
    return {
        "title": part.title, "lines": lines, "rows": [line(row) for row in part.rows],
        "meters": [(m, chart.bar(m.used, m.whole)) for m in part.meters], "faults": part.faults,
        "empty": part.empty, "held": part.held,
    }  # fmt: skip


_SIGNS = {"🔴": "critical", "⚠️": "warning", "✅": "resolved", "❔": "nobody"}


def _marked(text: str) -> tuple[str, str]:
    """A line of ours: its sign as a mark of the console, and the rest."""
    first, _, rest = text.partition(" ")
    return (_SIGNS[first], rest) if first in _SIGNS else ("", text)


# money


def money(amount: float, currency: str) -> str:
    """``1 204 $``, that stays on one line."""
    return bare(amount, words.clean(currency)[:8]).replace(" ", "\u00a0")


def _bill(bill: Mapping[str, Any], by: str, visit: Visit) -> dict[str, Any]:
    currency, days = bill["currency"], bill["days"]
    points = [(_at(day), value) for day, value in days.items()]
    most = max((group["total"] for group in bill["groups"]), default=1.0)
    return {
        "currency": currency, "total": money(bill["total"], currency),
        "week": _change(bill["week"], currency), "month": _change(bill["month"], currency),
        "ahead": _ahead(bill["forecast"], currency),
        "chart": chart.line(points, currency, "Cost a day", visit.now, visit.zone),
        "first": _day(next(iter(days), "")), "last": _day(next(reversed(days), "")),
        "top": money(max(days.values(), default=0.0), currency),
        "groups": [
            {"name": called(g["name"], by), "total": money(g["total"], currency),
             "change": _percent(g["week"]["change"]), "bar": chart.share(g["total"], most),
             "bars": said.bars(list(g["days"].values()), most=14)}
            for g in bill["groups"]
        ],
    }  # fmt: skip


def _change(trend: Mapping[str, Any], currency: str) -> tuple[str, str]:
    return money(trend["now"], currency), _percent(trend["change"])


def _percent(change: float | None) -> str:
    if change is None:
        return ""
    if abs(change) < 0.5:
        return "0\u00a0%"
    return f"{change:+.0f}\u00a0%".replace("-", "−")


def _ahead(ahead: Mapping[str, Any] | None, currency: str) -> tuple[str, str] | None:
    if ahead is None:
        return None
    low, high = money(ahead["low"], currency), money(ahead["high"], currency)
    return money(ahead["likely"], currency), f"{low} to {high}"


def _at(day: str) -> int:
    return (date.fromisoformat(day) - date(1970, 1, 1)).days * 86_400_000


def _day(day: str) -> str:
    return f"{date.fromisoformat(day):%-d %b}" if day else ""


def _finding_group(group: Mapping[str, Any], rows: Any) -> dict[str, Any]:
    """A group with its findings, and what it is worth."""
    mine = [
        f for f in rows
        if (f["rule"], f["source"], f["region"], f["team"])
        == (group["rule"], group["source"], group["region"], group["team"])
    ]  # fmt: skip
    worth = " + ".join(money(v, c) for c, v in group["savings"].items())
    return {
        **group, "worth": worth,
        "rows": [(f, money(f["saving"], f["currency"]) if f["saving"] else "") for f in mine],
    }  # fmt: skip
