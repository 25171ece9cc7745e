"""``answer``: people answer a question of a workflow, wherever they are; the first counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from commands import notices, rights
from commands.automation import form_fields, inquiring
from commands.automation.inquiring import ABOUT, about
from commands.context import Ctx, Done, View
from commands.errors import Conflict, Denied, Invalid, NotFound
from commands.registry import Button, arg, command, query
from commands.rules import answering
from commands.rules.answering import Field
from commands.token_limits import whole_person
from commands.told import Told
from commands.words import duration, surface_name
from store import incidents, inquiries
from store.clock import iso
from store.inquiries import ANSWERED, ELSEWHERE, EXPIRED, SENDING, WAITS, Inquiry

NOT_BY_SMS = ("sms", "voice")
MOST, _NAME = 20, 80
"""So many fields a form has, with names so long; the others are answered by the command."""
FORM_OF = {"boolean": "choice", "object": "long"}


@dataclass(frozen=True, slots=True)
class Answer:
    """Arguments of ``answer``."""

    inquiry: int = arg("noun", "The number of the question.")
    values: str = arg(
        "text", "What is answered: continue=yes note=…", label="Answer", raw=True, default=""
    )


@command(
    "answer", group="auto", permission="self", args=Answer, about=ABOUT,
    example="answer 5 continue=yes", begins="answer-form", buttons=(Button("Answer…", "", ()),),
)  # fmt: skip
def answer(ctx: Ctx, args: Answer) -> Done:
    """Answer a question that a workflow waits for."""
    one = _open(ctx, args.inquiry)
    asked = answering.fields(one.schema)
    given, wrong = answering.read(asked, answering.typed(args.values, asked))
    if wrong:
        where, why = next(iter(wrong.items()))
        raise Invalid(" ".join(wrong.values()) if len(wrong) > 1 else why, where)
    says = ctx.rules.redact(answering.shown(asked, given))
    one = inquiries.save(
        ctx.tx, one, state=SENDING, answer=given, says=says, by=ctx.actor.id,
        surface=ctx.actor.surface, decided_at=ctx.now, error="",
    )  # fmt: skip
    inquiring.send(ctx, one)
    inquiring.note(ctx, one, f"{ctx.actor.name} answered: {says}.", inquiring.what(one))
    notices.stale(ctx, about(one.id), at_once=True)
    return Done(f"Answered: {says}. It is on its way to {one.system}.", aloud=True)


def _open(ctx: Ctx, number: int) -> Inquiry:
    """The question that waits; whoever acts must be among those who may answer."""
    whole_person(ctx)
    one = inquiries.get(ctx.tx, number, for_change=True)
    if one is None or not sees(ctx.seen, one):
        raise NotFound(f"There is no question {number}.")
    able = inquiring.able_of(ctx, one)
    if ctx.actor.kind != "person" or ctx.actor.id not in able:
        names = tuple(map(ctx.name_of, able))[:5]
        say = f"This question is for {', '.join(names) or 'nobody who is known here'}."
        raise Denied(say, _for(one), names)
    if ctx.actor.surface in NOT_BY_SMS:
        link = f"{ctx.rules.url.rstrip('/')}/q/{one.id}"
        raise Denied(f"No reply by SMS counts here: open {link}", "a surface that knows you")
    if one.state == WAITS and not (one.expires_at is not None and one.expires_at <= ctx.now):
        return one
    raise Conflict(_over(ctx, one))


def _for(one: Inquiry) -> str:
    return f"to be asked: {', '.join((*one.users, *one.roles))}" if one.users or one.roles else (
        "to run that action"
    )  # fmt: skip


def _over(ctx: Ctx, one: Inquiry) -> str:
    """Who was first, where and when; or that it is too late."""
    if one.state in (SENDING, ANSWERED) and one.by:
        ago = f", {duration(ctx.now - one.decided_at)} ago" if one.decided_at is not None else ""
        where = f" in {surface_name(one.surface)}" if one.surface else ""
        return f"{ctx.name_of(one.by)} answered it{where}{ago}: {one.says}."
    if one.state == ELSEWHERE:
        return f"It was answered in {one.system}, or its run is over."
    if one.state in (EXPIRED, WAITS):
        return "Its time is over: nobody can answer it any more."
    return "Its run is over: no answer is needed any more."


def sees(tx: Any, one: Inquiry) -> bool:
    """Whether an incident it is about is there for the reader of ``tx``."""
    return one.incident_id is None or incidents.exists(tx, one.incident_id)


@dataclass(frozen=True, slots=True)
class Which:
    """Arguments of ``answer-form``."""

    inquiry: int = arg("noun", "The number of the question.", default=0)


@query(
    "answer-form", group="auto", permission="self", args=Which, about=ABOUT, listed=False,
    example="answer-form 5",
)  # fmt: skip
async def answer_form(view: View, args: Which) -> Told:
    """What the form of an answer asks for, field by field."""
    one = await view.read(lambda tx: inquiries.get(tx, args.inquiry))
    if one is None or not await view.read(lambda tx: _shown(view, tx, one)):
        return Told(("There is no such question.",), {"seen": False})
    asked = answering.fields(one.schema)
    shown = [each for each in asked if len(each.name) <= _NAME][:MOST]
    facts: dict[str, Any] = {
        "inputs": [_input(each) for each in shown],
        "instead_of": ["values"] if shown else [],
        "intro": inquiring.what(one),
        "seen": True,
        "hints": {"values": _hint(asked)},
    }
    return Told((inquiring.what(one), _hint(asked)), facts)


def _shown(view: View, tx: Any, one: Inquiry) -> bool:
    """To who may answer it, and who sees its incident."""
    if not sees(tx, one):
        return False
    reads = rights.may(view.definitions, view.actor, "incident.read") is not None
    able = inquiring.able(tx, view.definitions, view.rules, one, view.now)
    return view.actor.id in able or (reads and one.incident_id is not None)


def _input(each: Field) -> dict[str, Any]:
    options = each.choices or (("yes", "no") if each.kind == "boolean" else ())
    options = options if form_fields.chosen_from(options) else ()
    return {
        "name": f"values.{each.name}", "changes": False,
        "label": each.name.replace("_", " ").capitalize(),
        "kind": "choice" if options else FORM_OF.get(each.kind, "text"),
        "required": each.required, "options": [(v, v) for v in options],
        "initial": form_fields.begun(answering.text_of(each.default)), "hint": each.help,
        "secret": each.secret,
    }  # fmt: skip


def _hint(asked: tuple[Field, ...]) -> str:
    said = [f"{each.name}={'…' if not each.choices else '|'.join(each.choices)}" for each in asked]
    return f"Write: {' '.join(said)}" if said else "Nothing is asked for."


@dataclass(frozen=True, slots=True)
class Listed:
    """``inquiries`` needs nothing."""


@query("inquiries", group="auto", permission="self", args=Listed, example="inquiries")
async def listed(view: View, args: Listed) -> Told:
    """The questions of workflows that wait for your answer."""

    def read(tx: Any) -> list[tuple[Inquiry, list[str]]]:
        there = [one for one in inquiries.waiting(tx) if sees(tx, one)]
        known, rules = view.definitions, view.rules
        return [(one, inquiring.able(tx, known, rules, one, view.now)) for one in there]

    mine = [one for one, able in await view.read(read) if view.actor.id in able]
    lines = tuple(_line(view, one) for one in mine) or ("No workflow waits for your answer.",)
    return Told(lines, {"inquiries": [_fact(one) for one in mine]})


def _fact(one: Inquiry) -> dict[str, Any]:
    found = inquiring.shown(one)
    found["expires_at"] = iso(one.expires_at) if one.expires_at else None
    return found


def _line(view: View, one: Inquiry) -> str:
    left = f" · {duration(max(one.expires_at - view.now, 0))} left" if one.expires_at else ""
    about_ = f" · #{one.incident_id}" if one.incident_id else ""
    how = _hint(answering.fields(one.schema)).removeprefix("Write: ")
    return f"❓ {one.id}{about_} · {inquiring.what(one)}{left} · answer {one.id} {how}"
