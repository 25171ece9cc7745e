"""Who may be the second person of a command that needs one."""

from __future__ import annotations

from dataclasses import dataclass, field

from commands.rules.conditions import Match
from store.model import MINUTE, Definitions


@dataclass(frozen=True, slots=True)
class Need:
    """``by`` is ``team:<name>``, ``role:<name>`` or ``@handle``; ``within`` in ms is how long it
    waits. The second person is never the one who asks. ``match`` says for which incidents it is
    needed."""

    by: str
    within: int = 15 * MINUTE
    match: Match = field(default_factory=dict)


def approvers(known: Definitions, by: str, asker: str) -> tuple[str, ...]:
    """The handles of those whose word counts, without whoever asks."""
    kind, _, name = by.partition(":")
    if by.startswith("@"):
        found = [by[1:]] if by[1:] in known.people else []
    elif kind == "team":
        team = known.teams.get(name)
        found = [*(h for h in (team.lead,) if h), *team.members] if team else []
    elif kind == "role":
        found = [p.handle for p in known.people.values() if name in p.roles]
    else:
        found = []
    people = (h for h in dict.fromkeys(found) if h in known.people)
    return tuple(h for h in people if h != asker)


def mistake(known: Definitions, by: str) -> str | None:
    """What is wrong with who is to approve; None for nothing."""
    kind, colon, name = by.partition(":")
    if by.startswith("@"):
        return None if by[1:] in known.people else f"{by[1:]} is not one of the people"
    if kind == "team" and colon:
        return None if name in known.teams else f"{name} is not one of the teams"
    if kind == "role" and colon:
        from commands.rules.permission import role_names

        return None if name in role_names(known.roles) else f"there is no role {name}"
    return f"{by}: write team:<name>, role:<name> or @<handle>"


def in_words(by: str) -> str:
    """``one of team db``, ``an admin``."""
    kind, _, name = by.partition(":")
    if kind == "team":
        return f"somebody of team {name}"
    return f"somebody with the role {name}" if kind == "role" else by
