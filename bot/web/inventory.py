"""What there is to run things on, in the console: the list, and one resource with everything that
is known of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web

from bot.cards import words
from bot.cards.address import http
from bot.web import chart, sieve
from bot.web.frame import Frames
from bot.web.gate import Gate
from bot.web.ports import Doorway
from bot.web.session import Visit, fresh_key
from bot.web.sieve import Sieve
from bot.web.subpages import subpages
from bot.web.things import MARKS, line
from commands.errors import Invalid, NotFound
from commands.inventory.rows import Listed, Row
from commands.inventory.sheet import Sheet, Shown
from commands.inventory.shown import became, seen
from commands.rules import inventory_words as said
from commands.rules.inventory_words import BadWords

_BARE = 40
_NONE: Mapping[str, Any] = {}


class InventoryPages:
    """The pages /inventory and /resources."""

    def __init__(self, door: Doorway, frames: Frames) -> None:
        self._door, self._frames = door, frames

    def routes(self, gate: Gate) -> list[web.RouteDef]:
        """Their addresses, for who is signed in."""
        return [
            web.get("/inventory", gate.signed(self.page)),
            web.get(r"/resources/{id:\d{1,20}}", gate.signed(self.one)),
        ]

    async def page(self, request: web.Request, visit: Visit) -> web.Response:
        """The list an address asks for."""
        wanted, wrong = _settled(sieve.read(request.query))
        found, facts = Listed(()), _NONE
        try:
            found, facts = await self._found(Sieve(page=0) if wrong else wanted, visit)
        except Invalid as error:
            wrong = error.error
        total, first = found.total, (wanted.page - 1) * sieve.PAGE + 1
        return await self._frames.page(
            request, visit, "inventory.html", status=422 if wrong else 200, here="inventory",
            sieve=wanted, wrong=words.clean(wrong), lines=[line(row) for row in found.rows],
            groups=[_group(wanted, each) for each in facts.get("groups", ())],
            total=total, first=first, shown=len(found.rows), menus=sieve.menus(
                wanted, facts.get("facets", {})
            ), sources=facts.get("sources", ()), provider_said=said.provider_said,
            later=wanted.on_page(wanted.page + 1) if total >= first + sieve.PAGE else None,
            earlier=wanted.on_page(wanted.page - 1) if wanted.page > 1 else None,
            nothing=" ".join(found.head) if not found.rows else "",
            subpages=subpages(self._door, visit, facts.get("sources", ()), "inventory"),
        )  # fmt: skip

    async def _found(self, wanted: Sieve, visit: Visit) -> tuple[Listed, Mapping[str, Any]]:
        asked: dict[str, Any] = {"find": wanted.text, "facets": True}
        if wanted.by:
            asked["by"] = wanted.by
        else:
            asked |= {"limit": str(sieve.PAGE), "skip": str(max(0, wanted.page - 1) * sieve.PAGE)}
        found: Listed = await self._door.ask("inventory", asked, visit.actor)
        return found, found.facts

    async def one(self, request: web.Request, visit: Visit) -> web.Response:
        """One resource."""
        number = request.match_info["id"]
        shown = await self._door.ask("resource", {"resource": number.zfill(16)}, visit.actor)
        if not isinstance(shown, Shown) or shown.sheet is None:
            raise NotFound(f"There is no resource {number}.")
        sheet, tree = shown.sheet, tuple[Row, ...]()
        if sheet.hanging:
            hangs = await self._door.ask("hangs-on", {"resource": number.zfill(16)}, visit.actor)
            tree = hangs.tree
        return await self._frames.page(
            request, visit, "resource.html", here="inventory", key=fresh_key(),
            **_of(sheet, visit), tree=[_branch(row) for row in tree],
            board=self._frames.board(visit),
        )  # fmt: skip


def _settled(wanted: Sieve) -> tuple[Sieve, str]:
    """What was typed as fields is chosen like those of the menus; what can't be meant is said."""
    try:
        asked = said.asked(wanted.q)
        chosen = said.asked(" ".join(f"{k}={v}" for k, v in wanted.values.items()))
    except BadWords as error:
        return wanted, str(error)
    both = {**asked.fields, **chosen.fields}
    return replace(wanted, q=" ".join(asked.words), values=both), ""


def _group(wanted: Sieve, group: Mapping[str, Any]) -> dict[str, Any]:
    """One group with its worst, and where all of it stands."""
    value, rows = group["value"], group["rows"]
    return {
        "title": sieve.said(wanted.by, value) if value else f"No {wanted.by}",
        "mark": MARKS.get(said.worst(group["health"]), "nobody"),
        "counts": said.counted(group["health"]), "total": group["total"],
        "lines": [line(row) for row in rows],
        "url": wanted.inside(value).url() if value else "",
    }  # fmt: skip


def _branch(row: Row) -> dict[str, Any]:
    return {"line": line(row), "under": [_branch(each) for each in row.under], "more": row.more}


def _of(sheet: Sheet, visit: Visit) -> dict[str, Any]:
    """What the template draws."""
    r, belongs, state = sheet.known.resource, sheet.known.belongs, sheet.state
    return {
        "sheet": sheet, "r": r, "line": line(sheet.row), "state": state,
        "belongs": belongs, "last": seen(sheet.known, state, visit.now),
        "silences": said.filter_of(r.name),
        "url": http(r.url) if r.url else None, "kind": said.kind_said(r.kind),
        "provider": said.provider_said(sheet.row.provider), "runs": said.runs(r),
        "hanging": said.counted(sheet.below or {}),
        "above": [line(row) for row in reversed(sheet.above)],
        "history": [(c.at, became(c)) for c in sheet.changes],
        "charts": [
            (t.name, t.said, chart.line(t.points, t.unit, t.name, visit.now, visit.zone),
             chart.told(t.points, t.unit, t.name, visit.now, visit.zone))
            for t in sheet.trends
        ],
        "facts": list(_facts(sheet)), "tags": _sorted(r.tags), "raw": _sorted(r.facts),
    }  # fmt: skip


_INSIDE = {
    "kubernetes": "Namespace", "openstack": "Project", "azure": "Resource group",
}  # fmt: skip


def _facts(sheet: Sheet) -> Iterable[tuple[str, str, str]]:
    """(name, value, address of a list) of what is known in one word each."""
    r, belongs, row = sheet.known.resource, sheet.known.belongs, sheet.row

    def found(**fields: str) -> str:
        return Sieve(values=fields).url()

    source = sheet.known.source
    inside = _INSIDE.get(row.provider, "Group")
    every = (
        ("Kind", said.kind_said(r.kind), found(kind=r.kind)),
        ("Type", r.type, ""),
        ("Size", row.size if r.size else "", ""),
        ("State", r.state or said.SAID.get(row.health, row.health), ""),
        ("Owner", f"team {belongs.team}" if belongs.team else "", found(team=belongs.team)),
        ("Contact" if belongs.team else "Owner", belongs.owner, ""),
        ("Service", belongs.service, found(service=belongs.service)),
        ("Environment", belongs.environment, ""),
        ("Cost", f"{sheet.cost} a month" if sheet.cost else "", ""),
        ("Source", source, found(source=source)),
        ("Region", r.region, ""),
        ("Zone", r.zone, ""),
        ("Account", r.account, ""),
        (inside, r.group, found(group=r.group, source=source)),
        ("Address", ", ".join(r.addresses[:6]), ""),
    )
    return [each for each in every if each[1]]


def _sorted(of: Mapping[str, str]) -> list[tuple[str, str]]:
    return sorted(of.items())[:_BARE]
