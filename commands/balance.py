"""Who carried how much lately: shifts, hours, nights, weekends, holidays and pages."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from commands import eras
from commands.context import View
from commands.eras import Era
from commands.errors import Invalid
from commands.oncall import READ, named, zone_of
from commands.registry import arg, query
from commands.rules.oncall import balance as rules
from commands.rules.oncall.balance import Load, Stint
from commands.rules.oncall.duty import schedule_of
from commands.told import Told
from commands.words import date
from store import paged
from store.clock import iso
from store.db import Tx
from store.model import DAY, Definitions, Instant, Person, Team
from store.model.oncall import Schedule

DAYS, LONGEST = 90, 731


@dataclass(frozen=True, slots=True)
class Balance:
    """Arguments of ``balance``."""

    what: str = arg(
        "duty", "A schedule, a team or a person; every schedule if left out.", default=""
    )
    days: int = arg("number", "How many days back.", default=DAYS)


@query("balance", group="oncall", permission=READ, args=Balance, example="balance db 90")
async def balance(view: View, args: Balance) -> Told:
    """Who had how many shifts, nights, weekends, holidays and pages lately."""
    what, days = args.what, args.days
    if what.isdecimal():
        what, days = "", int(what)
    if not 0 < days <= LONGEST:
        raise Invalid(f"Between 1 and {LONGEST} days.", "days")
    of = named(view.definitions, what, view.actor.id) if what else None
    start = view.now - days * DAY
    team = of.name if isinstance(of, Team) else None
    known, pages = await view.read(
        lambda tx: (eras.eras(tx, start), paged.asked_between(tx, start, view.now, team))
    )
    names = _schedules(view.definitions, known, of)
    found = await asyncio.to_thread(loads, known, names, start, view.now, view.definitions)
    found = _with_pages(found, pages, view.definitions)
    shown = _shown(view.definitions, of, found)
    facts = _facts(view, names, shown, start)
    facts["fewest_nights"] = rules.fewest_nights(shown, _rota(view.definitions, of) or shown)
    return Told(tuple(_lines(view, of, shown, start, days)), facts)


def so_far(
    tx: Tx, now: Instant, known: Definitions, schedule: str, days: int = DAYS
) -> dict[str, Load]:
    """What everybody carried lately in one schedule, without pages: for who might take a shift."""
    start = now - days * DAY
    return loads(eras.eras(tx, start), [schedule], start, now, known)


def loads(
    found: Sequence[Era], names: Iterable[str], start: Instant, end: Instant, known: Definitions
) -> dict[str, Load]:
    """What everybody carried in these schedules between two instants, as they were then."""
    stints = [stint for name in names for stint in _stints(found, name, start, end)]
    return rules.loads(stints, known.people)


def _stints(found: Sequence[Era], name: str, start: Instant, end: Instant) -> Iterator[Stint]:
    """Each turn of each person; one that goes on while others come and go is one."""
    held: dict[str, Stint] = {}
    for schedule, shift in eras.shifts(found, name, start, end):
        holidays = rules.holidays_of(schedule)
        for person in [p for p in held if p not in shift.people or held[p].end != shift.start]:
            yield held.pop(person)
        for person in shift.people:
            new = Stint(person, shift.start, shift.end, schedule.zone, holidays)
            held[person] = replace(held[person], end=shift.end) if person in held else new
    yield from held.values()


def _schedules(
    known: Definitions, found: Sequence[Era], of: Team | Schedule | Person | None
) -> list[str]:
    if isinstance(of, Schedule):
        return [of.name]
    if isinstance(of, Team):
        schedule = schedule_of(known, of)
        return [schedule.name] if schedule is not None else []
    return eras.names(found)


def _rota(known: Definitions, of: Team | Schedule | Person | None) -> list[str]:
    """Whose turn it can be: the team's members, and whom the schedule's layers name."""
    if isinstance(of, Person):
        return [of.handle]
    might = list(of.members) if isinstance(of, Team) else []
    schedule = schedule_of(known, of) if isinstance(of, Team) else of
    for layer in schedule.layers if schedule is not None else ():
        turns = layer.rotation.people if layer.rotation else ()
        might += [*layer.people, *(person for turn in turns for person in turn)]
    return [handle for handle in dict.fromkeys(might) if handle in known.people]


def _shown(
    known: Definitions, of: Team | Schedule | Person | None, found: dict[str, Load]
) -> dict[str, Load]:
    """The loads that are shown: of everybody whose turn it can be, and of who had a turn."""
    might = _rota(known, of)
    had = [] if isinstance(of, Person) else [h for h, load in found.items() if load.shifts]
    had += [] if of is not None else list(found)
    loads = {handle: found.get(handle, Load(handle)) for handle in (*might, *had)}
    ranked = sorted(loads.items(), key=lambda each: (-each[1].nights, known.name_of(each[0])))
    return dict(ranked)


def _with_pages(
    found: dict[str, Load], pages: Iterable[tuple[str, Instant]], known: Definitions
) -> dict[str, Load]:
    for handle, at in pages:
        load = found.get(handle, Load(handle))
        person = known.people.get(handle)
        night = person is not None and rules.is_night(at, person.zone)
        found[handle] = replace(
            load, pages=load.pages + 1, night_pages=load.night_pages + int(night)
        )
    return found


# ---- words and facts -----------------------------------------------------------------------------


def _lines(
    view: View,
    of: Team | Schedule | Person | None,
    shown: dict[str, Load],
    start: Instant,
    days: int,
) -> Iterator[str]:
    zone = zone_of(view)
    kind = {Team: "team ", Schedule: "schedule "}.get(type(of), "")
    what = f" of {kind}{of.name}" if of is not None else ""
    since, until = (date(at, zone).rsplit(" ", 2)[0] for at in (start, view.now))
    yield f"Balance{what}, the last {_many(days, 'day')} ({since} to {until})"
    if not shown:
        yield "Nobody was on call."
        return
    yield from (_line(view.definitions.name_of(h), load) for h, load in shown.items())
    rota = _rota(view.definitions, of) or list(shown)
    fewest = rules.fewest_nights(shown, rota)
    if len(rota) > 1 and fewest is not None:
        yield f"Fewest nights so far: {view.definitions.name_of(fewest)}."


def _line(name: str, load: Load) -> str:
    """``Ana Petrova: 7 shifts, 1008 h · 45 nights · 6 weekends · 2 holidays · 12 pages, 5 at
    night``."""
    parts = [f"{_many(load.shifts, 'shift')}, {load.hours} h", _many(load.nights, "night")]
    parts.append(_many(load.weekends, "weekend"))
    if load.holidays:
        parts.append(_many(load.holidays, "holiday"))
    at_night = f", {load.night_pages} at night" if load.night_pages else ""
    parts.append(f"{_many(load.pages, 'page')}{at_night}")
    return f"{name}: {' · '.join(parts)}"


def _many(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _facts(
    view: View, names: Sequence[str], shown: dict[str, Load], start: Instant
) -> dict[str, Any]:
    people = [
        {**asdict(load), "name": view.definitions.name_of(handle), "hours": load.hours}
        for handle, load in shown.items()
    ]
    for each in people:
        each.pop("time")
    return {
        "from": iso(start),
        "to": iso(view.now),
        "schedules": list(names),
        "people": people,
    }
