"""What is run and what was: the list, and one run with its steps, its output and its buttons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from bot.cards import execution as cards
from bot.cards import steps, words
from bot.cards.address import http
from bot.cards.model import Press
from bot.cards.scene import Scene
from bot.web import render
from bot.web.frame import Frames
from bot.web.gate import Gate
from bot.web.ports import Doorway
from bot.web.render import Reader
from bot.web.saying import Offer, pressed
from bot.web.session import HEADERS, Visit, fresh_key
from commands import rights
from commands.automation.listing import MOST, Found, Shown
from commands.errors import CommandError, NotFound
from commands.rules import filling
from commands.words import duration
from store.executions import CANCELED, DONE, FAILED, UNKNOWN, Execution
from store.model import Definitions

HERE, READ = "runs", "inventory.read"
STATES = (("", "All"), ("open", "Running"), (DONE, "Done"), (FAILED, "Failed"),
          (CANCELED, "Canceled"), (UNKNOWN, "No answer"))  # fmt: skip
FILTERS = ("state", "action", "incident", "who", "automation", "before")
OF_INCIDENT = 5
_SHOWN = 200_000
_TONE = {DONE: "resolved", FAILED: "error", CANCELED: "muted", UNKNOWN: "warning"}
_MARK = {DONE: "resolved", FAILED: "error", CANCELED: "close", UNKNOWN: "warning"}


@dataclass(frozen=True, slots=True)
class Row:
    """One run as a line: ``mark`` and ``tone`` are those of its state, ``word`` says it."""

    one: Execution
    mark: str
    tone: str
    word: str
    who: str
    took: str
    outcome: str


def row(one: Execution, known: Definitions) -> Row:
    """One run as a line."""
    lost = cards.lost(one)
    tone = "warning" if lost else _TONE.get(one.state, "info")
    mark = "warning" if lost else _MARK.get(one.state, "again")
    word = ("No answer" if lost else cards.word(one)).capitalize()
    who = known.name_of(one.by) if one.by and not one.elsewhere else one.by
    outcome = next((line for line in one.outcome.splitlines() if line.strip()), "")
    code = f"{one.code}: " if one.state == FAILED and one.code else ""
    said = f"{code}{outcome.removeprefix(code)}" if outcome else one.code
    if lost:
        said = f"{one.system} does not answer; it is looked for again"
    shown = words.clean(said) if one.over or lost else ""
    return Row(one, mark, tone, word, words.clean(one.automation or who), _took(one), shown)


def _took(one: Execution) -> str:
    began = one.began_at
    return (
        duration(one.ended_at - began) if began and one.ended_at and one.ended_at >= began else ""
    )


class RunPages:
    """``/runs`` and ``/runs/<n>``."""

    def __init__(self, door: Doorway, frames: Frames, base: str) -> None:
        self._door, self._frames, self._base = door, frames, base

    def routes(self, gate: Gate) -> list[web.RouteDef]:
        """Their addresses, for who is signed in."""
        return [
            web.get("/runs", gate.signed(self.page)),
            web.get(r"/runs/{id:\d{1,15}}", gate.signed(self.one)),
            web.get(r"/runs/{id:\d{1,15}}.txt", gate.signed(self.text)),
        ]

    async def page(self, request: web.Request, visit: Visit) -> web.Response:
        """The list an address asks for."""
        wanted = {n: words.clean(request.query.get(n, ""))[:80].strip() for n in FILTERS}
        asked = {n: v for n, v in wanted.items() if v}
        rows, wrong = [], ""
        try:
            found: Found = await self._door.ask("executions", asked, visit.actor)
            rows = [row(one, self._door.definitions()) for one in found.found]
        except CommandError as error:
            if error.status == 403:
                raise
            wrong = error.error
        narrow = {n: v for n, v in asked.items() if n != "before"}
        later = ""
        if len(rows) == MOST:
            later = f"/runs?{urlencode({**narrow, 'before': rows[-1].one.id})}"
        states = [
            (value, label, f"/runs?{urlencode(_with(narrow, value))}".rstrip("?"))
            for value, label in STATES
        ]
        return await self._frames.page(
            request, visit, "runs.html", here=HERE, status=422 if wrong else 200, rows=rows,
            wanted_=wanted, wrong=words.clean(wrong), states=states, later=later,
            people=sorted(self._door.definitions().people.values(), key=lambda p: p.name),
            narrow=bool(narrow), more=bool(set(narrow) - {"state"}),
            running=any(not r.one.over for r in rows),
        )  # fmt: skip

    async def one(self, request: web.Request, visit: Visit) -> web.Response:
        """One run."""
        shown = await self._shown(request, visit)
        one = shown.one
        assert one is not None
        scene = Scene(self._door.definitions(), self._base, visit.now)
        drawn = cards.card(cards.Run(one, shown.incident), scene)
        reader = Reader(visit.now, visit.zone, self._base)
        printed, cut = ("", False) if visit.part else await self._printed(one, visit)
        return await self._frames.page(
            request, visit, "run.html", here=HERE, key=fresh_key(), one=one,
            row=row(one, self._door.definitions()), says=words.clean(one.says),
            state=render.spans(drawn.state.spans, reader), incident=shown.incident,
            deeds=list(_deeds(drawn.actions.buttons)), tree=list(_tree(one)), again=one.again_of,
            params=sorted(filling.shown(one.params, one.secret).items()), printed=printed, cut=cut,
            tail=[words.lines(line) for line in one.tail], url=http(one.url) if one.url else None,
            approved=words.clean(self._door.definitions().name_of(one.approved_by))
            if one.approved_by else "",
        )  # fmt: skip

    async def text(self, request: web.Request, visit: Visit) -> web.Response:
        """All it printed, as a file."""
        shown = await self._shown(request, visit)
        assert shown.one is not None
        text, _ = await self._printed(shown.one, visit, whole=True)
        name = f'attachment; filename="run-{shown.one.id}.txt"'
        return web.Response(
            text=text, content_type="text/plain", charset="utf-8",
            headers={**HEADERS, "Content-Disposition": name},
        )  # fmt: skip

    async def _shown(self, request: web.Request, visit: Visit) -> Shown:
        asked = {"execution": request.match_info["id"]}
        shown: Shown = await self._door.ask("execution", asked, visit.actor)
        if shown.one is None:
            raise NotFound(f"There is no run {asked['execution']}.")
        return shown

    async def _printed(
        self, one: Execution, visit: Visit, *, whole: bool = False
    ) -> tuple[str, bool]:
        """What it printed, as far as somebody may read that, and whether there is more. Asked once
        a page, as the record keeps who read it."""
        if one.via == "resource":
            return one.outcome, False
        try:
            told = await self._door.ask("output", {"execution": one.id}, visit.actor)
        except CommandError as error:
            if whole:
                raise
            return error.error, False
        text = str(told.facts.get("text", ""))
        return (text, False) if whole else (text[-_SHOWN:], len(text) > _SHOWN)


def _with(narrow: Mapping[str, str], state: str) -> dict[str, str]:
    return {n: v for n, v in {**narrow, "state": state}.items() if v}


def _deeds(buttons: tuple[Press, ...]) -> Iterator[tuple[Offer, Press]]:
    """The buttons of its card; what it printed stands on the page already."""
    for press in buttons:
        if not press.token.startswith("do:output"):
            for offer in pressed((press,)):
                yield offer, press


def _tree(one: Execution) -> Iterator[dict[str, Any]]:
    for each in one.steps:
        took = duration(each.ended_at - each.began_at) if each.began_at and each.ended_at else ""
        yield {
            "name": words.clean(each.name), "depth": min(each.depth, 6), "took": took,
            "mark": steps.MARK.get(each.state, steps.TO_COME), "since": each.began_at,
            "word": cards.WORD.get(each.state, each.state), "tone": _TONE.get(each.state, ""),
        }  # fmt: skip


async def of_incident(door: Doorway, visit: Visit, incident: int) -> list[Row]:
    """The newest runs about an incident, for who may see such."""
    if rights.may(door.definitions(), visit.actor, READ) is None:
        return []
    found: Found = await door.ask("executions", {"incident": incident}, visit.actor)
    return [row(one, door.definitions()) for one in found.found[:OF_INCIDENT]]
