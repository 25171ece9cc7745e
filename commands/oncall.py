"""Who is on call, now or at any time: for a team, a schedule, a person, or every team."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from commands import calendars
from commands.context import Absent, View
from commands.errors import Invalid, NotFound
from commands.registry import arg, query
from commands.rules import escalation
from commands.rules.oncall import at_instant
from commands.rules.oncall.availability import away_at, back_at
from commands.rules.oncall.duty import OnDuty, begins, duty, on_schedule, schedule_of, until
from commands.rules.oncall.why import taken_off
from commands.rules.when import BadTime, read_moment
from commands.words import bare_clock, clock, local, moment, surface_name
from store import contacts
from store import definitions as versions
from store.db import Tx
from store.model import Definitions, Instant, Person, Team
from store.model.oncall import Schedule

READ = "incident.read"
_MARK = {"works": " ✅", "fails": " ⚠️ fails"}


@dataclass(frozen=True, slots=True)
class Who:
    """Arguments of ``who``."""

    in_channel: bool = arg("flag", "In a chat: show it to everybody there.", default=False)
    what: str = arg("duty", "A team, a schedule or a person; every team if left out.", default="")
    when: str = arg(
        "moment", "When: tomorrow 9am, 2h ago, 24 dec 20:00; now if left out.", default=""
    )


@query("who", group="oncall", permission=READ, args=Who, example="who db tomorrow 9am")
async def who(view: View, args: Who) -> list[str]:
    """Who is on call, now or at any time, until when, and why."""
    at = instant(view, args.when)
    known = await in_force(view, at)
    answer = _Answer(view, known, at)
    if at >= view.now:
        answer.standing = await view.read(lambda tx: _standing(tx, known))
    if at == view.now and args.what and view.presence is not None:
        answer.absent = await view.presence(answer.people(args.what))
    return list(answer.lines(args.what))


def _standing(tx: Tx, known: Definitions) -> dict[tuple[str, str], str]:
    """(person, channel) → how that contact stands."""
    emails = {p.handle: {"email": p.email} if p.email else {} for p in known.people.values()}
    return contacts.standing(tx, {h: {**p.contacts, **emails[h]} for h, p in known.people.items()})


def zone_of(view: View) -> str:
    """The zone of whoever asks."""
    person = view.definitions.people.get(view.actor.id)
    return person.zone if person else "UTC"


def instant(view: View, text: str) -> Instant:
    """The instant that somebody means, in their own zone; Invalid says what to type instead."""
    try:
        return read_moment(text, view.now, zone_of(view))
    except BadTime as error:
        raise Invalid(str(error), "when") from None


async def in_force(view: View, at: Instant) -> Definitions:
    """What was defined at an instant; of what is to come, what is defined now."""
    if at >= view.now:
        return view.definitions

    def load(tx: Tx) -> Definitions | None:
        version = versions.version_at(tx, at)
        return None if version is None else calendars.load(tx, at, version)

    found = await view.read(load)
    if found is None:
        raise NotFound(f"Nothing was defined yet at {local(at, zone_of(view), view.now)}.")
    return found


def named(known: Definitions, what: str, me: str, where: str = "what") -> Team | Schedule | Person:
    """The team, schedule or person that is meant, in this order; Invalid names those there are."""
    kind, colon, name = what.partition(":")
    name = (name if colon else what).removeprefix("@").strip()
    name = me if name == "me" else name
    for word, among in (
        ("team", known.teams),
        ("schedule", known.schedules),
        ("person", known.people),
    ):
        if name in among and (not colon or kind == word):
            found: Team | Schedule | Person = among[name]
            return found
    for person in known.people.values():
        if person.name.casefold() == name.casefold():
            return person
    there = [f"team {n}" for n in sorted(known.teams)]
    there += [f"schedule {n}" for n in sorted(known.schedules)]
    some = ", ".join(there[:8]) or "no teams yet"
    raise Invalid(f"There is no team, schedule or person {name}. There are: {some}.", where)


class _Answer:
    """What ``who`` says, for one reader and one instant."""

    def __init__(self, view: View, known: Definitions, at: Instant) -> None:
        self._known, self._at, self._now = known, at, view.now
        self._zone, self._me = zone_of(view), view.actor.id
        self.standing: dict[tuple[str, str], str] = {}
        self.absent: Mapping[str, Absent] = {}
        self._channels = view.rules.channels
        self._then = "now" if at == view.now else f"at {self._local(at)}"

    def lines(self, what: str) -> Iterator[str]:
        if not what:
            yield from self._everything()
            return
        found = named(self._known, what, self._me)
        if isinstance(found, Person):
            yield from self._person(found)
        elif isinstance(found, Team):
            yield from self._team(found)
        else:
            yield from self._schedule(found)

    def people(self, what: str) -> list[str]:
        """The handles of those a line will be about."""
        found = named(self._known, what, self._me)
        if isinstance(found, Person):
            return [found.handle]
        if isinstance(found, Team):
            on = [each.person for each in duty(self._known, found, self._at)]
            return [*on, *filter(None, (found.lead,))]
        return [each.person for each in on_schedule(self._known, found.name, self._at)]

    def _everything(self) -> Iterator[str]:
        yield f"On call {self._then}"
        held = set()
        for _, team in sorted(self._known.teams.items()):
            schedule = schedule_of(self._known, team)
            held.add(schedule.name if schedule else "")
            on = duty(self._known, team, self._at)
            yield f"team {team.name}: {self._briefly(on, schedule)}"
        for name in sorted(self._known.schedules):
            if name not in held:
                on = on_schedule(self._known, name, self._at)
                yield f"schedule {name}: {self._briefly(on, self._known.schedules[name])}"

    def _team(self, team: Team) -> Iterator[str]:
        people = duty(self._known, team, self._at)
        schedule = schedule_of(self._known, team)
        lead = self._known.people.get(team.lead or "")
        if people:
            yield f"On call for team {team.name} {self._then}"
        else:
            gap = self._gap(schedule) if schedule else ""
            last = f"Its lead: {lead.name}." if lead else "It has no lead."
            yield f"Nobody is on call for team {team.name} {self._then}{gap}. {last}"
        lines = [self._one(on) for on in people]
        if lead and lead.handle not in {on.person for on in people}:
            there = (self._there(lead), self._absent(lead.handle))
            lines.append(" · ".join(filter(None, (f"{lead.name}, lead", *there))))
        if team.members:
            many = len(team.members)
            lines.append(f"team {team.name}, {many} {'person' if many == 1 else 'people'}")
        yield from (f"{n} {line}" for n, line in enumerate(lines, 1))
        if schedule:
            yield from self._not(schedule)
            yield from self._calendars(schedule)

    def _schedule(self, schedule: Schedule) -> Iterator[str]:
        people = on_schedule(self._known, schedule.name, self._at)
        if people:
            yield f"On call in schedule {schedule.name} {self._then}"
        else:
            gap = self._gap(schedule)
            yield f"Nobody is on call in schedule {schedule.name} {self._then}{gap}."
        yield from (f"{n} {self._one(on)}" for n, on in enumerate(people, 1))
        yield from self._not(schedule)
        yield from self._calendars(schedule)

    def _person(self, person: Person) -> Iterator[str]:
        teams = [
            (f"team {t.name}", duty(self._known, t, self._at), schedule_of(self._known, t))
            for _, t in sorted(self._known.teams.items())
        ]
        held = {schedule.name for _, _, schedule in teams if schedule}
        loose = [
            (f"schedule {n}", on_schedule(self._known, n, self._at), None)
            for n in sorted(self._known.schedules)
            if n not in held
        ]
        found = [
            f"{what}{self._until(on)}{_by(on)}"
            for what, people, _ in [*teams, *loose]
            for on in people
            if on.person == person.handle
        ]
        if found:
            there = self._there(person)
            yield f"{person.name} is on call {self._then}{f' · {there}' if there else ''}"
            yield from found
        else:
            yield f"{person.name} is not on call {self._then}. Next: shifts {person.handle}"
        if away := self._away(person.handle):
            yield away

    # the parts of a line

    def _one(self, on: OnDuty) -> str:
        """``Ana Petrova until Mon 30 Nov 08:00 CET · 03:14 for Ana · layer days``."""
        person = self._known.people[on.person]
        parts = [f"{person.name}{self._until(on)}", self._away(on.person), self._there(person)]
        parts.append(self._absent(on.person))
        if self._at >= self._now:
            parts.append(self._ways(person))
        return " · ".join(filter(None, parts)) + _by(on)

    def _ways(self, person: Person) -> str:
        """``by Slack, SMS ✅, phone ⚠️ fails``: how the person is paged, and what is known of it."""
        rules = escalation.reachable(person, important=False, channels=self._channels)
        ways = dict.fromkeys(rule.via for rule in rules)
        stands = {via: _MARK.get(self.standing.get((person.handle, via), ""), "") for via in ways}
        said = [f"{surface_name(via)}{stands[via]}" for via in ways]
        return f"by {', '.join(said)}" if said else "no contact known"

    def _briefly(self, people: tuple[OnDuty, ...], schedule: Schedule | None) -> str:
        if not people:
            return f"nobody{self._gap(schedule)}" if schedule else "nobody"
        return "; ".join(self._brief(on) for on in people)

    def _brief(self, on: OnDuty) -> str:
        away = self._away(on.person)
        said = f"{self._known.name_of(on.person)}{self._until(on)}"
        return f"{said}{f' · {away}' if away else ''}{_by(on)}"

    def _away(self, handle: str) -> str:
        """``away until Mon 30 Nov 08:00 CET (skiing)``."""
        off = away_at(self._known, handle, self._at)
        if off is None:
            return ""
        until = self._local(back_at(self._known.away, handle, self._at))
        return f"⚠️ away until {until}{f' ({off.reason})' if off.reason else ''}"

    def _absent(self, handle: str) -> str:
        """``do not disturb in Slack until 08:00 CET``, as a chat says it now."""
        found = self.absent.get(handle)
        if found is None:
            return ""
        return f"{found.words} until {self._local(found.until)}" if found.until else found.words

    def _until(self, on: OnDuty) -> str:
        end = until(self._known, on, self._at)
        schedule = self._known.schedules.get(on.schedule or "")
        if end is None or schedule is None:
            return ""
        return f" until {self._both(end, schedule.zone)}"

    def _gap(self, schedule: Schedule) -> str:
        """`` (gap until Mon 30 Nov 08:00 CET)``, ``, by intention (office closed) until …``."""
        end = begins(schedule, self._at)
        until = f" until {self._both(end, schedule.zone)}" if end is not None else ""
        intended = at_instant(schedule, self._at).intended
        if intended is not None:
            return f", by intention ({intended}){until}"
        return f" (gap{until})" if until else ""

    def _not(self, schedule: Schedule) -> Iterator[str]:
        """Who would be on call, but was taken off."""
        for each in at_instant(schedule, self._at).off:
            yield f"Not {taken_off(each, self._known.name_of)}"

    def _calendars(self, schedule: Schedule) -> Iterator[str]:
        """Calendars of its layers that don't answer now, or name people that nobody knows."""
        if self._at < self._now:
            return
        for layer in schedule.layers:
            found = self._known.calendars.get(layer.calendar or "")
            if found is None:
                continue
            of = f"The calendar of layer {layer.name} at {found.name}"
            if found.error and found.answered_at is not None:
                since = self._local(found.answered_at)
                yield f"⚠️ {of}: {found.error}. What it said at {since} counts."
            elif found.error or found.answered_at is None:
                yield f"⚠️ {of} gave nothing yet{f': {found.error}' if found.error else ''}."
            if found.unknown:
                some = ", ".join(found.unknown[:5])
                yield f"⚠️ {of} names nobody known here: {some}."

    def _there(self, person: Person) -> str:
        same = _offset(person.zone, self._at) == _offset(self._zone, self._at)
        return "" if same else f"{bare_clock(self._at, person.zone)} for {person.first_name}"

    def _local(self, at: Instant) -> str:
        return local(at, self._zone, self._now)

    def _both(self, at: Instant, zone: str) -> str:
        return both(at, self._zone, zone, self._now)


def both(at: Instant, mine: str, zone: str, now: Instant) -> str:
    """An instant on the reader's clock, and on the schedule's where that shows another time."""
    said = local(at, mine, now)
    return said if _offset(mine, at) == _offset(zone, at) else f"{said} ({clock(at, zone)} there)"


def _offset(zone: str, at: Instant) -> object:
    return moment(at, zone).utcoffset()


def _by(on: OnDuty) -> str:
    return f" · schedule {on.schedule}, {on.reason}" if on.schedule else ""
