"""Whether a run needs a second person, and who that may be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from commands.rules import hours
from commands.rules.conditions import Facts, Match, fits
from commands.rules.oncall.duty import SCHEDULE, duty, on_schedule
from store.model import MINUTE, Definitions, Hours, Instant

KINDS = ("team", "role", "oncall", "lead")


@dataclass(frozen=True, slots=True)
class Need:
    """``by`` is ``team:<name>``, ``role:<name>``, ``oncall:<team or schedule>``, ``lead:<team>`` or
    ``@handle``; ``within`` in ms is how long it waits. The second person is never the one who asks.
    ``match`` says for which incidents it is needed, ``params`` for which values of parameters,
    ``hours`` at which times; what says nothing is needed always."""

    by: str
    within: int = 15 * MINUTE
    match: Match = field(default_factory=dict)
    params: Match = field(default_factory=dict)
    hours: Hours | None = None


class Takes(Protocol):
    """A parameter of an action."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def default(self) -> Any:
        """What it is where nobody says."""
        ...

    @property
    def computed(self) -> bool:
        """Whether nobody here knows what it is where nobody says."""
        ...


def chosen(
    needs: Iterable[Need],
    facts: Facts,
    params: Mapping[str, Any],
    at: Instant,
    takes: Iterable[Takes] = (),
) -> Need | None:
    """The first that fits the incident, the parameters and the hour; None where nobody else has to
    agree. Of what an action ``takes``, a parameter that is left out counts as its default; one
    whose default nobody knows may be anything."""
    left = [each for each in takes if params.get(each.name) is None]
    whole = {each.name: each.default for each in left} | dict(params)
    given = Facts({name: tuple(dict.fromkeys(_meant(value))) for name, value in whole.items()})
    unknown = {each.name for each in left if each.computed}
    for need in needs:
        timely = need.hours is None or hours.holds(need.hours, at)
        named = {name: globs for name, globs in need.params.items() if name not in unknown}
        if timely and fits(need.match, facts) is not None and fits(named, given) is not None:
            return need
    return None


def _meant(value: Any) -> Iterator[str]:
    """All that a value may mean to who takes it: blanks around it, several with commas between,
    and what is within an object are no way around a rule."""
    if isinstance(value, Mapping):
        for pair in value.items():
            for each in pair:
                yield from _meant(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _meant(each)
    else:
        for text in values_of(value):
            yield text
            yield from (part.strip() for part in re.split(r"[,;\n]", text) if part.strip())


def values_of(value: Any) -> tuple[str, ...]:
    """A parameter's value as conditions see it: ``true``, ``5``; each of a list."""
    if isinstance(value, bool):
        return ("true" if value else "false",)
    if isinstance(value, (list, tuple)):
        return tuple(each for one in value for each in values_of(one))
    return () if value is None else (str(value),)


def approvers(known: Definitions, by: str, asker: str, at: Instant) -> tuple[str, ...]:
    """The handles of those whose word counts at an instant, without whoever asks."""
    kind, _, name = by.partition(":")
    found: Iterable[str]
    if by.startswith("@"):
        found = [by[1:]]
    elif kind == "team":
        found = _of_team(known, name)
    elif kind == "role":
        found = [p.handle for p in known.people.values() if name in p.roles]
    elif kind == "oncall":
        found = [each.person for each in _on_call(known, name, at)]
    else:
        found = _lead(known, name, at) if kind == "lead" else ()
    return tuple(h for h in dict.fromkeys(found) if h in known.people and h != asker)


def _of_team(known: Definitions, name: str) -> tuple[str, ...]:
    team = known.teams.get(name)
    return (*((team.lead,) if team.lead else ()), *team.members) if team else ()


def _on_call(known: Definitions, name: str, at: Instant) -> Any:
    if name in known.teams:
        return duty(known, known.teams[name], at)
    return on_schedule(known, name, at)


def _lead(known: Definitions, name: str, at: Instant) -> tuple[str, ...]:
    held = (team.lead or "") if (team := known.teams.get(name)) else ""
    if not held.startswith(SCHEDULE):
        return (held,) if held else ()
    return tuple(each.person for each in on_schedule(known, held[len(SCHEDULE) :], at))


def mistake(known: Definitions, by: str) -> str | None:
    """What is wrong with who is to approve; None for nothing."""
    kind, colon, name = by.partition(":")
    if by.startswith("@"):
        return None if by[1:] in known.people else f"{by[1:]} is not one of the people"
    if kind == "role" and colon:
        from commands.rules.permission import role_names

        return None if name in role_names(known.roles) else f"there is no role {name}"
    if kind == "oncall" and colon:
        there = name in known.teams or name in known.schedules
        return None if there else f"{name} is neither a team nor a schedule"
    if kind in ("team", "lead") and colon:
        return None if name in known.teams else f"{name} is not one of the teams"
    return (
        f"{by}: write team:<name>, role:<name>, oncall:<team or schedule>, lead:<team> or @<handle>"
    )


def in_words(by: str) -> str:
    """``somebody of team db``, ``whoever is on call for db``."""
    kind, _, name = by.partition(":")
    said = {
        "team": f"somebody of team {name}",
        "role": f"somebody with the role {name}",
        "oncall": f"whoever is on call for {name}",
        "lead": f"the lead of team {name}",
    }
    return said.get(kind, by)


def names_who(by: str) -> bool:
    """Whether it says who decides: wishes name a permission instead."""
    return by.startswith("@") or by.partition(":")[0] in KINDS


def untyped(word: str, typed: str) -> str:
    """What to tell who had to type a word and did not; "" where they did, or need not."""
    if not word or typed.strip() == word:
        return ""
    if not typed.strip():
        return f"This is dangerous: type {word} to confirm it."
    return f"That is not {word}: type exactly that to confirm it."
