"""The HTTP API: incidents, commands from the catalog, who is on call, OpenAPI."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from bot.cards import gathered
from bot.record.download import download
from bot.record.formats import TYPES
from bot.web import room
from bot.web.api_inventory import InventoryApi
from bot.web.openapi import document
from bot.web.peer import address
from commands.door import Door
from commands.errors import Busy, CommandError, Invalid
from commands.people import Identity
from commands.registry import CATALOG
from commands.rules.oncall import at_instant, duty
from commands.rules.oncall.availability import away_at, back_at
from commands.rules.redact import redact
from commands.told import Told
from store.clock import iso
from store.model import (
    Actor,
    Alert,
    Definitions,
    Incident,
    IncidentDetail,
    IncidentGroup,
    Listing,
)

_INSTANTS = {"at", "until"}
_NUMBERS = {"id", "merged_into", "under"}
_EXACT = 1 << 53
"""From here on many readers of JSON take a number for another one nearby."""
_PLAIN = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """A JSON answer."""
    return web.json_response(body, status=status, headers=headers)


def refused(error: CommandError) -> web.Response:
    """A CommandError as the contract says."""
    body = error.body()
    if (won := body.get("winner")) and isinstance(won.get("at"), int):
        body["winner"] = {**won, "at": iso(won["at"])}
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, Busy) else None
    return answer(body, error.status, headers)


def plain(value: Any, name: str = "") -> Any:
    """Nouns as JSON: ids as text, instants as RFC 3339."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name), f.name) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(k): plain(v, str(k)) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v, name) for v in value]
    if isinstance(value, int) and not isinstance(value, bool):
        if name in _NUMBERS or name.endswith("_id") or value >= _EXACT:
            return str(value)
        if name.endswith(("_at", "_until", "_since")) or name in _INSTANTS:
            return iso(value)
    return value


def incident_json(incident: Incident) -> dict[str, Any]:
    """One incident of the contract."""
    found: dict[str, Any] = plain(incident)
    found.pop("generation")
    found["silence"] = found.pop("hush")
    return found


def listing_json(found: Listing) -> dict[str, Any]:
    """A page of incidents; of a grouped list also every group, the worst first."""
    body: dict[str, Any] = {"incidents": [incident_json(i) for i in found.incidents]}
    if found.group:
        groups = [_group_json(group) for group in found.groups]
        body |= {"group": found.group, "groups": groups, "counted_all": found.whole}
    if found.hint:
        body["hint"] = found.hint
    return body


def _group_json(group: IncidentGroup) -> dict[str, Any]:
    worst = group.worst
    return {
        "value": group.value or None,
        "total": group.total,
        "nobody": group.nobody,
        "worst": {"id": str(worst.id), "severity": worst.severity, "title": worst.title},
    }


def alert_json(alert: Alert) -> dict[str, Any]:
    """One alert of the contract."""
    found: dict[str, Any] = plain(alert)
    found.pop("flips")  # how it came and went, packed: no text
    found["key"] = redact(alert.key)  # kept as it came, since it tells alerts apart
    return found


Handler = Callable[[web.Request, Actor], Awaitable[web.StreamResponse]]


