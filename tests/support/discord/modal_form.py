"""A modal as the person fills it: its fields, what a client refuses to send, and the payload."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.support.discord.check_components import LABEL, ROW, SELECT, TEXT
from tests.support.discord.check_modal import CHECKBOX, CHECKBOXES, FILE_UPLOAD, RADIO, TEXT_INPUT
from tests.support.discord.model import JSON, Channel, User


@dataclass(frozen=True)
class Field:
    """One field: its label, and the component."""

    label: str
    description: str
    component: JSON

    @property
    def names(self) -> tuple[str, str]:
        """What it can be called."""
        return (self.label, self.component["custom_id"])


def fields(modal: JSON) -> list[Field]:
    """The fields of a modal, top down."""
    found = []
    for row in modal["components"]:
        if row["type"] == LABEL:
            found.append(Field(row["label"], row.get("description") or "", row["component"]))
        elif row["type"] == ROW:
            found += [Field(c["label"], "", c) for c in row["components"]]
    return found


def filled(modal: JSON, values: dict[str, Any]) -> tuple[list[JSON], str]:
    """The rows of a MODAL_SUBMIT, and why the client would not send it ("" where it would)."""
    rows: list[JSON] = []
    by_id = {f.component["custom_id"]: f for f in fields(modal)}
    problem = ""
    number = 0

    def one(component: JSON) -> JSON:
        nonlocal problem
        field = by_id[component["custom_id"]]
        given = next((values[n] for n in field.names if n in values), None)
        body, wrong = _answer(component, given)
        problem = problem or (wrong and f"{field.label}: {wrong}")
        return body

    for row in modal["components"]:
        number += 1
        about = {"type": row["type"], "id": number}
        if row["type"] == LABEL:
            number += 1
            about["component"] = one(row["component"]) | {"id": number}
        elif row["type"] == ROW:
            inside = []
            for component in row["components"]:
                number += 1
                inside.append(one(component) | {"id": number})
            about["components"] = inside
        elif row["type"] != TEXT:
            continue
        rows.append(about)
    return rows, problem


def _answer(component: JSON, given: Any) -> tuple[JSON, str]:
    kind = component["type"]
    body = {"type": kind, "custom_id": component["custom_id"]}
    required = component.get("required", True) is not False
    if kind == TEXT_INPUT:
        text = str(component.get("value") or "" if given is None else given)
        return body | {"value": text}, _text_problem(component, text, required)
    if kind == CHECKBOX:
        return body | {"value": bool(component.get("default") if given is None else given)}, ""
    values = _values(component, given)
    if values is None:
        return body, f"no such option: {given!r}"
    if required and not values and component.get("min_values") != 0:
        return body, "must be filled in"
    if kind == RADIO:
        return body | {"value": values[0] if values else None}, ""
    high = component.get("max_values") or (10 if kind == CHECKBOXES else 1)
    if len(values) > high and kind != FILE_UPLOAD:
        return body, f"at most {high}"
    return body | {"values": values}, ""


def _values(component: JSON, given: Any) -> list[str] | None:
    """The chosen values; None where something was chosen that isn't offered."""
    options = component.get("options") or []
    if given is None:
        return [o["value"] for o in options if o.get("default")]
    chosen = list(given) if isinstance(given, list | tuple) else [given]
    if component["type"] not in (SELECT, RADIO, CHECKBOXES):
        return [str(c.id) if isinstance(c, User | Channel) else str(c) for c in chosen]
    found = [o["value"] for c in chosen for o in options if c in (o["label"], o["value"])]
    return found if len(found) == len(chosen) else None


def _text_problem(component: JSON, text: str, required: bool) -> str:
    low, high = component.get("min_length") or 0, component.get("max_length") or 4000
    if not text:
        return "must be filled in" if required else ""
    if not low <= len(text) <= high:
        return f"{len(text)} characters, {low} to {high} allowed"
    return ""
