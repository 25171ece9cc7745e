"""Workflows in the console: those that were made here, one with its files, and the form that puts
actions together, a row for each step."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from bot.cards import words
from bot.web.frame import Frames
from bot.web.gate import Gate, form
from bot.web.ports import Doorway
from bot.web.session import HEADERS, Visit, fresh_key
from commands import rights
from commands.automation.offers import REMOTE
from commands.automation.workflows import WRITE
from commands.errors import CommandError
from commands.rules import workflow
from commands.rules.workflow import MOST, Wrong

HERE = "workflows"
WHENS = (
    (workflow.SUCCEEDED, "if it succeeded"), (workflow.FAILED, "if it failed"),
    (workflow.ALWAYS, "however it ended"),
)  # fmt: skip
_SHOWN = 500
Rows = list[dict[str, str]]


class WorkflowPages:
    """``/workflows``, ``/workflows/<name>`` and its files."""

    def __init__(self, door: Doorway, frames: Frames) -> None:
        self._door, self._frames = door, frames

    def routes(self, gate: Gate) -> list[web.RouteDef]:
        """Their addresses, for who is signed in."""
        return [
            web.get("/workflows", gate.signed(self.every)),
            web.post("/workflows", gate.signed(self.make)),
            web.get(r"/workflows/{name:\w{1,50}}", gate.signed(self.one)),
            web.get(r"/workflows/{name:\w{1,50}}.zip", gate.signed(self.files)),
        ]

    async def every(self, request: web.Request, visit: Visit) -> web.Response:
        """Those there are, and the form; ``?name=`` fills it with one."""
        name = request.query.get("name", "")
        values: Mapping[str, Any] = {}
        if name and self._may(visit):
            told = await self._door.ask("workflow-form", {"name": name}, visit.actor)
            values = told.facts["values"]
        head = {"workflow": words.clean(name)[:50], "purpose": str(values.get("purpose", ""))}
        return await self._page(request, visit, head, rows_of(str(values.get("steps", ""))))

    async def make(self, request: web.Request, visit: Visit) -> web.Response:
        """Look it through, or make it."""
        values = await form(request)
        if values.get("deed") == "remove":
            return await self._remove(request, visit, values)
        head = {name: values.get(name, "").strip() for name in ("workflow", "purpose")}
        rows = given(values)
        args = {**head, "steps": steps_of(rows)}
        try:
            if values.get("deed") == "check":
                told = await self._door.ask("workflow-check", args, visit.actor)
                return await self._page(request, visit, head, rows, told=told)
            await self._door.do("workflow-new", args, visit.actor, key=values.get("key") or None)
        except CommandError as error:
            return await self._page(
                request, visit, head, rows, error=error.error, status=error.status
            )
        raise web.HTTPSeeOther(f"/workflows/{workflow.named(head['workflow'])}")

    async def _remove(
        self, request: web.Request, visit: Visit, values: Mapping[str, str]
    ) -> web.Response:
        args = {"name": values.get("name", ""), "confirm": values.get("confirm", "").strip()}
        try:
            await self._door.do("workflow-remove", args, visit.actor)
        except CommandError as error:
            head = {"workflow": "", "purpose": ""}
            return await self._page(
                request, visit, head, rows_of(""), error=error.error, status=error.status
            )
        raise web.HTTPSeeOther("/workflows")

    async def one(self, request: web.Request, visit: Visit) -> web.Response:
        """One with its steps, its dry run and its files."""
        asked = {"name": request.match_info["name"]}
        found = (await self._door.ask("workflow", asked, visit.actor)).facts
        return await self._frames.page(
            request, visit, "workflow.html", here=HERE, one=found, may=self._may(visit),
            steps=[words.clean(line) for line in found["steps"]],
            by=words.clean(self._door.definitions().name_of(found["by"])),
            files={path: words.lines(text) for path, text in found["files"].items()},
        )  # fmt: skip

    async def files(self, request: web.Request, visit: Visit) -> web.Response:
        """Its files as they belong into the pack."""
        asked = {"name": request.match_info["name"]}
        found = (await self._door.ask("workflow", asked, visit.actor)).facts
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
            for path, text in found["files"].items():
                out.writestr(f"{found['pack']}/{path}", text)
        name = f'attachment; filename="{found["name"]}.zip"'
        headers = {**HEADERS, "Content-Disposition": name}
        return web.Response(
            body=packed.getvalue(), content_type="application/zip", headers=headers
        )  # fmt: skip

    def _may(self, visit: Visit) -> bool:
        return rights.may(self._door.definitions(), visit.actor, WRITE) is not None

    async def _page(
        self, request: web.Request, visit: Visit, head: Mapping[str, str], rows: Rows, *,
        told: Any = None, error: str = "", status: int = 200,
    ) -> web.Response:  # fmt: skip
        listed = await self._door.ask("workflows", {}, visit.actor)
        actions = self._door.rules.offers.via(REMOTE)[:_SHOWN]
        used = max((n for n, row in enumerate(rows, 1) if row["action"]), default=0)
        return await self._frames.page(
            request, visit, "workflows.html", here=HERE, status=status, whens=WHENS,
            shown=min(max(3, used) + 1, MOST),
            found=listed.facts["workflows"], head=head, rows=rows, may=self._may(visit),
            told=[words.clean(line) for line in told.lines] if told is not None else [],
            error=words.clean(error), key=fresh_key(),
            actions=[(a.name, words.clean(" ".join(f"{p.name}=" for p in a.params))[:200])
                     for a in actions],
        )  # fmt: skip


def rows_of(text: str) -> Rows:
    """The rows of steps that were typed, and empty ones up to what a workflow may have."""
    rows = []
    try:
        for number, step in enumerate(workflow.read(text) if text else (), 1):
            inputs, also = workflow.written(step)
            after = str(step.after) if step.after not in (0, number - 1) else ""
            rows.append({"action": step.action, "inputs": inputs, "when": step.when,
                         "after": after, "also": also})  # fmt: skip
    except Wrong:
        rows = []
    return rows + [dict.fromkeys(("action", "inputs", "when", "after", "also"), "")
                   for _ in range(MOST - len(rows))]  # fmt: skip


def given(values: Mapping[str, str]) -> Rows:
    """The rows that a form brought."""
    names = ("action", "inputs", "when", "after", "also")
    return [
        {name: " ".join(values.get(f"{name}_{n}", "").split()) for name in names}
        for n in range(1, MOST + 1)
    ]


def steps_of(rows: Rows) -> str:
    """The rows as people type steps; empty ones count for nothing."""
    lines: list[str] = []
    for row in rows:
        if not row["action"]:
            continue
        line = f"{row['action']} {row['inputs']}".rstrip()
        after, also = row["after"], row["also"].removeprefix("<%").removesuffix("%>").strip()
        if lines:
            if row["when"] == workflow.ALWAYS:
                line += f" always after {after}" if after else " always"
            else:
                line += f" if {after} {row['when'] or workflow.SUCCEEDED}".replace("  ", " ")
            line += f" and <% {also} %>" if also else ""
        lines.append(line)
    return "\n".join(lines)
