"""The monitors that are told what people did: whether each answers, and what it lets us do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from commands import token_watch
from commands.checked import Checked
from commands.context import View
from commands.oncall import zone_of
from commands.registry import query
from commands.told import Told
from commands.words import local
from store.clock import iso


@dataclass(frozen=True, slots=True)
class All:
    """``monitors`` needs nothing."""


@query("monitors", group="admin", permission="config.read", args=All, example="monitors")
async def monitors(view: View, args: All) -> Told:
    """Whether each monitor that is told what people do answers, and what it lets us do."""
    found = await view.monitors() if view.monitors is not None else ()
    ending = await token_watch.of_monitors(view)
    if not found:
        say = "No monitor is told what people do: intake.sources.<name>.write_back says where it is"
        return Told((f"{say}.", *ending), {"monitors": []}, not ending)
    zone = zone_of(view)
    lines = [line for each in found for line in _lines(each, zone, view)]
    return Told(
        (*lines, *ending),
        {"monitors": [_facts(each) for each in found]},
        all(f.ok for f in found) and not ending,
    )


def _lines(each: Checked, zone: str, view: View) -> Iterator[str]:
    if each.error:
        yield f"✖ {each.name}: {each.error}."
    else:
        says = ", ".join(each.says) or "it answers"
        yield f"{'✔' if each.ok else '▲'} {each.name}: {says}."
    for lack in each.lacks:
        yield f"  {lack[:1].upper()}{lack[1:]}."
    if each.looked_at is not None:
        yield f"  Last looked at {local(each.looked_at, zone, view.now)}."
    if each.events:
        yield f"  Its events: {each.events}."


def _facts(each: Checked) -> dict[str, Any]:
    return {
        "name": each.name, "integration": each.integration, "ok": each.ok, "error": each.error,
        "says": list(each.says), "lacks": list(each.lacks), "events": each.events,
        "looked_at": iso(each.looked_at) if each.looked_at is not None else None,
    }  # fmt: skip
