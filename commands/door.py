"""The one door: parse, allow, once, run, audit, outbox, in one transaction."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from commands import belongs, calendars, hidden, kept, rights, seeing, watch, wishes
from commands.about import winner
from commands.arguments import parse
from commands.automation.port import Automation
from commands.context import Chats, Ctx, Done, Monitors, Presence, Rulebook, View
from commands.errors import Busy, Conflict, Denied, Invalid, NotFound, Stale
from commands.intake import Accepted, Arrived, Intake
from commands.inventory.finder import Finder
from commands.inventory.index import Index
from commands.inventory.port import Infrastructure
from commands.looking import Looks
from commands.machine import Book
from commands.memory import Draft, Memory
from commands.natural import aloud, clarified, in_their_words, told
from commands.registry import Verb
from commands.sight import Sight
from commands.verbs import CATALOG
from store import audit, incidents, timeline, upkeep
from store.access import Source
from store.clock import Clock
from store.db import Reader, Tx
from store.model import Actor, AlertReading, Definitions
from store.writer import Full, Lane, Unwritable, Writer

log = logging.getLogger("pixelview.door")
T = TypeVar("T")

PATIENCE = 2.5
"""Seconds a query may take."""

SYSTEM = Actor("system", "pixelview", "PixelView", "system", ("admin",))


class Door:
    """Every change passes here. ``writer_name`` names this process's audit chain."""

    def __init__(
        self, clock: Clock, reader: Reader, rules: Rulebook, writer_name: str = "main"
    ) -> None:
        self.clock, self.reader, self.rules = clock, reader, rules
        self.writer_name, self.memory = writer_name, Memory()
        self._looks, self._finder = Looks(), Finder(reader)
        self.fence: upkeep.Fence | None = None
        self.presence: Presence | None = None
        self.monitors: Monitors | None = None
        self.chats: Chats | None = None
        self.index = Index(lambda tag: bool(self.rules.sensitive.names(tag)))
        self.infra: Infrastructure | None = None
        self.automation: Automation | None = None
        self._definitions = Definitions(0, {}, {}, (), {})
        self._stamp: calendars.Stamp = (0, 0, 0)
        self._writer: Writer | None = None

    def attach(self, writer: Writer) -> None:
        """The writer is there; before this nothing can be changed."""
        self._writer = writer

    async def open(self) -> None:
        """Load what is held in memory."""

        def load(tx: Tx, _: list[Any]) -> list[None]:
            self.memory.load(tx, self.clock.now())
            self._stamp = calendars.stamp(tx)
            self._definitions = calendars.load(tx, self.clock.now())
            return [None]

        await self._submit(load, None, Lane.URGENT)

    def definitions(self) -> Definitions:
        """People, teams, routes, policies and schedules in force."""
        return self._definitions

    async def reload(self) -> None:
        """Take over the definitions that somebody applied meanwhile, and what calendars say."""
        stamp = await self.reader.read(calendars.stamp)
        if not stamp[0] or stamp == self._stamp:
            return
        now = self.clock.now()
        bare, said = await self.reader.read(lambda tx: calendars.read(tx, now))
        found = await asyncio.to_thread(calendars.put_in, bare, said)
        if found.version_id > self._definitions.version_id:
            log.info("version %d of the definitions is in force", found.version_id)
        if found.version_id >= self._definitions.version_id:
            self._definitions, self._stamp = found, stamp
            await self.system(watch.arm)

    # commands

    async def do(
        self,
        name: str,
        args: Mapping[str, Any],
        actor: Actor,
        *,
        key: str | None = None,
        rev: int | None = None,
        note: Mapping[str, Any] | None = None,
    ) -> Done:
        """Run a command once; raises the CommandErrors. ``rev`` is that of the card pressed."""
        verb = CATALOG.get(name)
        if verb is None or verb.query:
            raise NotFound(f"No command {name}.")
        parsed, hid = hidden.words(self.rules.redact, verb, await self._read(verb, args, actor))
        await self.allow(verb, actor, _plain(parsed))
        now, zone = self.clock.now(), self._zone(actor)
        clear, read = await clarified(verb, parsed, now, zone)
        call = _Call(self, verb, clear, actor, key, rev, dict(note or {}), parsed)
        try:
            done: Done = await self._submit(_run_calls, call, Lane.URGENT)
        except Denied as error:
            await self._refuse(verb, actor, _plain(parsed), error)
            raise
        except Invalid as error:
            raise in_their_words(error, read) from None
        lines = (done.say, hidden.TOLD if hid else "", done.secret)
        done = dataclasses.replace(done, say="\n".join(filter(None, lines)), secret="")
        done = dataclasses.replace(done, aloud=done.aloud or hid)
        return aloud(done, read, now, zone)

    async def ask(self, name: str, args: Mapping[str, Any], actor: Actor) -> Any:
        """Run a query on a snapshot, in bounded time."""
        verb = CATALOG.get(name)
        if verb is None or not verb.query:
            raise NotFound(f"No command {name}.")
        parsed = await self._read(verb, args, actor)
        await self.allow(verb, actor, _plain(parsed))
        await seeing.asked(self.reader, self.sight(actor), verb, parsed)
        now, known = self.clock.now(), self._definitions
        ports = self.presence, self.monitors, self.chats, self.index, self.infra, self.automation
        view = View(self.reader, now, actor, known, self.rules, *ports)
        clear, read = await clarified(verb, parsed, now, zone := self._zone(actor))
        try:
            async with asyncio.timeout(PATIENCE):
                found = told(await verb.run(view, clear), read, now, zone)
        except TimeoutError:
            raise Busy("The database took too long; try again.", 2) from None
        looked = self._looks.new(actor, found, now)
        if verb.audited or looked:
            asked = self.rules.redact.deep(hidden.recorded(verb, _plain(parsed)))
            await self.system(lambda ctx: self._audit(ctx, actor, name, "ok", asked, looked))
        return found

    async def _read(self, verb: Verb, args: Mapping[str, Any], actor: Actor) -> Any:
        """The arguments; what is wrong with them is told to those alone who may use the verb."""
        try:
            return self._by_its_name(verb, parse(verb, args))
        except Invalid:
            await self.allow_somewhere(verb, actor)
            raise

    def _by_its_name(self, verb: Verb, args: Any) -> Any:
        """An action has one name, by which its permission goes, however it was called."""
        if not verb.permission.endswith("<action>"):
            return args
        offer = self.rules.offers.get(args.action)
        return args if offer is None else dataclasses.replace(args, action=offer.name)

    def sight(self, actor: Actor) -> Sight:
        """What somebody may see."""
        return Sight.of(actor, self._definitions, self.rules.sensitive)

    async def hidden_from(self, actor: Actor) -> tuple[Any, ...]:
        """What is hidden from somebody; who has the same may share what was drawn."""
        sight = self.sight(actor)
        unseen = await self.reader.read(sight.unseen)
        return unseen, *sight.kind

    def _zone(self, actor: Actor) -> str:
        """The zone of whoever acts."""
        person = self._definitions.people.get(actor.id)
        return person.zone if person else "UTC"

    async def allow(self, verb: Verb, actor: Actor, args: Mapping[str, Any]) -> None:
        """Denied, on record, where the actor may not use the verb."""
        try:
            await self.may(verb, actor, args)
        except Denied as error:
            await self._refuse(verb, actor, args, error)
            raise

    async def allow_somewhere(self, verb: Verb, actor: Actor) -> None:
        """Denied, on record, where the actor may use the verb about nothing."""
        if not rights.may_somewhere(self._definitions, actor, verb.permission):
            await self.allow(verb, actor, {})

    async def _refuse(
        self, verb: Verb, actor: Actor, args: Mapping[str, Any], error: Denied
    ) -> None:
        """A denial goes on record, with what it lacks; somebody who can may be asked for it."""
        lacked = {**args, "needs": error.needs, "teams": list(error.teams)}

        def keep(ctx: Ctx) -> int:
            self._denied(ctx, actor, verb, lacked)
            return wishes.draft(ctx, actor, verb, args, error)

        error.wish = await self.system(keep)

    async def may(self, verb: Verb, actor: Actor, args: Mapping[str, Any]) -> None:
        """Denied where the actor may not use the verb about what these arguments name."""
        known, needs = self._definitions, belongs.permission_of(verb, args)
        if rights.may(known, actor, needs):
            return
        teams: tuple[str, ...] | None = ()
        if rights.may_somewhere(known, actor, needs):
            teams = await self.sight(actor).read(
                self.reader, lambda tx: belongs.teams_of(tx, known, verb, args, actor.id)
            )
        if teams is None or rights.may(known, actor, needs, teams):
            return
        raise rights.denied(known, actor, needs, teams, self.clock.now())

    def _denied(self, ctx: Ctx, actor: Actor, verb: Verb, args: dict[str, Any]) -> None:
        incident_id = args.get("incident")
        known = isinstance(incident_id, int) and incidents.get(ctx.tx, incident_id) is not None
        if known:
            say = f"{actor.name} was not allowed to {verb.name}."
            timeline.add(ctx.tx, int(incident_id), ctx.now, "denied", actor.id, actor.surface, say)  # type: ignore[arg-type]
        args = self.rules.redact.deep(hidden.recorded(verb, args))
        self._audit(ctx, actor, verb.name, "denied", args, int(incident_id) if known else None)  # type: ignore[arg-type]

    def _audit(
        self, ctx: Ctx, actor: Actor, verb: str, outcome: str, detail: dict[str, Any],
        incident_id: int | None = None,
    ) -> None:  # fmt: skip
        audit.append(ctx.tx, self.writer_name, ctx.now, actor, verb, outcome, incident_id, detail)

    # what the machine itself does

    async def system(
        self, fn: Callable[[Ctx], T], *, lane: Lane = Lane.TIMER, actor: Actor = SYSTEM
    ) -> T:
        """Run a function of the machine's own: timers, reports of the outbox.

        Those that wait together share a commit; one that fails is then run alone.
        """
        result: T = await self._submit(_run_functions, (self, fn, actor), lane)
        return result

    async def intake(self, source: Source, alerts: tuple[AlertReading, ...]) -> Accepted:
        """Take a request's alerts in: on disk when this returns; Busy when the queue is full."""
        alerts = await hidden.taken(self.rules.redact, alerts)
        if (inventory := self.rules.inventory).sources:
            alerts = await self._finder.about(inventory, source, alerts, self.clock.now())
        arrived = Arrived(source, alerts, self.clock.now())
        accepted: Accepted = await self._submit(self._take_in, arrived, Lane.INTAKE, len(alerts))
        return accepted

    def guard(self, tx: Tx) -> None:
        """Nothing is decided by what this process remembers once another one has taken over."""
        if self.fence is not None and not upkeep.holds(tx, self.fence):
            raise Busy("Another process has taken over; this one stops.")

    def _take_in(self, tx: Tx, arrived: list[Arrived]) -> list[Accepted]:
        self.guard(tx)
        ctx = self.context(tx, SYSTEM)
        intake = Intake(ctx)
        done = intake.run(arrived)
        alerts = sum(len(a.alerts) for a in arrived)
        detail: dict[str, Any] = {
            "requests": len(arrived), "alerts": alerts, "ignored": intake.ignored,
            "sources": sorted({a.source.name for a in arrived}), "incidents": sorted(ctx.touched),
        }  # fmt: skip
        self._audit(ctx, SYSTEM, "intake", "ok", detail)
        for act in intake.answers.acts:
            self._audit(ctx, act.actor, act.verb, act.outcome, {"in": "a monitor"}, act.incident)
        return done

    def context(self, tx: Tx, actor: Actor) -> Ctx:
        """A context for one transaction; what it decides is kept in memory once it is on disk."""
        draft = Draft(self.memory)
        tx.after.append(draft.keep)
        tx.after.append(lambda: self._take_over(tx.definitions))
        known = tx.definitions or self._definitions
        return Ctx(tx, self.clock.now(), actor, known, self.rules, draft)

    def _take_over(self, new: Definitions | None) -> None:
        """What a transaction put in force holds from its commit on."""
        if new is not None and new.version_id >= self._definitions.version_id:
            self._definitions = new

    async def _submit(self, fn: Any, item: Any, lane: Lane, weight: int = 1) -> Any:
        if self._writer is None:
            raise Busy("Starting up.")
        try:
            return await self._writer.submit(fn, item, lane, weight)
        except Full as error:
            raise Busy(str(error)) from None
        except Unwritable as error:
            raise Busy(str(error), 5) from None

    @property
    def waiting(self) -> int:
        """How many writes wait."""
        return self._writer.waiting if self._writer else 0


