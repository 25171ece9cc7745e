"""What waits for a second person's word, and what the form of a yes asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from commands import rights
from commands.approvals import ABOUT, STATES
from commands.context import View
from commands.registry import arg, query
from commands.rules import approving
from commands.told import Told
from commands.words import duration
from store import approvals, incidents
from store.approvals import Approval
from store.clock import iso


@dataclass(frozen=True, slots=True)
class Waiting:
    """``approvals`` needs nothing."""


@query("approvals", group="access", permission="self", args=Waiting, example="approvals")
async def waiting(view: View, args: Waiting) -> Told:
    """What waits for a second person's word: yours to give, and what you asked for."""
    found = await view.read(approvals.waiting)
    me, there = view.actor.id, view.definitions
    mine = [
        one
        for one in found
        if me == one.asker or me in approving.approvers(there, one.rule, one.asker, view.now)
    ]
    lines = tuple(_line(view, one) for one in mine) or ("Nothing waits for your word.",)
    facts: Mapping[str, Any] = {"approvals": [_fact(one) for one in mine]}
    return Told(lines, facts)


def _fact(one: Approval) -> dict[str, Any]:
    return {
        "approval": one.id, "what": one.says, "asked_by": one.asker, "expires_at": one.expires_at,
        "expires": iso(one.expires_at), "incident": one.incident, "by": one.rule,
        "type": str(one.more.get("word", "")),
    }  # fmt: skip


def _line(view: View, one: Approval) -> str:
    left = duration(max(one.expires_at - view.now, 0))
    automation = one.more.get("run", {}).get("automation", "")
    itself = f"Automation {automation}" if automation else "A policy"
    who = view.definitions.name_of(one.asker) if one.asker else itself
    word = f" {one.more['word']}" if one.more.get("word") else ""
    said = f"approve {one.id}{word}, or deny {one.id} …"
    return f"🔐 {one.id} · {who}: {one.says} · {left} left · {said}"


@dataclass(frozen=True, slots=True)
class Word:
    """Arguments of ``approval-word``."""

    approval: int = arg("noun", "The number of what is asked for.", default=0)


@query(
    "approval-word", group="access", permission="self", args=Word, about=ABOUT, listed=False,
    example="approval-word 77",
)  # fmt: skip
async def word(view: View, args: Word) -> Told:
    """What the form of ``approve`` asks to type."""
    one = await view.read(lambda tx: approvals.get(tx, args.approval))
    if one is None or one.state not in STATES or not await _seen(view, one):
        return Told(("Nothing with that number waits for a word.",), {"seen": False})
    said = str(one.more.get("word", ""))
    hint = f"Type {said}: {one.says}." if said else f"Nothing has to be typed: {one.says}."
    return Told((hint,), {"hints": {"typed": hint}, "seen": True})


async def _seen(view: View, one: Approval) -> bool:
    """Whether it is shown to somebody: to who asks, who decides, and who sees its incident."""
    able = approving.approvers(view.definitions, one.rule, one.asker, view.now)
    if view.actor.id in (one.asker, *able):
        return True
    incident = one.incident
    if incident is None:
        return False
    may = rights.may(view.definitions, view.actor, "incident.read")
    return may is not None and await view.read(lambda tx: incidents.exists(tx, incident))
