"""Card 9: who is on call, for whoever asks alone or for the channel, with what can be done next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.cards.buttons import token
from bot.cards.model import Note, Press, Private
from bot.cards.rota import number_of
from bot.cards.view import own, strange
from commands.registry import CATALOG
from commands.rota import ground, say
from commands.rules import escalation
from commands.rules.oncall.duty import OnDuty, duty, on_schedule
from store.model import Definitions, Instant, Person, Team
from store.model.oncall import Schedule

_LONG = 400
Found = Team | Schedule | Person | None


def answer(
    lines: Iterable[str], found: Found, known: Definitions, now: Instant, *, shared: bool = False
) -> Private:
    """The lines of ``who``; ``found`` is what was asked for, ``shared`` shows it to everybody."""
    first, *rest = [*lines] or ["Nobody is on call."]
    said = [(own("☎️ "), strange(first, _LONG)), *((strange(line, _LONG),) for line in rest)]
    on = _on(found, known, now)
    if isinstance(found, Team) and not on and (fallback := _fallback(found, known, now)):
        said.append((strange(f"Fallback: {fallback}", _LONG),))
    return Private(note=Note(tuple(said), actions=tuple(_buttons(found, on, known))), shared=shared)


def _on(found: Found, known: Definitions, now: Instant) -> tuple[OnDuty, ...]:
    if isinstance(found, Team):
        return duty(known, found, now)
    return on_schedule(known, found.name, now) if isinstance(found, Schedule) else ()


def _fallback(team: Team, known: Definitions, now: Instant) -> str:
    """Whom an incident of the team asks in the end."""
    route = next((r for r in known.routes if r.team == team.name), None)
    policy = escalation.policy_of(known, route.policy if route else None)
    asked = escalation.resolve(policy.fallback, known, team.name, now)
    return say.names(known, (a.person.handle for a in asked)) if asked else ""


def _buttons(found: Found, on: tuple[OnDuty, ...], known: Definitions) -> Iterator[Press]:
    """Page who is on call, the next shifts, cover; where nobody is, somebody is put there."""
    if on and "page" in CATALOG:
        name = say.names(known, (on[0].person,))
        yield Press(f"Page {name}…", token("page", number_of("person", on[0].person), 0))
    kind = {Team: "team", Schedule: "schedule", Person: "person"}.get(type(found), "")
    name = getattr(found, "handle", "") or getattr(found, "name", "")
    if isinstance(found, Person) and "page" in CATALOG:
        first = say.names(known, (found.handle,))
        yield Press(f"Page {first}…", token("page", number_of("person", found.handle), 0))
    if kind:
        yield Press("Next 7 days", token("shifts", number_of(kind, name), 0))
    held = ground.named(known, f"{kind}:{name}") if kind in ("team", "schedule") else None
    if found is None:
        yield Press("My shifts", token("shifts", 0, 0))
    if held is None:
        return
    number = number_of("schedule", held.name)
    yield Press("Cover…", token("cover", number, 0))
    yield Press("Cover it…" if not on else "Override…", token("override", number, 0))
