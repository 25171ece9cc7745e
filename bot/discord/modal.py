"""Forms as Discord's modals: at most five rows, a label with a field in each; and back again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from bot.cards import words
from bot.cards.model import Form, Input
from bot.discord.escape import escape

JSON = dict[str, Any]

ROW, SELECT, TEXT_INPUT, TEXT, LABEL, RADIO, CHECKBOX = 1, 3, 4, 10, 18, 21, 23
MOST_ROWS, MOST_OPTIONS, MOST_RADIOS = 5, 25, 10
TITLE, NAME, HINT, OPTION, TYPED, INTRO = 45, 45, 100, 100, 4000, 1000
_YES = {"true", "1", "yes", "on"}


def modal(form: Form) -> JSON:
    """The modal of a form. Where it asks for more than five things, optional ones are left out."""
    fields = _most_needed(form.inputs)
    rows = [_row(i) for i in fields]
    intro = escape(words.cut(words.clean(form.intro), INTRO))
    if intro and len(rows) < MOST_ROWS:
        rows.insert(0, {"type": TEXT, "content": intro})
    title = words.cut(words.clean(form.title), TITLE) or "…"
    return {"custom_id": form.token, "title": title, "components": rows}


def filled(form: Form, typed: Mapping[str, Any]) -> Form:
    """The form with the words that were typed before."""
    inputs = (replace(i, initial=str(typed.get(i.name, i.initial))) for i in form.inputs)
    return replace(form, inputs=tuple(inputs))


def values(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """What came back: the field's name to its text; several choices are joined by newlines."""
    return {c["custom_id"]: _text(c) for c in _fields(rows)}


def _fields(rows: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for row in rows:
        inside = [row["component"]] if row.get("component") else row.get("components") or []
        yield from (c for c in inside if "custom_id" in c)


def _text(component: Mapping[str, Any]) -> str:
    found = component.get("values")
    if found is not None:
        return "\n".join(map(str, found))
    value = component.get("value")
    if isinstance(value, bool):
        return "true" if value else ""
    return str(value) if value is not None else ""


def _most_needed(inputs: tuple[Input, ...]) -> tuple[Input, ...]:
    ranked = sorted(inputs, key=lambda i: not i.required)[:MOST_ROWS]
    return tuple(i for i in inputs if i in ranked)


def _row(field: Input) -> JSON:
    row = {"type": LABEL, "label": words.cut(words.clean(field.label), NAME) or "…"}
    hint = _hint(field)
    return row | ({"description": hint} if hint else {}) | {"component": _component(field)}


def _hint(field: Input) -> str:
    hint = words.clean(field.hint)
    if len(field.options) > MOST_OPTIONS and _chooses(field):
        hint = f"{MOST_OPTIONS} of {len(field.options)} fit here, the others by command. {hint}"
    return words.cut(hint, HINT).strip()


def _chooses(field: Input) -> bool:
    return field.kind in {"choice", "person_or_team"} and bool(field.options)


def _component(field: Input) -> JSON:
    about: JSON = {"custom_id": field.name}
    if field.kind == "flag":
        return about | {"type": CHECKBOX, "default": field.initial.casefold() in _YES}
    about["required"] = field.required
    if not _chooses(field):
        return about | _typed(field)
    options = [_option(v, label, field.initial) for v, label in field.options[:MOST_OPTIONS]]
    few = field.kind == "choice" and 2 <= len(options) <= MOST_RADIOS
    return about | {"type": RADIO if few else SELECT, "options": options}


def _typed(field: Input) -> JSON:
    said: JSON = {"type": TEXT_INPUT, "style": 2 if field.kind == "long" else 1}
    said["max_length"] = TYPED
    return said | ({"value": field.initial[:TYPED]} if field.initial else {})


def _option(value: str, label: str, initial: str) -> JSON:
    option: JSON = {"label": words.cut(words.clean(label), OPTION) or value, "value": value[:100]}
    return option | ({"default": True} if value == initial else {})
