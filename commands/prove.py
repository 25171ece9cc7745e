"""Proves that at every instant to come each policy asks somebody who can be reached, or says when
not and why."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from commands.context import Rulebook, View
from commands.errors import Invalid
from commands.oncall import READ, zone_of
from commands.registry import arg, query
from commands.rules import alert_rules, reach
from commands.rules.oncall.coverage import Coverage
from commands.rules.oncall.wall import cut
from commands.rules.reach import Contacts, Hole, Place
from commands.told import Told
from commands.words import date, duration
from store import access
from store.clock import iso
from store.db import Tx
from store.model import DAY, Definitions, Instant, Severity

LONGEST = 400
MOST = 25


@dataclass(frozen=True, slots=True)
class Prove:
    """Arguments of ``prove``."""

    days: int = arg("number", "How many days from now on.", default=90)
    policy: str = arg("named", "Only this policy; every one if left out.", default="")
    allow_intended: bool = arg("flag", "Gaps that are there by intention are no fault.",
                               default=False)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Proof:
    """What was walked (policies under teams, instants) and where nobody would be asked."""

    places: tuple[Place, ...]
    instants: int
    holes: tuple[Hole, ...]
    start: Instant
    end: Instant


@query("prove", group="oncall", permission=READ, args=Prove, example="prove 90")
async def prove(view: View, args: Prove) -> Told:
    """Proves that at every instant each policy would reach somebody, or says when and why not."""
    if not 0 < args.days <= LONGEST:
        raise Invalid(f"Between 1 and {LONGEST} days.", "days")
    if args.policy and args.policy not in view.definitions.policies:
        names = ", ".join(sorted(view.definitions.policies)) or "none yet"
        raise Invalid(f"There is no policy {args.policy}. Policies: {names}.", "policy")
    known = await contacts_of(view)
    return await asyncio.to_thread(_proven, view, args, known)


def _proven(view: View, args: Prove, known: Contacts) -> Told:
    end = view.now + args.days * DAY
    proof = walked(view.definitions, view.now, end, known, args.policy)
    return told(proof, view.definitions, _zone(view), allow_intended=args.allow_intended)


def _zone(view: View) -> str:
    return zone_of(view) if view.actor.id in view.definitions.people else ""


async def contacts_of(view: View) -> Contacts:
    """How people can be reached, for a question."""
    return await view.read(lambda tx: contacts(tx, view.rules))


def contacts(tx: Tx, rules: Rulebook) -> Contacts:
    """How people can be reached, with the accounts that are linked."""
    linked: dict[str, set[str]] = {}
    for person, surface, _ in access.accounts(tx):
        linked.setdefault(person, set()).add(surface)
    return Contacts(rules.by_email, linked, rules.channels)


def walked(
    known: Definitions, start: Instant, end: Instant, contacts: Contacts, policy: str = ""
) -> Proof:
    """Every policy under every team it can meet, by every severity, from edge to edge."""
    look = Coverage(known, start, end, contacts)
    places = [p for p in reach.places(known) if policy in ("", p.policy.name)]
    holes = tuple(hole for place in places for hole in look.holes(place))
    return Proof(tuple(places), look.instants, holes, start, end)


# ---- words -------------------------------------------------------------------------------------


def told(proof: Proof, known: Definitions, zone: str, *, allow_intended: bool = False) -> Told:
    """The proof for people and programs, on the clock of ``zone``, where it is empty on that of the
    schedules; not ``ok`` where there is a hole."""
    good = [h for h in proof.holes if allow_intended and h.intended is not None]
    bad = [h for h in proof.holes if not (allow_intended and h.intended is not None)]
    words = _Words(proof, known, zone)
    lines = [words.verdict(bad), *words.holes(bad)]
    if good:
        lines += [f"By intention, {words.times(len(good))}:", *words.holes(good)]
    quiet = [f"{r.name} ({alert_rules.said(r)})" for r in known.alert_rules if r.quiet]
    if quiet:
        lines.append(f"Nobody is asked about what a rule keeps quiet: {'; '.join(quiet)}.")
    return Told(tuple(lines), _facts(proof, known, allow_intended), not bad)


def counted(many: int, what: str, more: str = "") -> str:
    """``1 path``, ``3 paths``."""
    return f"{many} {what if many == 1 else more or f'{what}s'}"


class _Words:
    def __init__(self, proof: Proof, known: Definitions, zone: str) -> None:
        self._proof, self._known, self._zone = proof, known, zone

    def verdict(self, bad: list[Hole]) -> str:
        proof, zone = self._proof, self._zone or "UTC"
        policies = counted(len({p.policy.name for p in proof.places}), "policy", "policies")
        walk = (
            f"Walked {policies} on {counted(len(proof.places), 'path')} of routes and teams, "
            f"{len(Severity)} severities, {counted(proof.instants, 'instant')}, "
            f"up to {date(proof.end, zone, year=True)}."
        )
        if not bad:
            return f"Proven: at every instant somebody who can be reached is asked. {walk}"
        return f"NOT proven: at {counted(len(bad), 'time')} nobody would be asked. {walk}"

    def times(self, many: int) -> str:
        return "once" if many == 1 else f"{many} times"

    def holes(self, holes: list[Hole]) -> Iterator[str]:
        """A line for each policy and reason, however often it comes."""
        alike: dict[object, list[Hole]] = {}
        for hole in holes:
            key = (hole.place.policy.name, hole.place.team, hole.severities, hole.why)
            alike.setdefault(key, []).append(hole)
        yield from (self._line(each) for each in list(alike.values())[:MOST])
        if len(alike) > MOST:
            yield f"… and {len(alike) - MOST} more."

    def _line(self, holes: list[Hole]) -> str:
        hole, why = holes[0], "; ".join(holes[0].why)
        which = ", ".join(map(str, hole.severities))
        if len(hole.severities) == len(Severity):
            which = "every severity"
        team = f" for team {hole.place.team}" if hole.place.team else ""
        when = self._span(hole)
        if len(holes) > 1:
            when = f"{len(holes)} times, the first {when}, the last {self._span(holes[-1])}"
        wanted = f" By intention: {hole.intended}." if hole.intended is not None else ""
        policy = f"Policy {hole.place.policy.name}{team} ({hole.place.by}), {which}"
        return f"{policy}: {when}. {why[:1].upper()}{why[1:]}.{wanted}"

    def _span(self, hole: Hole) -> str:
        whole = (cut(self._proof.start), cut(self._proof.end))
        if (hole.start, hole.end) == whole:
            return "at all times"
        zone = self._zone or self._of(hole)
        long = duration(hole.end - hole.start)
        return f"{date(hole.start, zone)} to {date(hole.end, zone)} ({long})"

    def _of(self, hole: Hole) -> str:
        """The clock of the first schedule that decides there."""
        return zone_of_hole(self._known, hole)


def zone_of_hole(known: Definitions, hole: Hole) -> str:
    """The clock of the first schedule that decides where a hole is."""
    found = reach.schedules_of(known, hole.place.policy, hole.place.team)
    return found[0].zone if found else "UTC"


def hole_facts(hole: Hole) -> dict[str, object]:
    """A hole for programs."""
    return {
        "policy": hole.place.policy.name,
        "team": hole.place.team,
        "severities": [str(s) for s in hole.severities],
        "start": iso(hole.start),
        "end": iso(hole.end),
        "why": list(hole.why),
        "intended": hole.intended,
    }


def _facts(proof: Proof, known: Definitions, allow_intended: bool) -> dict[str, object]:
    return {
        "version": known.version_id,
        "from": iso(proof.start),
        "to": iso(proof.end),
        "policies": sorted({p.policy.name for p in proof.places}),
        "places": [{"policy": p.policy.name, "team": p.team, "by": p.by} for p in proof.places],
        "instants": proof.instants,
        "holes": [
            {**hole_facts(h), "counts": not (allow_intended and h.intended is not None)}
            for h in proof.holes
        ],
    }
