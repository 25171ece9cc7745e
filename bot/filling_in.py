"""Forms whose fields are those of what was chosen in them: what they show, and what comes back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from bot.cards import words
from bot.cards.model import Form, Input
from commands.automation import form_fields
from commands.automation.offers import Catalogue
from commands.registry import Verb

CHOSEN, TYPED = "action", "params"
ASKED, ANSWER = "values.", "values"
"""What the fields of a question of a workflow begin with, and what they are together."""
_LABEL, _HINT, _OPTION = 60, 140, 75


def takes(verb: Verb) -> bool:
    """Whether its fields are those of the action that is chosen."""
    return bool(verb.begins) and {CHOSEN, TYPED} <= {f.name for f in verb.fields}


def inputs(found: Iterable[Mapping[str, Any]]) -> tuple[Input, ...]:
    """The fields that a form's own query tells of."""
    return tuple(_input(each) for each in found)


def _input(one: Mapping[str, Any]) -> Input:
    options = tuple((str(v), words.cut(words.clean(n), _OPTION)) for v, n in one["options"])
    hint = words.cut(words.clean(one["hint"]), _HINT)
    label = words.cut(words.clean(one["label"]), _LABEL)
    return Input(
        one["name"], label, one["kind"], one["required"], options, one["initial"], hint,
        one["secret"], changes=one.get("changes", not one["secret"]),
    )  # fmt: skip


def completed(form: Form, begun: Mapping[str, Any]) -> Form:
    """A form with the fields of what is chosen, and what exactly will be done above them."""
    if "inputs" not in begun:
        return form
    gone = set(begun.get("instead_of", ()))
    kept = (replace(i, changes=i.name == CHOSEN) for i in form.inputs if i.name not in gone)
    intro = words.clean(str(begun.get("intro", ""))) or form.intro
    return replace(form, inputs=(*kept, *inputs(begun["inputs"])), intro=intro)


def is_asked(values: Mapping[str, Any]) -> bool:
    """Whether a form with the fields of a question came back."""
    return any(name.startswith(ASKED) for name in values)


def gathered(
    verb: Verb, offers: Catalogue, values: Mapping[str, Any], *, every: bool = False
) -> dict[str, Any]:
    """What came back, with the fields of the chosen action as one line, as people type it; with
    ``every`` field, for a form that is only drawn anew. Those of a question are one object."""
    if mine := {n.removeprefix(ASKED): v for n, v in values.items() if n.startswith(ASKED)}:
        kept = {n: v for n, v in values.items() if not n.startswith(ASKED)}
        return kept | {ANSWER: json.dumps({n: v for n, v in mine.items() if v not in (None, "")})}
    if not takes(verb) or not form_fields.is_filled(values):
        return dict(values)
    kept = {n: v for n, v in values.items() if not n.startswith(form_fields.PREFIX)}
    offer = offers.get(str(values.get(CHOSEN) or ""))
    return kept | (
        {TYPED: form_fields.line(offer, values, every=every)} if offer is not None else {}
    )


def at_its_field(offers: Catalogue, values: Mapping[str, Any], where: str) -> str:
    """The field of a form at which a mistake stands that names a parameter."""
    if (asked := f"{ASKED}{where}") in values:
        return asked
    offer = offers.get(str(values.get(CHOSEN) or ""))
    if offer is None or where in values:
        return where
    field = form_fields.field_name(offer, where)
    if field in values:
        return field
    mine = (name for name in values if name.startswith(form_fields.PREFIX))
    return next(mine, CHOSEN) if where == TYPED else where


def confirmed(values: Mapping[str, Any]) -> dict[str, str]:
    """The words that were typed to confirm it."""
    typed = str(values.get(form_fields.CONFIRM) or "").strip()
    return {form_fields.CONFIRM: typed} if typed else {}
