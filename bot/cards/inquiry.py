"""A question that a workflow waits for: what it asks, of whom, until when; later who answered it,
or what became of its run."""

from __future__ import annotations

from dataclasses import dataclass

from bot.cards import words
from bot.cards.buttons import token
from bot.cards.model import Actions, Block, Card, Facts, Head, Press, Rows, Spans, State, Value
from bot.cards.scene import About, Scene
from bot.cards.view import own, separated, strange, when
from commands.automation import inquiring
from commands.rules import answering
from commands.rules.answering import Field
from commands.words import surface_name
from store import executions, inquiries
from store.db import Tx
from store.executions import Execution
from store.inquiries import ANSWERED, ELSEWHERE, EXPIRED, SENDING, WAITS, Inquiry

_ROWS, _NAMES = 5, 3


@dataclass(frozen=True, slots=True)
class Seen:
    """A question with the run that asks it."""

    inquiry: Inquiry
    execution: Execution | None


def read(tx: Tx, number: str) -> Seen | None:
    """A question by its number."""
    if not number.isdecimal() or len(number) > 15:
        return None
    one = inquiries.get(tx, int(number))
    if one is None:
        return None
    mine = executions.get(tx, one.execution_id) if one.execution_id else None
    return Seen(one, mine)


def card(seen: Seen, scene: Scene) -> Card:
    """``❓ ANSWER? · Fail over now? for #1899``."""
    one = seen.inquiry
    waits = one.state == WAITS and (one.expires_at is None or one.expires_at > scene.now)
    about = f" for #{one.incident_id}" if one.incident_id else ""
    asks = words.title(f"{inquiring.what(one)}{about}")
    state = _asks(seen, scene) if waits else _became(seen, scene)
    press = Press("Answer…", token("answer", one.id, 1), primary=True, says=f"Answer: {asks}")
    return Card(
        id=one.id,
        rev=1,
        color=words.NEWS if waits else words.TAKEN,
        head=Head("❓", "ANSWER?" if waits else "QUESTION", 0, asks, scene.link(f"q/{one.id}")),
        state=State(state),
        actions=Actions((press,) if waits else ()),
        fold=_fold(seen, scene, waits),
        notification=_line(seen, scene, asks, waits),
        quiet=not waits,
        short=f"ANSWER? {words.cut(asks, 90)}. No reply by SMS counts, open" if waits else "",
    )


def _run(seen: Seen, limit: int = 60) -> Spans:
    one, mine = seen.inquiry, seen.execution
    if mine is None:
        return own("a workflow in "), strange(one.system, 30)
    return (strange(mine.says or mine.action, limit),)


def _asks(seen: Seen, scene: Scene) -> Spans:
    one = seen.inquiry
    names = [scene.definitions.name_of(handle) for handle in one.to]
    rest = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    who: Spans = own("for "), strange(", ".join(names[:_NAMES]), 90), own(rest)
    named = ", ".join((*one.users, *one.roles))
    if not names:
        who = (own("for "), strange(named, 60), own(", who is nobody here")) if named else ()
    until: Spans = ()
    if one.expires_at is not None:
        until = own("expires "), when(one.expires_at, scene.now, "in")
    return separated([(*_run(seen), own(" asks")), who, until])


def _became(seen: Seen, scene: Scene) -> Spans:
    one = seen.inquiry
    at: Spans = (own(" "), when(one.decided_at, scene.now, "in")) if one.decided_at else ()
    if one.state in (SENDING, ANSWERED):
        by = strange(scene.definitions.name_of(one.by), 60)
        where = f" in {surface_name(one.surface)}" if one.surface else ""
        way = ", on its way" if one.state == SENDING else ""
        answer: Spans = (own(": "), strange(one.says, 200)) if one.says else ()
        return by, own(f" answered it{where}"), *at, own(way), *answer
    run = inquiring.took(seen.execution)
    more: Spans = (own(" Its run: "), strange(run, 200)) if run else ()
    if one.state in (EXPIRED, WAITS):
        return own("⌛ Nobody answered in time."), *more
    if one.state == ELSEWHERE:
        return (
            own("It was answered in "),
            strange(one.system, 30),
            own(", or its run is over."),
            *more,
        )
    return own("Its run is over: no answer is needed any more."), *more


def _fold(seen: Seen, scene: Scene, waits: bool) -> tuple[Block, ...]:
    one = seen.inquiry
    parts: list[Block] = []
    if seen.execution is not None:
        parts.append(Value(words.cut(words.clean(seen.execution.says), 140)))
    facts: list[Spans] = []
    if one.route:
        facts.append((own("Route "), strange(one.route, 60)))
    if facts:
        parts.append(Facts((separated(facts),)))
    rows = tuple(_asked(each) for each in answering.fields(one.schema)[:_ROWS]) if waits else ()
    if waits and one.error and scene.to == one.by:
        wrong = own("Your answer was not taken: "), strange(one.error, 200)
        rows = (wrong, *rows[: _ROWS - 1])
    if rows:
        parts.append(Rows(rows))
    return tuple(parts)


def _asked(each: Field) -> Spans:
    """``continue: yes or no, needed · Would you like to go on?``"""
    kinds = {"boolean": "yes or no", "integer": "a whole number", "number": "a number",
             "array": "a list", "object": "an object"}  # fmt: skip
    kind = " or ".join(each.choices[:6]) if each.choices else kinds.get(each.kind, "text")
    need = ", needed" if each.required else ""
    help_: Spans = (own(" · "), strange(each.help, 120)) if each.help else ()
    return strange(each.name, 40, bold=True), own(": "), strange(kind, 80), own(need), *help_


def _line(seen: Seen, scene: Scene, asks: str, waits: bool) -> Spans:
    one = seen.inquiry
    title = strange(asks, 70)
    if waits and one.error and scene.to == one.by:
        return own("❓ "), title, own(" · not taken: "), strange(one.error, 80)
    if not waits:
        return own("❓ "), title, own(" · "), *_became(seen, scene)
    left = ""
    if one.expires_at is not None:
        left = f", {max((one.expires_at - scene.now) // 60_000, 1)} min left"
    return own("❓ "), title, own(" · "), *_run(seen, 40), own(f" asks{left}")


INQUIRY = About(read, card)
"""A question of a workflow."""