class Api:
    """``/api``: every call carries ``Authorization: Bearer T``."""

    def __init__(
        self, door: Door, identity: Identity, url: str,
        limit: Callable[[str], int] | None = None,
    ) -> None:  # fmt: skip
        self._door, self._identity, self._url = door, identity, url.rstrip("/")
        self._limit = limit

    def routes(self) -> list[web.RouteDef]:
        """The paths of the contract."""
        return [
            web.get("/api/incidents", self._signed(self.incidents)),
            web.get(r"/api/incidents/{id:\d{1,15}}", self._signed(self.incident)),
            web.post("/api/commands/{name}", self._signed(self.command)),
            web.get("/api/oncall", self._signed(self.oncall)),
            web.get("/api/audit/export", self._signed(self.record)),
            *InventoryApi(self._door, plain, self._url).routes(self._signed),
            web.get("/api/openapi.json", self.openapi),
        ]

    def _signed(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def run(request: web.Request) -> web.StreamResponse:
            header = request.headers.get("Authorization", "")
            secret = header[7:].strip() if header[:7].lower() == "bearer " else ""
            surface = "cli" if request.headers.get("X-PixelView-Surface") == "cli" else "api"
            actor = (
                await self._identity.bearer(secret, surface, address(request)) if secret else None
            )
            if actor is None:
                return answer(
                    {"error": "The token is missing or unknown.", "where": "Authorization"}, 401
                )
            if self._limit is not None and (wait := self._limit(f"{actor.kind}:{actor.id}")):
                say = f"This token asks more often than it may. Try again in {wait} s."
                body = {"error": say, "where": "Authorization"}
                return answer(body, 429, {"Retry-After": str(wait)})
            try:
                return await handler(request, actor)
            except CommandError as error:
                return refused(error)

        return run

    async def incidents(self, request: web.Request, actor: Actor) -> web.Response:
        """A list, filtered."""
        known = tuple(f.name for f in CATALOG["list"].fields)
        args: dict[str, Any] = {}
        for name, value in request.query.items():
            if name not in known:
                raise Invalid(f"There is no filter {name}; there are {', '.join(known)}.", name)
            between = " " if name == "filter" else ","
            args[name] = f"{args[name]}{between}{value}" if name in args else value
        found: Listing = await self._door.ask("list", args, actor)
        following = None
        if found.next:
            following = str(request.rel_url.update_query({"cursor": found.next}))
        return answer({**listing_json(found), "next": following})

    async def incident(self, request: web.Request, actor: Actor) -> web.Response:
        """One incident with alerts, timeline and pages."""
        found: IncidentDetail = await self._door.ask(
            "show", {"incident": int(request.match_info["id"])}, actor
        )
        body = {
            **incident_json(found.incident),
            "url": f"{self._url}/i/{found.incident.id}",
            "alerts": [alert_json(a) for a in found.alerts],
            "timeline": plain(found.timeline),
            "pages": plain(found.pages),
            "changed": plain(found.changed),
            "war_room": plain(room.as_facts(found)),
            **gathered.as_facts(found, self._url),
        }
        return answer(body)

    async def command(self, request: web.Request, actor: Actor) -> web.Response:
        """Any verb of the catalog with JSON arguments."""
        name = request.match_info["name"]
        args = await _json_object(request)
        verb = CATALOG.get(name)
        if verb is not None and verb.query:
            return answer(
                {
                    "ok": True,
                    "say": "",
                    "changed": [],
                    "found": _found(await self._door.ask(name, args, actor)),
                }
            )
        key = request.headers.get("Idempotency-Key")
        done = await self._door.do(name, args, actor, key=key)
        changed = [{"incident": str(i), "rev": rev} for i, rev in done.changed]
        return answer({"ok": True, "say": done.say, "changed": changed})

    async def oncall(self, request: web.Request, actor: Actor) -> web.Response:
        """Who is on call for each team and in each schedule now."""
        await self._door.allow(CATALOG["who"], actor, {})
        known, now = self._door.definitions(), self._door.clock.now()
        teams = [
            {
                "team": team.name,
                "oncall": [_on_call(known, on, now) for on in duty.duty(known, team, now)],
                "lead": team.lead,
            }
            for team in known.teams.values()
        ]
        schedules = [
            {
                "schedule": name,
                "zone": schedule.zone,
                "oncall": [_on_call(known, on, now) for on in duty.on_schedule(known, name, now)],
                "nobody": at_instant(schedule, now).intended,
            }
            for name, schedule in known.schedules.items()
        ]
        return answer({"at": iso(now), "teams": teams, "schedules": schedules})

    async def record(self, request: web.Request, actor: Actor) -> web.StreamResponse:
        """The audit record as a file: ``format`` is jsonl, csv or cef, ``what`` as in chat."""
        format_ = request.query.get("format", "jsonl")
        if format_ not in TYPES:
            raise Invalid(f"There is no such format; there are {', '.join(TYPES)}.", "format")
        what = request.query.get("what", "")
        told = await self._door.ask("record-export", {"what": what}, actor)
        return await download(request, self._door, actor, told.facts, format_, _PLAIN)

    async def openapi(self, request: web.Request) -> web.Response:
        """The description of all this."""
        return answer(document(self._url))


def _on_call(known: Definitions, on: duty.OnDuty, now: int) -> dict[str, Any]:
    found: dict[str, Any] = {"handle": on.person, "name": known.name_of(on.person), "why": on.why}
    if on.schedule is not None:
        end = duty.until(known, on, now)
        until = None if end is None else iso(end)
        found |= {"schedule": on.schedule, "layer": on.layer, "until": until}
    off = away_at(known, on.person, now)
    if off is not None:
        found["away"] = {"until": iso(back_at(known.away, on.person, now)), "reason": off.reason}
    return found


def _found(found: Any) -> Any:
    if isinstance(found, Listing):
        return {**listing_json(found), "next": found.next}
    if isinstance(found, IncidentDetail):
        return {
            "incident": incident_json(found.incident),
            "alerts": [alert_json(a) for a in found.alerts],
            "timeline": plain(found.timeline),
            "pages": plain(found.pages),
            "changed": plain(found.changed),
            "war_room": plain(room.as_facts(found)),
        }
    if isinstance(found, Told):
        return {"lines": list(found.lines), "ok": found.ok, **plain(found.facts)}
    return plain(found)


async def _json_object(request: web.Request) -> dict[str, Any]:
    raw = await request.read()
    try:
        body = json.loads(raw or b"{}")
    except (ValueError, RecursionError) as error:
        raise Invalid(f"The body is not JSON: {error}", "body") from None
    if not isinstance(body, dict):
        raise Invalid("The body must be a JSON object of arguments.", "body")
    return body
