"""People, teams, schedules, policies, routes and rules in the console: what is in force,
whose it is, and a page for each where it is changed, tried and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.cards import words
from bot.web.frame import Frames
from bot.web.gate import Gate, form
from bot.web.ports import Doorway
from bot.web.session import Visit, fresh_key
from commands import rights
from commands.defining import KINDS, current
from commands.errors import CommandError, NotFound
from commands.rules import alert_rules, posting
from commands.rules.references import users_of
from store.model import Definitions

NEW = "new"
_TITLES = {
    "person": "People",
    "team": "Teams",
    "schedule": "Schedules",
    "policy": "Escalation policies",
    "route": "Routes",
    "rule": "Alert rules",
    "channel": "What channels show",
    "role": "Roles made of permissions",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One definition in the list."""

    name: str
    says: str
    mine: bool


class DefinitionPages:
    """The pages under /definitions."""

    def __init__(self, door: Doorway, frames: Frames) -> None:
        self._door, self._frames = door, frames

    def routes(self, gate: Gate) -> list[web.RouteDef]:
        """Their addresses, for who is signed in."""
        return [
            web.get("/definitions", gate.signed(self.every)),
            web.get("/definitions/{kind}/{name}", gate.signed(self.one)),
            web.post("/definitions/{kind}/{name}", gate.signed(self.change)),
        ]

    async def every(self, request: web.Request, visit: Visit) -> web.Response:
        """Everything that is in force, and the latest versions."""
        latest = await self._door.ask("versions", {}, visit.actor)
        known = self._door.definitions()
        sections = [
            {"kind": kind, "title": _TITLES[kind], "lines": list(_lines(known, kind))}
            for kind, _ in KINDS
        ]
        return await self._frames.page(
            request,
            visit,
            "definitions.html",
            here="definitions",
            sections=sections,
            versions=latest,
            may=rights.may_somewhere(known, visit.actor, "config.write"),
        )

    async def one(self, request: web.Request, visit: Visit) -> web.Response:
        """One definition, to be read or changed."""
        kind, name = self._named(request)
        await self._door.ask("versions", {}, visit.actor)
        known = self._door.definitions()
        text = current(known, {"kind": kind, "name": name}, visit.zone, visit.actor)["text"]
        return await self._page(request, visit, text)

    async def change(self, request: web.Request, visit: Visit) -> web.Response:
        """Try a change, put it in force, or take the definition out."""
        kind, name = self._named(request)
        values = await form(request)
        name = values.get("name", "").strip() or name
        text, key = values.get("text", ""), values.get("key") or None
        args = {"kind": kind, "name": name, "text": text}
        try:
            if values.get("deed") == "try":
                told = await self._door.ask("preview", args, visit.actor)
                return await self._page(request, visit, text, name=name, told=told.lines)
            if values.get("deed") == "remove":
                args.pop("text")
                await self._door.do("remove", args, visit.actor, key=key)
            else:
                await self._door.do("edit", args, visit.actor, key=key)
        except CommandError as error:
            status = error.status
            return await self._page(
                request, visit, text, name=name, error=error.error, status=status
            )
        raise web.HTTPSeeOther("/definitions")

    def _named(self, request: web.Request) -> tuple[str, str]:
        kind, name = request.match_info["kind"], request.match_info["name"]
        if kind not in _TITLES:
            raise NotFound(f"There is no kind {words.cut(words.clean(kind), 40)}.")
        return kind, "" if name == NEW else name

    async def _page(
        self,
        request: web.Request,
        visit: Visit,
        text: str,
        *,
        name: str | None = None,
        told: tuple[str, ...] = (),
        error: str = "",
        status: int = 200,
    ) -> web.Response:
        kind, asked = self._named(request)
        known = self._door.definitions()
        there = asked in _names(known, kind)
        mine = not there or (kind, asked) in known.people_own
        return await self._frames.page(
            request,
            visit,
            "definition.html",
            status=status,
            here="definitions",
            kind=kind,
            called=asked,
            typed=asked if name is None else name,
            there=there,
            mine=mine,
            used=users_of(known, kind, asked) if there else [],
            says=next((line.says for line in _lines(known, kind) if line.name == asked), ""),
            text=text,
            told=told,
            error=error,
            may=rights.may_somewhere(known, visit.actor, "config.write") and mine,
            key=fresh_key(),
        )


def _names(known: Definitions, kind: str) -> list[str]:
    named: dict[str, Any] = {
        "person": known.people,
        "team": known.teams,
        "schedule": known.schedules,
        "policy": known.policies,
        "role": known.roles,
    }
    ordered: dict[str, tuple[Any, ...]] = {
        "route": known.routes,
        "rule": known.alert_rules,
        "channel": known.channels,
    }
    return [r.name for r in ordered[kind]] if kind in ordered else list(named[kind])


def _lines(known: Definitions, kind: str) -> Iterator[Line]:
    for name in _names(known, kind):
        yield Line(name, words.clean(_says(known, kind, name)), (kind, name) in known.people_own)


def _says(known: Definitions, kind: str, name: str) -> str:
    """One definition in a few words."""
    match kind:
        case "person":
            person = known.people[name]
            ways = ", ".join(dict.fromkeys(rule.via for rule in person.rules))
            return " · ".join(filter(None, (person.name, person.zone, ways)))
        case "team":
            team = known.teams[name]
            members = ", ".join(map(known.name_of, team.members))
            on = f"on call {team.oncall}" if team.oncall else ""
            return " · ".join(filter(None, (members, on)))
        case "schedule":
            schedule = known.schedules[name]
            layers = ", ".join(layer.name for layer in schedule.layers)
            return f"{schedule.zone} · {layers}"
        case "policy":
            steps = known.policies[name].steps
            return " → ".join(", ".join(step.targets) for step in steps)
        case "role":
            role = known.roles[name]
            return " · ".join(filter(None, (role.help, ", ".join(role.permissions))))
        case "rule":
            return alert_rules.said(next(r for r in known.alert_rules if r.name == name))
        case "channel":
            return posting.said(next(c for c in known.channels if c.name == name))
    route = next(r for r in known.routes if r.name == name)
    match_ = ", ".join(f"{k}={'|'.join(v)}" for k, v in route.match.items()) or "everything"
    return f"{match_} · team {route.team or 'none'}"
