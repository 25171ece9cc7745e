"""Forms as Slack's modals, and what people filled in back again; waiting and words too."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from bot.cards import words
from bot.cards.model import Card, Confirm, Form, Input, Note, Span
from bot.slack import render
from bot.slack.parts import option, plain, rich
from bot.slack.spans import JSON, Pen

TITLE, LABEL, HINT, TYPED, INTRO, MOST_OPTIONS, MOST_RADIOS = 24, 75, 150, 3_000, 300, 100, 10
METADATA = 3_000
ELEMENT = "value"
WAIT, SAID = "wait", "said"
_YES = {"true", "1", "yes", "on"}


def form_view(form: Form, place: Mapping[str, str], problems: Mapping[str, str] = {}) -> JSON:
    """The modal of a form. ``place`` comes back with it: where its answer is shown.

    ``problems`` are said above their fields, where Slack gives no other way to say them.
    """
    blocks = _intro(form.intro)
    for field in form.inputs:
        if said := problems.get(field.name):
            blocks.append(_line(f"problem.{field.name}", said))
        blocks.append(_input(field))
    blocks = blocks or _intro(form.submit)
    return _view(form.title, form.token, place, blocks, submit=form.submit or "Send")


def ask_view(asked: Confirm, token: str, place: Mapping[str, str]) -> JSON:
    """A question before a press counts, for a menu's entry: only a button can ask by itself."""
    said = [_line("title", asked.title, bold=True), _line("text", asked.text)]
    return _view(
        asked.yes, f"yes:{token}", place, said, submit=words.cut(asked.yes, TITLE), close=asked.no
    )


def wait_view(title: str, place: Mapping[str, str]) -> JSON:
    """Stands until the form can be shown: a press may open a modal for three seconds only."""
    return _view(title, WAIT, place, [_line("wait", "Working on it…")], close="Close")


def words_view(title: str, note: Note, pen: Pen, place: Mapping[str, str]) -> JSON:
    """An answer in words, where the form was."""
    blocks = render.note_blocks(note, pen, "said")
    return _view(title, SAID, place, blocks or [_line("said", "Done.")], close="Close")


def card_view(title: str, card: Card, pen: Pen, place: Mapping[str, str]) -> JSON:
    """A card as a modal."""
    shown = render.body(card, pen, alone=False)
    below = [block for fold in shown["attachments"] for block in fold["blocks"]]
    return _view(title, SAID, place, [*shown["blocks"], *below], close="Close")


def done_view(title: str, place: Mapping[str, str]) -> JSON:
    """It is done, and the card shows it; a modal can't be closed from here."""
    said = "Done. The card shows it."
    return _view(title, SAID, place, [_line("said", said)], close="Close")


def _view(
    title: str, callback_id: str, place: Mapping[str, str], blocks: list[JSON], *,
    submit: str = "", close: str = "Cancel",
) -> JSON:  # fmt: skip
    out: JSON = {
        "type": "modal", "callback_id": callback_id[:255],
        "title": plain(words.cut(words.clean(title), TITLE) or "PixelView"),
        "close": plain(words.cut(words.clean(close), TITLE) or "Cancel"),
        "private_metadata": json.dumps(dict(place))[:METADATA], "blocks": blocks,
    }  # fmt: skip
    return out | ({"submit": plain(words.cut(words.clean(submit), TITLE))} if submit else {})


def _line(block_id: str, text: str, *, bold: bool = False) -> JSON:
    span = Span(words.cut(words.clean(text), INTRO) or " ", bold=bold, own=False)
    return rich([Pen().section((span,))], block_id)


def _intro(text: str) -> list[JSON]:
    return [_line("intro", text)] if words.clean(text) else []


# fields


def _input(field: Input) -> JSON:
    out: JSON = {
        "type": "input", "block_id": field.name,
        "label": plain(words.cut(words.clean(field.label), LABEL) or "…"),
        "element": _element(field) | {"action_id": ELEMENT},
        # A box that must be ticked could never say no.
        "optional": not field.required or field.kind == "flag",
    }  # fmt: skip
    out |= {"dispatch_action": True} if field.changes else {}
    hint = "" if field.kind == "flag" else words.cut(words.clean(field.hint), HINT)
    return out | ({"hint": plain(hint)} if hint else {})


def _element(field: Input) -> JSON:
    if field.kind == "flag":
        yes = option("true", words.cut(words.clean(field.hint).rstrip("."), LABEL) or "Yes")
        on = field.initial.casefold() in _YES
        return {"type": "checkboxes", "options": [yes]} | ({"initial_options": [yes]} if on else {})
    if field.kind == "incident" or (_chooses(field) and len(field.options) > MOST_OPTIONS):
        return _searched(field)
    if _chooses(field):
        return _chosen(field)
    out: JSON = {"type": "plain_text_input", "multiline": field.kind == "long"}
    out["max_length"] = TYPED
    return out | ({"initial_value": field.initial[:TYPED]} if field.initial else {})


def _chooses(field: Input) -> bool:
    return field.kind in {"choice", "person_or_team"} and bool(field.options)


def _chosen(field: Input) -> JSON:
    options = [option(value, label) for value, label in field.options]
    first = [o for o in options if o["value"] == field.initial][:1]
    few = field.kind == "choice" and len(options) <= MOST_RADIOS
    out: JSON = {"type": "radio_buttons" if few else "static_select", "options": options}
    return out | ({"initial_option": first[0]} if first else {})


def _searched(field: Input) -> JSON:
    """A menu whose entries are asked for while somebody types."""
    out: JSON = {"type": "external_select", "min_query_length": 0}
    names = dict(field.options)
    if field.initial:
        shown = names.get(field.initial) or f"#{field.initial.removeprefix('#')}"
        out["initial_option"] = option(field.initial, shown)
    return out


# back again


def filled(form: Form, typed: Mapping[str, Any]) -> Form:
    """The form with the words that were typed before."""
    inputs = (replace(i, initial=str(typed.get(i.name, i.initial))) for i in form.inputs)
    return replace(form, inputs=tuple(inputs))


def values(state: Mapping[str, Any]) -> dict[str, str]:
    """What came back: the field's name to its text; several choices are joined by newlines."""
    held = {name: block.get(ELEMENT) for name, block in (state.get("values") or {}).items()}
    return {name: _text(element) for name, element in held.items() if element is not None}


def _text(element: Mapping[str, Any]) -> str:
    if "selected_options" in element:
        return "\n".join(o["value"] for o in element["selected_options"] or ())
    chosen = element.get("selected_option")
    return str(chosen["value"]) if chosen else str(element.get("value") or "")


def place_of(view: Mapping[str, Any]) -> dict[str, str]:
    """Where the press came from that opened this modal."""
    try:
        found = json.loads(view.get("private_metadata") or "{}")
    except ValueError:
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def errors_of(fields: Mapping[str, str], view: Mapping[str, Any]) -> tuple[dict[str, str], str]:
    """Errors by the modal's own fields, and what belongs to none of them."""
    inputs: Iterable[JSON] = (b for b in view.get("blocks") or () if b.get("type") == "input")
    known = {str(b["block_id"]) for b in inputs}
    mine = {name: said for name, said in fields.items() if name in known}
    rest = " ".join(said for name, said in fields.items() if name not in known)
    return mine, rest
