"""Paste a body, see how it is read, adjust the mapping, save it: for a source of any webhook."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from bot.receiving import text_of
from bot.web.frame import Frames
from bot.web.gate import Gate, form
from bot.web.ports import Doorway
from bot.web.session import Visit, fresh_key
from commands import rights
from commands.context import Receiving
from commands.errors import CommandError, Invalid, NotFound
from commands.mapping import READERS, settings_with
from commands.rules import routing
from integrations.base import Malformed, Misconfigured, Request
from store.access import Source
from store.clock import iso
from store.model import AlertReading

SHOWN = 10
TYPES = ("application/json", "application/x-www-form-urlencoded", "text/xml", "text/plain",
         "message/rfc822")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form says."""

    source: str
    content_type: str = TYPES[0]
    body: str = ""
    mapping: str = ""


class BodyPages:
    """The page under /bodies."""

    def __init__(self, door: Doorway, frames: Frames, receiving: Receiving) -> None:
        self._door, self._frames, self._receiving = door, frames, receiving

    def routes(self, gate: Gate) -> list[web.RouteDef]:
        """Its addresses, for who is signed in."""
        return [
            web.get("/bodies", gate.signed(self.show)),
            web.post("/bodies", gate.signed(self.act)),
        ]

    async def show(self, request: web.Request, visit: Visit) -> web.Response:
        """The form, with the mapping the source has."""
        known = await self._sources(visit)
        first = next((s for s in known if s["integration"] in READERS), None)
        name = request.query.get("source", "") or (first["name"] if first else "")
        return await self._page(request, visit, known, Asked(name, mapping=_own(known, name)))

    async def act(self, request: web.Request, visit: Visit) -> web.Response:
        """Read the body by the mapping as it is written here, or put that in force."""
        known = await self._sources(visit)
        values = await form(request)
        asked = Asked(
            values.get("source", ""), values.get("content_type", TYPES[0])[:100],
            values.get("body", ""), values.get("mapping", ""),
        )  # fmt: skip
        other = values.get("of", asked.source) != asked.source
        if other:
            asked = replace(asked, mapping=_own(known, asked.source))
        try:
            if values.get("deed") == "save" and other:
                raise Invalid("That was the mapping of another source; this is its own.", "mapping")
            if values.get("deed") == "save":
                args = {"source": asked.source, "text": asked.mapping}
                done = await self._door.do("mapping", args, visit.actor, key=values.get("key"))
                return await self._page(request, visit, known, asked, said=done.say)
            found = await self._read(known, asked)
        except CommandError as error:
            return await self._page(
                request, visit, known, asked, error=error.error, status=error.status
            )
        except Malformed as error:
            said = f"{error.error} (at {error.where})"
            return await self._page(request, visit, known, asked, error=said, status=422)
        except Misconfigured as error:
            said = f"{error} (at {error.setting})"
            return await self._page(request, visit, known, asked, error=said, status=422)
        return await self._page(request, visit, known, asked, found=found)

    async def _sources(self, visit: Visit) -> list[dict[str, Any]]:
        told = await self._door.ask("source-list", {}, visit.actor)
        return list(told.facts["sources"])

    async def _read(self, known: list[dict[str, Any]], asked: Asked) -> tuple[AlertReading, ...]:
        integration = next((s["integration"] for s in known if s["name"] == asked.source), None)
        if integration is None:
            raise NotFound(f"There is no source {asked.source[:60]}.")
        if not asked.body.strip():
            raise Invalid("Paste a body.", "body")
        source = Source(0, asked.source, integration)
        if integration in READERS and not self._receiving.in_the_file(source.name):
            settings = settings_with(self._receiving, source, asked.mapping)
            source = replace(source, settings=settings)
        body = asked.body.encode("utf-8", "replace")
        sent = Request(body, asked.content_type, received_at=self._door.clock.now())
        reading = await asyncio.to_thread(self._receiving.read, source, sent)
        return reading.alerts

    async def _page(
        self,
        request: web.Request,
        visit: Visit,
        known: list[dict[str, Any]],
        asked: Asked,
        *,
        found: tuple[AlertReading, ...] | None = None,
        said: str = "",
        error: str = "",
        status: int = 200,
    ) -> web.Response:
        one = next((s for s in known if s["name"] == asked.source), None)
        own = one is not None and one["integration"] in READERS
        return await self._frames.page(
            request, visit, "bodies.html", status=status, here="bodies", back="/bodies",
            sources=known, asked=asked, types=TYPES, said=said, error=error,
            own=own, in_the_file=self._receiving.in_the_file(asked.source),
            found=None if found is None else [
                list(self._lines(reading, asked.source)) for reading in found[:SHOWN]
            ],
            more=max(0, len(found or ()) - SHOWN),
            may=bool(rights.may(self._door.definitions(), visit.actor, "config.write")),
            key=fresh_key(),
        )  # fmt: skip

    def _lines(self, reading: AlertReading, source: str) -> Iterator[tuple[str, str]]:
        """Each field with what was read, and where it would go."""
        severity = str(reading.severity)
        if reading.severity_raw:
            severity += f" ({reading.severity_raw})"
        yield from (
            ("Title", reading.title), ("Status", str(reading.status)), ("Severity", severity),
            ("Key", reading.key), ("Resource", reading.resource or ""),
            ("Type", str(reading.type)), ("Description", reading.description[:300]),
            ("Labels", ", ".join(f"{k}={v}" for k, v in sorted(reading.labels.items()))[:600]),
            ("Links", ", ".join(link.url for link in reading.links)[:400]),
            ("Began", iso(reading.starts_at) if reading.starts_at else ""),
        )  # fmt: skip
        route, why = routing.choose(self._door.definitions().routes, reading, source)
        yield "Goes to", f"{'team ' + route.team if route.team else 'no team'}. {why}"


def _own(known: list[dict[str, Any]], name: str) -> str:
    """The mapping that a source has, as people write it."""
    found: dict[str, Any] = next((s["mapping"] for s in known if s["name"] == name), {})
    return text_of(found)
