"""``stackstorm``: how the systems stand that run actions for us."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from commands.automation.port import Standing
from commands.context import View
from commands.registry import query
from commands.told import Told
from commands.words import count, duration
from store.clock import iso


@dataclass(frozen=True, slots=True)
class Nothing:
    """``stackstorm`` needs nothing."""


@query("stackstorm", group="auto", permission="inventory.read", args=Nothing, example="stackstorm")
async def standing(view: View, args: Nothing) -> Told:
    """How StackStorm stands: version, actions, executions that are followed, the last error."""
    found = view.automation.status() if view.automation is not None else ()
    if not found:
        return Told(("No StackStorm is connected; docs/automation.md says how.",), {"systems": []})
    lines = tuple(_line(one, view.now) for one in found)
    return Told(lines, {"systems": [_fact(one) for one in found]})


def _line(one: Standing, now: int) -> str:
    if one.reached_at is None:
        return f"❌ {one.name}: not reached yet. {one.error}".strip()
    glyph = "❌" if one.error else "✅"
    ago = duration(max(now - one.reached_at, 0))
    stream = "its stream is up" if one.stream else "its stream is down, it is looked at instead"
    parts = [
        one.version or "StackStorm", f"answered {ago} ago", f"{one.actions} actions", stream,
        f"{count(one.followed, 'execution')} followed",
    ]  # fmt: skip
    error = f". Last error: {one.error}" if one.error else ""
    return f"{glyph} {one.name}: {', '.join(parts)}{error}"


def _fact(one: Standing) -> dict[str, Any]:
    return {
        "name": one.name, "version": one.version, "actions": one.actions, "stream": one.stream,
        "reached_at": iso(one.reached_at) if one.reached_at is not None else None,
        "followed": one.followed, "lag_ms": one.lag, "error": one.error,
    }  # fmt: skip
