"""What stands against somebody being on call in a schedule for a while: they are already, they are
away, they are on call elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from commands.rules.oncall.availability import away_during
from commands.rules.oncall.duty import SCHEDULE, turns
from store.model import Definitions, Instant

ALREADY, AWAY, ELSEWHERE = "already", "away", "elsewhere"


@dataclass(frozen=True, slots=True)
class Clash:
    """One thing: ``what`` is the schedule or team, or the reason of the time off."""

    kind: str
    what: str
    start: Instant
    end: Instant


def clashes(
    known: Definitions, person: str, schedule: str, start: Instant, end: Instant
) -> list[Clash]:
    """What somebody should know before they are on call in ``schedule`` then."""
    found = []
    for away in away_during(known, person, start, end):
        span = max(start, away.start), min(end, away.end)
        found.append(Clash(AWAY, away.reason, *span))
    for name, one in sorted(known.schedules.items()):
        kind = ALREADY if name == schedule else ELSEWHERE
        what = _held(known, name)
        found += [Clash(kind, what, t.start, t.end) for t in turns(one, person, start, end)]
    return found


def _held(known: Definitions, schedule: str) -> str:
    """A schedule as people call it: by the team whose duty it holds."""
    teams = [t.name for t in known.teams.values() if t.oncall == f"{SCHEDULE}{schedule}"]
    return teams[0] if len(teams) == 1 else schedule
