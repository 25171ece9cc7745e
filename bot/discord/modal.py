"""Forms as Discord's modals: at most five rows, a label with a field in each; longer forms in
parts, one after the other; and back again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.cards import words
from bot.cards.model import Form, Input
from bot.discord.escape import escape

JSON = dict[str, Any]

ROW, SELECT, TEXT_INPUT, TEXT, LABEL, RADIO, CHECKBOX = 1, 3, 4, 10, 18, 21, 23
MOST_ROWS, MOST_OPTIONS, MOST_RADIOS = 5, 25, 10
TITLE, NAME, HINT, OPTION, TYPED, INTRO = 45, 45, 100, 100, 4000, 1000
_PART = re.compile(r"part:(\d)/(\d):(.+)")
_YES = {"true", "1", "yes", "on"}


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a form a modal or a button stands for, counted from 1."""

    number: int
    of: int
    token: str

    @property
    def custom_id(self) -> str:
        """``part:1/2:<token>``; the token alone where there is one part."""
        return f"part:{self.number}/{self.of}:{self.token}" if self.of > 1 else self.token

    @property
    def following(self) -> Part | None:
        """The part after this one."""
        return replace(self, number=self.number + 1) if self.number < self.of else None


def part_of(custom_id: str) -> Part:
    """The part that a custom id names."""
    found = _PART.fullmatch(custom_id)
    return Part(int(found[1]), int(found[2]), found[3]) if found else Part(1, 1, custom_id)


def modal(form: Form, number: int = 1) -> JSON:
    """The modal of a form, or of one part of it."""
    parts = _parts(form)
    number = min(number, len(parts))
    rows = [_row(i) for i in parts[number - 1]]
    intro = _intro(form)
    if intro and number == 1:
        rows.insert(0, {"type": TEXT, "content": intro})
    many = f" ({number}/{len(parts)})" if len(parts) > 1 else ""
    title = words.cut(words.clean(form.title), TITLE - len(many)) or "…"
    about = Part(number, len(parts), form.token).custom_id
    return {"custom_id": about, "title": title + many, "components": rows}


def _intro(form: Form) -> str:
    return escape(words.cut(words.clean(form.intro), INTRO))


def _parts(form: Form) -> list[tuple[Input, ...]]:
    """The fields as they fit into one modal after the other; the intro takes a row of the first."""
    first = MOST_ROWS - bool(_intro(form))
    rest = form.inputs[first:]
    more = [rest[i : i + MOST_ROWS] for i in range(0, len(rest), MOST_ROWS)]
    return [form.inputs[:first], *more]


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
    return field.kind in {"choice", "person_or_team", "incident"} and bool(field.options)


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
