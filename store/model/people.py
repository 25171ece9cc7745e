"""The frozen nouns people define: who they are, how they are reached, teams, routes; and all of it
as one version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from store.model.access import CustomRole, Granted
from store.model.escalation import Hours, Policy, Quiet
from store.model.posting import ChannelRule
from store.model.rules import AlertRule

if TYPE_CHECKING:
    from store.model.calendar import Calendar
    from store.model.oncall import Away, RotaChange, Schedule


@dataclass(frozen=True, slots=True)
class Rule:
    """A notification rule: ``after`` minutes since the page began, ``via`` slack, email …"""

    after: int
    via: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be paged and can act. ``contacts`` maps via → address or account id.

    ``hours`` are those the person works in; ``away_calendars`` are addresses of iCal calendars
    whose events are time off; in ``quiet`` hours pages are held. ``told_when_over`` says whether
    somebody who was paged wants to hear that it is over. ``roles`` hold everywhere, ``grants`` are
    (team, role) and hold in that team.
    """

    handle: str
    name: str
    zone: str = "UTC"
    email: str | None = None
    roles: tuple[str, ...] = ("responder",)
    contacts: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    important: tuple[Rule, ...] = ()
    hours: Hours | None = None
    away_calendars: tuple[str, ...] = ()
    quiet: tuple[Quiet, ...] = ()
    told_when_over: bool = True
    grants: tuple[tuple[str, str], ...] = ()

    @property
    def first_name(self) -> str:
        """The name for cards, where one word is enough."""
        return self.name.split(" ", 1)[0]


@dataclass(frozen=True, slots=True)
class Team:
    """People who own things together. ``oncall``, ``lead``, ``manager`` and what ``duties`` names
    are duties: held by a handle or by ``schedule:<name>``.

    ``zone`` is whose clock the hours of steps are read on that name none; without it that of the
    schedule on call. ``usergroups`` follow who is on call: ``slack:@oncall-db``, or ``@oncall-db``
    in every chat.
    """

    name: str
    members: tuple[str, ...] = ()
    oncall: str | None = None
    lead: str | None = None
    manager: str | None = None
    duties: Mapping[str, str] = field(default_factory=dict)
    zone: str | None = None
    usergroups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """Where alerts go: first match in order wins; no ``match`` takes everything.

    ``match`` maps label, ``source``, ``type`` or ``severity`` to a glob or list of globs.
    ``channels`` are ``slack:#ops`` / ``discord:#ops``. ``group_by`` and ``group_window`` (minutes)
    say what makes one incident where it is not as everywhere. What a ``private`` one takes is shown
    to its people alone.
    """

    name: str
    match: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    team: str | None = None
    policy: str | None = None
    channels: tuple[str, ...] = ()
    group_by: tuple[str, ...] | None = None
    group_window: int | None = None
    private: bool = False


@dataclass(frozen=True, slots=True)
class Definitions:
    """Everything versioned in the database, as one version of it.

    ``rota`` are the changes of schedules by people; ``schedules`` hold them already.
    ``away`` is time off: what people entered, and what their calendars say. ``calendars`` are the
    iCal addresses in use, as they stand.
    ``people_own`` are the (kind, name) that console and commands may change; the file owns the
    rest. ``written`` is the YAML text of those that people wrote; ``route_orders`` and
    ``rule_orders`` say where between the others a route or an alert rule stands. ``channels`` say
    what is shown in a channel of what the routes send there. ``roles`` are those made of
    permissions; ``granted`` are roles held beside the definitions, which people's ``roles`` and
    ``grants`` hold already; ``defined`` are those of them that definitions say as well, as (person,
    team, role).
    """

    version_id: int
    people: Mapping[str, Person]
    teams: Mapping[str, Team]
    routes: tuple[Route, ...]
    policies: Mapping[str, Policy]
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    rota: Mapping[int, RotaChange] = field(default_factory=dict)
    away: tuple[Away, ...] = ()
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    people_own: frozenset[tuple[str, str]] = frozenset()
    written: Mapping[tuple[str, str], str] = field(default_factory=dict)
    route_orders: Mapping[str, float] = field(default_factory=dict, compare=False)
    alert_rules: tuple[AlertRule, ...] = ()
    rule_orders: Mapping[str, float] = field(default_factory=dict, compare=False)
    channels: tuple[ChannelRule, ...] = ()
    roles: Mapping[str, CustomRole] = field(default_factory=dict)
    granted: tuple[Granted, ...] = ()
    defined: frozenset[tuple[str, str, str]] = frozenset()

    def name_of(self, handle: str | None) -> str:
        """A person's name for a handle, or the handle itself."""
        person = self.people.get(handle or "")
        return person.name if person else (handle or "nobody")
