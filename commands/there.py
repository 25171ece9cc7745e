"""Acknowledgements that people make, or take back, in a monitor itself.

Who is known here has it then, as if they had said so in chat. A user that nobody here is stops no
page, since nobody could be asked whether they still work on it: it is said in threads and on the
card, with the reason, unless the source ``acknowledges``. Nothing of it is told to the monitor it
came from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from commands import lifecycle, rights
from commands.about import ACKNOWLEDGED, ACT
from commands.acting import actor_of
from commands.batch import Batch
from commands.context import Ctx, Trust
from commands.threads import say_in_threads
from commands.words import IN_MONITOR, surface_name
from commands.write_back import MONITOR
from store import acks_there, incidents, runs
from store.acks_there import AckThere
from store.model import SECOND, Actor, AlertReading, Incident, Instant, Person

if TYPE_CHECKING:
    from commands.intake import One

KIND, BACK = "acknowledged_at_source", "unacknowledged_at_source"
SLACK = 30 * SECOND
"""A firing that began so long after an acknowledgement is another one."""
_IN_BRACKETS = re.compile(r"(.*?)\s*\(([^()]*)\)\s*")


@dataclass(frozen=True, slots=True)
class Act:
    """What a person did to an incident from a monitor, for the audit."""

    actor: Actor
    verb: str
    outcome: str
    incident: int


class Answers:
    """What one batch of intake says of acknowledgements; ``acts`` is what came of it."""

    def __init__(self, ctx: Ctx, batch: Batch) -> None:
        self._ctx, self._batch = ctx, batch
        self.acts: list[Act] = []

    def heard(self, one: One, incident_id: int | None) -> None:
        """An alert is acknowledged there, or not any more; the same again says nothing new."""
        state = self._ctx.draft.key(one.key)
        if incident_id is None or state is None or not state.firing:
            return
        self._batch.flush()
        reading, tx = one.reading, self._ctx.tx
        last = acks_there.get(tx, state.alert_id)
        holds = last is not None and last.taken and is_of(last, state.starts_at)
        same = last is not None and reading.by in ("", last.by)
        if holds and same and not reading.unacknowledged:
            return
        if not (holds or reading.by) and reading.unacknowledged:
            return
        said = "" if reading.unacknowledged else last_line(reading)
        taken = not reading.unacknowledged
        acks_there.put(tx, AckThere(state.alert_id, one.at, taken, reading.by, said))
        incident = incidents.for_change(tx, incident_id)
        if incident is not None and taken:
            self._acknowledged(one, lifecycle.as_drafted(self._ctx, incident))
        elif incident is not None:
            held = lifecycle.as_drafted(self._ctx, incident)
            self._taken_back(one, held, state.alert_id)

    # made there

    def _acknowledged(self, one: One, incident: Incident) -> None:
        who = self._who(one, incident)
        if who.actor is None:
            self._told(one, incident, KIND, f"{who.name} acknowledged it in {who.monitor}.", who)
            return
        acting = replace(self._ctx, actor=who.actor)
        words = _words(one.reading)
        me = who.actor.id
        if incident.status is not ACKNOWLEDGED or incident.assignee == me:
            lifecycle.acknowledge(acting, incident)
        elif runs.asks(acting.tx, incident.id, me):
            lifecycle.confirm(acting, incident, f"{who.name} answered too, in {who.monitor}.")
        elif incident.holder != me:
            say = f"{who.name} acknowledged it in {who.monitor} too."
            why = f"{acting.name_of(incident.holder)} has it."
            acting.tell(incident.id, KIND, say, why, _detail(one, who))
            acting.changed(incident.id, incident.rev)
        self._act(who, "ack", incident)
        self._write(acting, incident.id, words)

    def _write(self, acting: Ctx, incident_id: int, words: str) -> None:
        """What they wrote with it is for the others too."""
        if not words:
            return
        acting.tell(incident_id, "note", words)
        incident = incidents.get(acting.tx, incident_id)
        if incident is not None:
            author, surface = acting.actor.name, acting.actor.surface
            say_in_threads(acting, incident, "note", text=words, author=author, surface=surface)

    # taken back there

    def _taken_back(self, one: One, incident: Incident, alert_id: int) -> None:
        who = self._who(one, incident)
        say = f"{who.name} took the acknowledgement back in {who.monitor}."
        if not one.reading.by:
            say = f"The acknowledgement in {who.monitor} is gone."
        if not self._gives_back(one, incident, alert_id, who):
            held = incident.status is ACKNOWLEDGED
            why = f"{self._ctx.name_of(incident.holder)} has it." if held else ""
            self._told(one, incident, BACK, say, replace(who, why=why))
            return
        acting = replace(self._ctx, actor=who.actor or _monitor(one))
        self._ctx.tell(incident.id, BACK, say, "", _detail(one, who))
        lifecycle.back_to_paging(acting, incident, say)
        self._act(who, "unack", incident)

    def _gives_back(self, one: One, incident: Incident, alert_id: int, who: Who) -> bool:
        """Not while others of its alerts are acknowledged there, and, of what was taken here, only
        by somebody who may give it back."""
        if incident.status is not ACKNOWLEDGED:
            return False
        if acks_there.others(self._ctx.tx, incident.id, one.source.id, alert_id):
            return False
        return who.actor is not None or incident.holder_from == _surface(one)

    # saying

    def noted(self, one: One, incident_id: int, words: str) -> None:
        """What somebody wrote there is said here."""
        self._batch.flush()
        say = f"{surface_name(_surface(one))} says: {words}"
        self._batch.line(incident_id, one.source, one.at, "noted_at_source", say, words)
        self._in_threads(one, incident_id, words)

    def _told(self, one: One, incident: Incident, kind: str, say: str, who: Who) -> None:
        """It changes nothing but what people know."""
        actor = replace(_monitor(one), surface=one.source.integration)
        telling = replace(self._ctx, actor=actor)
        telling.tell(incident.id, kind, say, who.why, _detail(one, who))
        self._ctx.show(incident)
        title = f"{one.reading.title}: " if incident.alerts_total > 1 else ""
        words = _words(one.reading) if kind == KIND else ""
        text = "\n".join(filter(None, (f"{title}{say}", words, who.why)))
        self._in_threads(one, incident.id, text)
        if who.denied is not None:
            verb = "ack" if kind == KIND else "unack"
            self.acts.append(Act(who.denied, verb, "denied", incident.id))

    def _in_threads(self, one: One, incident_id: int, text: str) -> None:
        incident = incidents.get(self._ctx.tx, incident_id)
        if incident is not None:
            surface = _surface(one)
            author = surface_name(surface)
            say_in_threads(self._ctx, incident, "note", text=text, author=author, surface=surface)

    def _act(self, who: Who, verb: str, incident: Incident) -> None:
        if who.actor is not None:
            self.acts.append(Act(who.actor, verb, "ok", incident.id))

    # who it was

    def _who(self, one: One, incident: Incident) -> Who:
        by, source = one.reading.by, one.source.name
        trust = self._ctx.rules.monitors.get(source, Trust())
        surface = _surface(one)
        monitor = surface_name(surface)
        person = find(self._ctx.definitions.people, trust, by)
        if person is not None:
            actor = actor_of(person, surface, by)
            of = (incident.team,) if incident.team else ()
            if rights.may(self._ctx.definitions, person, ACT, of):
                return Who(person.name, monitor, actor)
            why = f"{person.name} may not acknowledge here: paging goes on."
            return Who(person.name, monitor, None, why, denied=actor)
        name = by or "Somebody"
        if trust.acknowledges:
            holder = f"{by or 'somebody'} in {monitor}"
            actor = Actor(MONITOR, holder, name, surface, ("responder",), by)
            return Who(name, monitor, actor)
        if by:
            why = f"Paging goes on: nobody here is known as {by} in {monitor}."
        else:
            why = f"Paging goes on: {monitor} does not say who it was."
        return Who(name, monitor, None, why)


@dataclass(frozen=True, slots=True)
class Who:
    """Who did it there: ``actor`` where that counts here; else ``why`` it does not, and the
    person who was ``denied``."""

    name: str
    monitor: str
    actor: Actor | None
    why: str = ""
    denied: Actor | None = None


def is_of(found: AckThere, starts_at: Instant) -> bool:
    """Whether it was said of the firing that began then, and not of one before."""
    return found.at + SLACK >= starts_at


def find(people: Mapping[str, Person], trust: Trust, by: str) -> Person | None:
    """Whom a monitor means: as the source's settings say, else who has that e-mail address, handle
    or, alone, that name. Zabbix writes ``Ana Petrova (ana)``."""
    for name in _names(by):
        if name in trust.people:
            return people.get(trust.people[name])
    for name in _names(by):
        fits = [p for p in people.values() if name in (p.handle.casefold(), _low(p.email))]
        fits = fits or [p for p in people.values() if name == p.name.casefold()]
        if len(fits) == 1:
            return fits[0]
    return None


def _low(text: str | None) -> str:
    return (text or "").casefold()


def _names(by: str) -> Iterator[str]:
    low = by.strip().casefold()
    if not low:
        return
    yield low
    if (found := _IN_BRACKETS.fullmatch(low)) is not None:
        yield from filter(None, (found[2].strip(), found[1].strip()))


def _surface(one: One) -> str:
    return f"{IN_MONITOR}{one.source.name}"


def _monitor(one: One) -> Actor:
    return Actor(MONITOR, one.source.name, one.source.name, _surface(one))


def _detail(one: One, who: Who) -> dict[str, object]:
    return {
        "monitor": one.source.name, "by": one.reading.by, "text": _words(one.reading),
        "alert": one.reading.title, "why": who.why, "counts": who.actor is not None,
    }  # fmt: skip


def last_line(reading: AlertReading) -> str:
    """What people wrote stands last."""
    return reading.description.strip().rpartition("\n")[2][:300]


def _words(reading: AlertReading) -> str:
    """What they wrote, without who they are; nothing where the monitor does not say who wrote."""
    said = last_line(reading)
    if not reading.by:
        return "" if said in reading.title else said
    name, colon, words = said.partition(": ")
    who = name and (name in reading.by or reading.by in name)
    return words.strip() if colon and who else ""