@dataclasses.dataclass(slots=True)
class _Call:
    """One command on its way; ``as_said`` are its arguments before times were put in our words."""

    door: Door
    verb: Verb
    args: Any
    actor: Actor
    key: str | None
    rev: int | None
    note: dict[str, Any]
    as_said: Any

    def run(self, tx: Tx) -> Done:
        """Once, run, audit."""
        self.door.guard(tx)
        ctx = self.door.context(tx, self.actor)
        ctx.note, ctx.rev = self.note, self.rev
        seeing.check(ctx, self.verb, self.args)
        if self.key and (again := self._remembered(ctx)) is not None:
            return again
        before = self._before(ctx)
        with audit.watching(tx) as diff:
            done: Done = self.verb.run(ctx, self.args)
        changed = done.changed or tuple(ctx.touched.items())
        done = dataclasses.replace(done, changed=changed, times=(*done.times, *ctx.times))
        result = {"say": done.say, "changed": [list(c) for c in done.changed]}
        asked = hidden.recorded(self.verb, _plain(self.args))
        detail = {"args": asked, "before": before, **result, "changes": diff.said()}
        detail = self.door.rules.redact.deep(detail)
        incident_id = _incident_of(self.args)
        self.door._audit(ctx, self.actor, self.verb.name, "ok", detail, incident_id)
        if self.key:
            upkeep.remember(tx, ctx.now, self._scoped, self._asked, kept.written(done))
        return seeing.told(ctx, incident_id, done)

    @property
    def _scoped(self) -> str:
        return f"{self.actor.surface}:{self.actor.id}:{self.key}"

    @property
    def _asked(self) -> dict[str, Any]:
        return {"verb": self.verb.name, **_plain(self.as_said)}

    def _remembered(self, ctx: Ctx) -> Done | None:
        try:
            found = upkeep.remembered(ctx.tx, ctx.now, self._scoped, self._asked)
        except upkeep.KeyReused:
            raise Conflict("That idempotency key was used with other arguments.") from None
        return kept.read(found) if found is not None else None

    def _before(self, ctx: Ctx) -> dict[str, Any]:
        incident_id = _incident_of(self.args)
        look = incidents.for_change if self.verb.strict else incidents.get
        found = look(ctx.tx, incident_id) if incident_id is not None else None
        if found is None:
            return {}
        if self.rev is not None and self.verb.strict and self.rev != found.rev:
            raise Stale(
                f"#{found.id} changed since that card was drawn; look again and press once more.",
                winner(ctx, found),
            )
        return {name: getattr(found, name) for name in ("status", "holder", "severity", "rev")}


def _plain(args: Any) -> dict[str, Any]:
    """Arguments as they are kept: for the audit, and to tell one call from another."""
    return dataclasses.asdict(args)


def _incident_of(args: Any) -> int | None:
    incident_id: int | None = getattr(args, "incident", None)
    return incident_id


def _run_calls(tx: Tx, calls: list[_Call]) -> list[Done]:
    return [call.run(tx) for call in calls]


def _run_functions(tx: Tx, items: list[tuple[Door, Callable[[Ctx], Any], Actor]]) -> list[Any]:
    """One after the other: each sees what those before it decided."""
    shared, book = items[0][0].context(tx, SYSTEM), Book()
    done = []
    for _, fn, actor in items:
        known, before = tx.definitions or shared.definitions, tx.recorded
        own = dataclasses.replace(shared, actor=actor, touched={}, steps=[], definitions=known)
        done.append(fn(own))
        if tx.recorded == before:
            book.take(own)
    book.write(shared, items[0][0].writer_name)
    return done
