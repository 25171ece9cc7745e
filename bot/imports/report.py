"""What an import says to people: what came over, what did not, and who is on call otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from bot.imports.base import Asked, Imported
from bot.imports.compare import Compared, Difference
from bot.imports.spans import aware
from bot.yamlfile import BadSettings
from store.model import Definitions, Instant

_SHOWN = 40
"""So many differences of one schedule are listed; the rest are counted."""


def summary(found: Imported) -> str:
    """What the result holds: ``4 people, 1 team, …``."""
    counts = (
        (len(found.people), "person", "people"),
        (len(found.teams), "team", "teams"),
        (len(found.schedules), "schedule", "schedules"),
        (len(found.policies), "policy", "policies"),
        (len(found.routes), "route", "routes"),
    )
    return ", ".join(f"{n} {one if n == 1 else many}" for n, one, many in counts)


def notes(found: Imported) -> Iterator[str]:
    """Everything that is not as it was, a line each."""
    for kind in ("left out", "approximated"):
        listed = [n for n in found.notes if n.kind == kind]
        if listed:
            yield f"{kind.capitalize()}:"
            yield from (f"  {note.what}: {note.why}" for note in listed)


def comparison(done: Iterable[Compared], known: Definitions, asked: Asked) -> Iterator[str]:
    """Who is on call there and here, schedule by schedule."""
    yield f"Who is on call, {_day(asked.start)} to {_day(asked.end)} ({asked.days} days):"
    none = True
    for each in done:
        none = False
        yield from _schedule(each, known)
    if none:
        yield "  no schedule to compare"


def _schedule(each: Compared, known: Definitions) -> Iterator[str]:
    span = f"{_day(each.start)} to {_day(each.end)}, with {each.basis}"
    count = len(each.differences)
    if not count:
        yield f"  {each.name}: the same ({span})"
        return
    word = "difference" if count == 1 else "differences"
    yield f"  {each.name}: {count} {word}, {each.hours:.4g} h in all ({span})"
    for one in each.differences[:_SHOWN]:
        yield f"    {_span(one, each.source.zone)}  {_names(one.theirs, known)} there, " + (
            f"{_names(one.ours, known)} here" + (f": {one.why}" if one.why else "")
        )
    if count > _SHOWN:
        yield f"    and {count - _SHOWN} more"


def _span(one: Difference, zone: str) -> str:
    start, end = aware(one.start, zone), aware(one.end, zone)
    until = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%a %Y-%m-%d %H:%M}"
    if start.utcoffset() != end.utcoffset():
        return f"{start:%a %Y-%m-%d %H:%M%z} to {end:%a %Y-%m-%d %H:%M%z} {zone}"
    return f"{start:%a %Y-%m-%d %H:%M} to {until} {zone}"


def _names(people: tuple[str, ...], known: Definitions) -> str:
    """``Ana Petrova and Omar Haddad``; ``nobody``."""
    named = [p[1:] if p.startswith("?") else known.name_of(p) for p in people]
    return " and ".join(named) or "nobody"


def _day(at: Instant) -> str:
    return f"{aware(at):%Y-%m-%d}" if at % 86_400_000 == 0 else f"{aware(at):%Y-%m-%dT%H:%MZ}"


def admins(people: Mapping[str, Mapping[str, object]]) -> bool:
    """Whether somebody may administer the result."""
    return any("admin" in (p.get("roles") or ()) for p in people.values())  # type: ignore[operator]


def unreadable(error: BadSettings) -> str:
    """A result that the settings refuse: a mistake of the import, said as such."""
    return f"the import wrote settings that can't be read; please report it:\n{error}"
