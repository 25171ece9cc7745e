"""What a team wants of its war rooms: when one opens by itself, its name, who comes, how often an
update is due. Pure."""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from store.model import Severity
from store.model.room import CHANNEL

LONGEST = 80
"""Characters of a channel's name, in Slack; Discord takes more."""
FIELDS = ("id", "title", "severity", "team", "service")
"""What a pattern may hold."""
HOLDER, ASSIGNEE, ASKED, ONCALL, LEADS, MEMBERS = (
    "holder", "assignee", "asked", "oncall", "lead", "team",
)  # fmt: skip
DUTIES = (HOLDER, ASSIGNEE, ASKED, ONCALL, LEADS, MEMBERS)
"""Whom a rule may invite without a name: who has the incident, who is asked to take it, whom it
pages, who is on call for its team, who leads that, everybody in it."""
RHYTHM: Mapping[Severity, int] = {Severity.CRITICAL: 30, Severity.ERROR: 60}

_OTHER = re.compile(r"[^a-z0-9]+")
_SPELT = str.maketrans({"æ": "ae", "ø": "o", "ł": "l", "đ": "d", "þ": "th", "&": " and "})


@dataclass(frozen=True, slots=True)
class RoomRule:
    """Settings of war rooms, of everybody or of a team or route.

    ``opens`` is the severity from which one is made by itself, None for never; ``where`` is channel
    or thread; ``rhythm`` the minutes between updates by severity; ``surfaces`` the chats, empty for
    those that have the incident's card; ``archive_after`` the minutes after the resolve, 0 for
    never. ``name``, ``call`` and ``dashboard`` are patterns.
    """

    opens: Severity | None = None
    name: str = "inc-{id}-{title}"
    where: str = CHANNEL
    invite: tuple[str, ...] = (HOLDER, ASSIGNEE, ASKED, ONCALL, LEADS)
    call: str = ""
    rhythm: Mapping[Severity, int] = field(default_factory=lambda: RHYTHM)
    private: bool = False
    surfaces: tuple[str, ...] = ()
    dashboard: str = ""
    archive_after: int = 24 * 60

    def every(self, severity: Severity) -> int:
        """The minutes between status updates; 0 where none are due."""
        return self.rhythm.get(severity, 0)

    def opens_for(self, severity: Severity) -> bool:
        """Whether an incident that bad gets a room by itself."""
        return self.opens is not None and severity.rank <= self.opens.rank


@dataclass(frozen=True, slots=True)
class Rooms:
    """The rules in force: of a route, else of a team, else of everybody. ``chats`` are those that
    are configured, ``most`` the rooms that may stand open before none opens by itself."""

    usual: RoomRule = field(default_factory=RoomRule)
    teams: Mapping[str, RoomRule] = field(default_factory=dict)
    routes: Mapping[str, RoomRule] = field(default_factory=dict)
    chats: tuple[str, ...] = ()
    most: int = 10

    def of(self, route: str, team: str | None) -> RoomRule:
        """The rule of an incident."""
        return self.routes.get(route) or self.teams.get(team or "") or self.usual

    @property
    def by_themselves(self) -> bool:
        """Whether any room opens by itself."""
        rules = (self.usual, *self.teams.values(), *self.routes.values())
        return any(rule.opens is not None for rule in rules)


def slug(text: str) -> str:
    """Words as a channel's name has them: lower case, digits, hyphens."""
    spelt = text.casefold().translate(_SPELT)
    plain = unicodedata.normalize("NFKD", spelt).encode("ascii", "ignore").decode()
    return _OTHER.sub("-", plain).strip("-")


def channel_name(pattern: str, values: Mapping[str, object], longest: int = LONGEST) -> str:
    """A pattern filled in as a channel's name; a title that is too long ends at a word. Never
    empty: the number stands for the rest."""
    said = {name: slug(str(values.get(name) or "")) for name in FIELDS}
    bare = slug(pattern.format(**{**said, "title": ""}))
    room = longest - len(bare) - 1
    title = said["title"]
    if len(title) > room:
        title = title[: max(room, 0)].rpartition("-")[0] or title[: max(room, 0)]
    return slug(pattern.format(**{**said, "title": title}))[:longest].strip("-") or (
        f"inc-{values.get('id', '')}"
    )


def filled(pattern: str, values: Mapping[str, object]) -> str:
    """A pattern of an address filled in; each value is one part of it."""
    said = {name: slug(str(values.get(name) or "")) for name in FIELDS}
    return pattern.format(**said)


def mistake(pattern: str) -> str:
    """Why a pattern can't be used; empty where it can."""
    try:
        parts = list(string.Formatter().parse(pattern))
    except ValueError as error:
        return f"{pattern!r} is not a pattern: {error}"
    for _, name, spec, conversion in parts:
        if name is not None and (name not in FIELDS or spec or conversion):
            known = ", ".join(f"{{{n}}}" for n in FIELDS)
            return f"{{{name}}} is none of what a pattern may hold: {known}"
    return ""


def unknown(invite: Sequence[str], people: Sequence[str], teams: Sequence[str]) -> str:
    """The first of those to invite whom nobody knows; empty where all are known."""
    for one in invite:
        name = one.removeprefix("@")
        known = name in people or one in DUTIES or one.removeprefix("team:") in teams
        if not known:
            return one
    return ""
