"""Copies of people's data in the console: what was asked for, and each as JSON or to be read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from aiohttp import web

from bot.web.frame import Frames
from bot.web.gate import Gate
from bot.web.ports import Doorway
from bot.web.session import Visit
from commands.errors import CommandError
from commands.privacy import may_write
from store.clock import iso

TITLES = {
    "definitions": "Who you are: every version", "contacts": "How you are reached",
    "identities": "Linked accounts", "sessions": "Sessions", "tokens": "Tokens of your own",
    "pushes": "Devices", "runs": "When you were asked", "outbox": "Messages to you",
    "page_tests": "Test pages", "covers": "Covers", "preflights": "Looks before shifts",
    "handoffs": "Handoffs", "notes": "Notes", "timeline": "Timelines", "incidents": "Incidents",
    "alerts": "Alerts that name you", "audit": "The record", "subscriptions": "Subscriptions",
    "views": "Saved views", "feeds": "Calendar links", "silences": "Silences",
}  # fmt: skip
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class PrivacyPages:
    """The pages under /privacy."""

    def __init__(self, door: Doorway, frames: Frames) -> None:
        self._door, self._frames = door, frames

    def routes(self, gate: Gate) -> list[web.RouteDef]:
        """Their addresses, for who is signed in."""
        return [
            web.get("/privacy", gate.signed(self.show)),
            web.get(r"/privacy/{number:\d{1,15}}.{form:json|txt}", gate.signed(self.copy)),
        ]

    async def show(self, request: web.Request, visit: Visit) -> web.Response:
        """What was asked for, the newest first."""
        told = await self._door.ask("privacy", {}, visit.actor)
        jobs = [{**job, "ready": job["readable"]} for job in told.facts["jobs"]]
        return await self._frames.page(
            request, visit, "privacy.html", here="me", back="/privacy", jobs=jobs,
            may=may_write(self._door.definitions(), visit.actor),
        )  # fmt: skip

    async def copy(self, request: web.Request, visit: Visit) -> web.Response:
        """One copy, to keep; that somebody took it is on record."""
        number, form = int(request.match_info["number"]), request.match_info["form"]
        try:
            told = await self._door.ask("privacy-copy", {"copy": number}, visit.actor)
        except CommandError as error:
            return web.Response(status=error.status, text=f"{error.error}\n", headers=_HEADERS)
        if form == "json":
            text, kind = json.dumps(told.facts, ensure_ascii=False, indent=1), "application/json"
        else:
            text, kind = "\n".join(readable(told.facts)) + "\n", "text/plain"
        name = f'attachment; filename="pixelview-privacy-{number}.{form}"'
        headers = {**_HEADERS, "Content-Disposition": name}
        return web.Response(text=text, content_type=kind, charset="utf-8", headers=headers)


def readable(facts: Mapping[str, Any]) -> Iterator[str]:
    """A copy as people read it: sections, one paragraph a row."""
    yield f"What PixelView keeps about {facts['whom']}: {facts['rows']} rows"
    if facts.get("made_at"):
        yield f"Gathered {iso(facts['made_at'])}"
    known = [name for name in TITLES if name in facts["kept"]]
    for name in (*known, *sorted(set(facts["kept"]) - set(known))):
        found = facts["kept"][name]
        title = f"{TITLES.get(name, name.replace('_', ' ').capitalize())} ({len(found)})"
        yield from ("", title, "-" * len(title))
        for row in found:
            yield from _row(row)
            yield ""


def _row(row: Mapping[str, Any]) -> Iterator[str]:
    kept = row.get("kept")
    flat = {k: v for k, v in row.items() if k != "kept"}
    flat.update(kept if isinstance(kept, Mapping) else {"kept": kept} if kept is not None else {})
    for key, value in flat.items():
        if value in (None, "", [], {}):
            continue
        yield f"  {key.replace('_', ' ')}: {_value(key, value)}"


def _value(key: str, value: Any) -> str:
    if isinstance(value, int) and (key == "at" or key.endswith("_at")) and value > 10**11:
        return iso(value)
    said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return said.replace("\n", "\n    ")
