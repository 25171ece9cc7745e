"""One step of a policy: whom it asks, what it tells or starts, or why it is skipped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from commands import clock, pages
from commands.automation import starting
from commands.automation.telling import ACTION
from commands.context import Ctx
from commands.pages import Reach
from commands.rules import escalation
from commands.rules.escalation import Asked, Turn
from commands.rules.oncall.availability import away_at, back_at
from commands.words import local, surface_name
from store import outbox, round_robins, runs, storms
from store.model import Incident, Policy, Step
from store.model.escalation import RESOLVED
from store.tables import OUTBOX

NEW_CARD = 10
"""A card that a step puts up is as urgent as one of a new incident, by its severity."""


@dataclass(frozen=True, slots=True)
class Took:
    """What a step did; true where it asked or told anybody. ``held`` are those whom it would have
    asked and whose quiet hours it is, ``gone`` those who are away."""

    people: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    held: tuple[Reach, ...] = ()
    gone: tuple[Asked, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.people or self.told)


def take(ctx: Ctx, incident: Incident, policy: Policy, turn: Turn, why: str) -> Took:
    """Ask a step's people, tell its channels, start its actions; one that has nobody says so (E1,
    E2)."""
    step = policy.steps[turn.step]
    if unmet := clock.unmet(ctx, incident, step, ctx.now):
        _skip(ctx, incident, policy, turn, *unmet)
        return Took()
    asked, gone = present(ctx, incident, _people(ctx, incident, policy, turn))
    reached = [_ask(ctx, incident, policy, turn, one, why) for one in asked]
    told = tuple(_told(ctx, incident, policy, turn))
    held = tuple(r for r in reached if not r and r.held is not None)
    found = Took(tuple(r.person.handle for r in reached if r), told, held, tuple(gone))
    if not found:
        _skip(ctx, incident, policy, turn, *_nobody(step, asked, held, gone))
    return found


def _people(ctx: Ctx, incident: Incident, policy: Policy, turn: Turn) -> list[Asked]:
    """Whom a step asks. Of those asked in turn who is away or has no contact is passed over."""
    step, asked = policy.steps[turn.step], list[Asked]()
    tries = escalation.longest_turn(step)
    for _ in range(tries or 1):
        number = round_robins.take(ctx.tx, policy.name, turn.step) if tries else None
        asked = escalation.resolve(step.targets, ctx.definitions, incident.team, ctx.now, number)
        if all(_can_be_asked(ctx, step, one) for one in asked):
            break
    return asked


def _can_be_asked(ctx: Ctx, step: Step, one: Asked) -> bool:
    there = away_at(ctx.definitions, one.person.handle, ctx.now) is None
    return there and bool(pages.rules_of(ctx, one.person, step.important))


def present(ctx: Ctx, incident: Incident, asked: list[Asked]) -> tuple[list[Asked], list[Asked]]:
    """Those who are there, and those who have time off: told on the timeline, not paged."""
    there, gone = list[Asked](), list[Asked]()
    for one in asked:
        away = away_at(ctx.definitions, one.person.handle, ctx.now)
        (there if away is None else gone).append(one)
        if away is not None:
            until = back_at(ctx.definitions.away, one.person.handle, ctx.now)
            say = f"{one.person.name} is away until {local(until, one.person.zone, ctx.now)}."
            ctx.tell(incident.id, "away", say, f"Not paged, though {one.why}.")
    return there, gone


def _nobody(
    step: Step, asked: list[Asked], held: tuple[Reach, ...], gone: list[Asked]
) -> tuple[str, str]:
    if gone and not asked:
        names = " and ".join(one.person.name for one in gone)
        return "empty", f"{names} {'is' if len(gone) == 1 else 'are'} away."
    if not asked:
        return "empty", f"Nobody is behind {', '.join(step.targets)} now."
    if held:
        names = " and ".join(reach.person.name for reach in held)
        return "quiet", f"It is in the quiet hours of {names}."
    return "empty", "None of its people can be paged."


def _skip(ctx: Ctx, incident: Incident, policy: Policy, turn: Turn, code: str, why: str) -> None:
    say = f"Step {turn.step + 1} of {policy.name} skipped."
    detail = {"step": turn.step, "loop": turn.loop, "why": code}
    ctx.tell(incident.id, "skip", say, why, detail)


def _ask(ctx: Ctx, incident: Incident, policy: Policy, turn: Turn, one: Asked, why: str) -> Reach:
    step = policy.steps[turn.step]
    reason = why or f"{one.person.name} is {one.why}; step {turn.step + 1} of {policy.name}"
    asking = pages.Asking(runs.STEP, turn.step, turn.loop, reason, step.important, _until(step))
    return pages.ask(ctx, incident, one.person, asking)


def _until(step: Step) -> str:
    return runs.ANSWERED if step.multi_ack and step.until != RESOLVED else step.until


# channels and actions


def _told(ctx: Ctx, incident: Incident, policy: Policy, turn: Turn) -> Iterable[str]:
    for target in escalation.told(policy.steps[turn.step].targets):
        kind, _, name = target.partition(":")
        (_start if kind == ACTION else _tell_channel)(ctx, incident, policy, turn, name)
        yield target


def _tell_channel(ctx: Ctx, incident: Incident, policy: Policy, turn: Turn, place: str) -> None:
    """Show the card in the channel, unless it stands there, and say below it what is asked."""
    rank = incident.severity.rank
    if all(row.place != place for row in outbox.places(ctx.tx, incident.id)):
        ctx.tx.insert(
            OUTBOX, [outbox.view_row(ctx.tx, ctx.now, incident.id, place, NEW_CARD + rank)]
        )
    else:
        storms.acted(ctx.tx, ctx.now, incident.id, NEW_CARD + rank)
    content = {"what": "channel", "step": turn.step, "policy": policy.name}
    outbox.say(ctx.tx, ctx.now, "note", incident.id, place, rank, content)
    surface, _, channel = place.partition(":")
    say = f"Told {channel} in {surface_name(surface)}."
    ctx.tell(incident.id, "channel", say, f"Step {turn.step + 1} of {policy.name}.")


def _start(ctx: Ctx, incident: Incident, policy: Policy, turn: Turn, name: str) -> None:
    """Have an action run; like a page it leaves after the commit."""
    why = f"Step {turn.step + 1} of {policy.name}."
    offer = ctx.rules.offers.get(name)
    if offer is None:
        wrong = "It is not there any more."
    else:
        wrong = starting.start(ctx, offer, incident, why, {"step": turn.step, "loop": turn.loop})
    if wrong:
        ctx.tell(incident.id, "action_failed", f"Action {name} failed.", wrong)


def names(ctx: Ctx, took: Took) -> tuple[str, str]:
    """Whom a step asks and what it tells, in words."""
    people = ", ".join(ctx.name_of(handle) for handle in took.people)
    return people, " and ".join(map(target_words, took.told))


def target_words(target: str) -> str:
    """``#ops in Slack``, ``action restart``."""
    kind, _, name = target.partition(":")
    if kind == ACTION:
        return f"{ACTION} {name}"
    surface, _, channel = name.partition(":")
    return f"{channel} in {surface_name(surface)}"
