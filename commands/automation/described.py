"""``action``: what an action does, takes and needs, before somebody runs it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from commands import rights
from commands.automation import preparing
from commands.automation.offers import Offer
from commands.context import View
from commands.registry import arg, query
from commands.rules import approving, filling
from commands.rules.permission import ACTION
from commands.told import Told
from integrations.base import Param

MOST = 40
_KINDS = {"text": "", "flag": "yes or no", "object": "JSON"}
_VALUE = re.compile(r"\{params\.([\w-]+)\}")


@dataclass(frozen=True, slots=True)
class Described:
    """Arguments of ``action``."""

    action: str = arg("word", "The action; without it those that you may run.", default="")


@query(
    "action", group="auto", permission="inventory.read", args=Described,
    example="action kubernetes.restart",
)  # fmt: skip
async def described(view: View, args: Described) -> Told:
    """What an action does, its parameters, who must agree, and whether you may run it."""
    if args.action:
        offer = preparing.found(view.rules.offers, args.action)
        return Told(tuple(_lines(view, offer)), {"action": _fact(offer)})
    mine = [one for one in view.rules.offers if _may(view, one)]
    lines = [f"{one.name}: {one.title}" if one.title else one.name for one in mine[:MOST]]
    if len(mine) > MOST:
        lines.append(f"And {len(mine) - MOST} more: type what they begin with.")
    facts = {"actions": [_fact(one) for one in mine]}
    return Told(tuple(lines) or ("There is no action that you may run.",), facts)


def _may(view: View, one: Offer) -> bool:
    return rights.may_somewhere(view.definitions, view.actor, f"{ACTION}{one.name}")


def _lines(view: View, one: Offer) -> Iterator[str]:
    yield f"{one.name}: {one.title}" if one.title else one.name
    if one.help:
        yield one.help
    for param in one.params:
        if param.name not in one.fixed:
            yield _param(param)
    if one.dangerous:
        yield f"Dangerous: {one.dangerous}."
    if one.confirm:
        yield f"To confirm it, type {_word(one)}."
    for need in one.needs:
        yield f"It needs the word of {approving.in_words(need.by)}."
    if one.undo:
        yield f"{one.undo} takes it back."
    yield "You may run it." if _may(view, one) else f"You may not: it needs {ACTION}{one.name}."


def _word(one: Offer) -> str:
    """``the value of from``; a word that is always the same as it stands."""
    return _VALUE.sub(r"the value of \1", one.confirm)


def _param(one: Param) -> str:
    """``keep=: how long (a number, 24 unless said)``."""
    default = "" if one.secret else filling.plain(one.default)
    parts = [
        "needed" if one.required and not default else "",
        " or ".join(one.choices) or _KINDS.get(one.kind, f"a {one.kind}"),
        "shown to nobody" if one.secret else "",
        f"{default} unless said" if default else "",
    ]
    more = ", ".join(filter(None, parts))
    said = f"{one.name}=" + (f": {one.help.rstrip('. ')}" if one.help else "")
    return f"{said} ({more})" if more else said


def _fact(one: Offer) -> dict[str, Any]:
    shown = [each for each in one.params if each.name not in one.fixed]
    return {
        "name": one.name, "title": one.title, "help": one.help, "via": one.via,
        "system": one.system, "dangerous": one.dangerous, "undo": one.undo,
        "dry": one.can_be_dry, "params": [
            {"name": p.name, "kind": p.kind, "help": p.help, "required": p.required,
             "default": None if p.secret else p.default, "choices": list(p.choices),
             "secret": p.secret}
            for p in shown
        ],
    }  # fmt: skip
