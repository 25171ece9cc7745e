"""``changes``: what people changed in the schedules, now and to come, with the numbers for undo."""

from __future__ import annotations

from dataclasses import dataclass

from commands.context import View
from commands.errors import Invalid
from commands.oncall import READ, zone_of
from commands.registry import arg, query
from commands.rota import ground, say
from commands.told import Told
from store.model import Definitions
from store.model.oncall import RotaChange

MOST = 15


@dataclass(frozen=True, slots=True)
class ChangesArgs:
    """Arguments of ``changes``."""

    what: str = arg("schedule", "A schedule, or a team that has one; all if left out.", default="")


@query("changes", group="oncall", permission=READ, args=ChangesArgs, example="changes db")
async def changes(view: View, args: ChangesArgs) -> Told:
    """Overrides, swaps and temporary schedules, now and to come, with their numbers."""
    known = view.definitions
    one = ground.named(known, args.what) if args.what else None
    if args.what and one is None:
        there = ", ".join(sorted(known.schedules)) or "none yet"
        raise Invalid(f"There is no schedule or team {args.what}. There are: {there}.", "what")
    found = [
        c
        for c in known.rota.values()
        if ground.span_of(c)[1] > view.now and (one is None or c.schedule == one.name)
    ]
    found.sort(key=ground.span_of)
    lines = [_line(view, known, each) for each in found[:MOST]]
    if len(found) > MOST:
        lines.append(f"And {len(found) - MOST} more.")
    facts = [_fact(known, each) for each in found]
    return Told(tuple(lines) or ("Nothing is changed.",), {"changes": facts})


def _fact(known: Definitions, each: RotaChange) -> dict[str, object]:
    """One change for programs."""
    start, end = ground.span_of(each)
    return {
        "change": each.batch or each.id, "schedule": each.schedule, "by": each.by,
        "made_at": each.at, "starts_at": start, "ends_at": end, "reason": each.reason,
        "says": _deed(known, each),
    }  # fmt: skip


def _line(view: View, known: Definitions, each: RotaChange) -> str:
    start, end = ground.span_of(each)
    one = known.schedules.get(each.schedule)
    when = say.both(start, end, one.zone if one else "UTC", zone_of(view), view.now)
    reason = f' · "{each.reason}"' if each.reason else ""
    by = f"by {known.name_of(each.by)}"
    number = each.batch or each.id
    return f"{number} · {each.schedule}, {when} · {_deed(known, each)} · {by}{reason}"


def _deed(known: Definitions, each: RotaChange) -> str:
    def name(handle: str | None) -> str:
        return say.names(known, (handle,)) if handle else "nobody"

    if each.swap is not None:
        return f"{name(each.swap.to_person)} for {name(each.swap.from_person)}"
    if each.temporary is not None:
        people = dict.fromkeys(p for s in each.temporary.shifts for p in s.people)
        return f"only {say.names(known, people)}"
    if each.override is None:
        return "nothing"
    if each.override.add and each.override.remove:
        return f"{name(each.override.add)} for {name(each.override.remove)}"
    if each.override.add:
        return f"{name(each.override.add)} too"
    return f"without {name(each.override.remove)}"
