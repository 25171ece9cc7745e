"""Fills in a form the way Slack's client does: only what the controls allow gets through."""

from __future__ import annotations

import re
from typing import Any

from .model import JSON, View
from .state import controls, state_values, value_field

REQUIRED = "Please complete this required field."

__all__ = ["fill"]


def fill(view: View, values: dict[str, Any]) -> dict[str, str]:
    """Type ``values`` (by block_id, label or action_id); returns the client's own complaints."""
    known: set[str] = set()
    for block in view.blocks:
        for element in controls(block):
            names = (
                block["block_id"],
                block.get("label", {}).get("text", ""),
                element.get("action_id", ""),
            )
            for name in names:
                if name in values:
                    known.add(name)
                    typed = view.typed.setdefault(block["block_id"], {})
                    typed[element["action_id"]] = entered(element, values[name])
    unknown = set(values) - known
    if unknown:
        raise LookupError(f"no field {sorted(unknown)} in this form: {view.visible_text}")
    return complaints(view)


def entered(element: JSON, value: Any) -> JSON:
    """What a control holds after a person set it."""
    kind = element["type"]
    field = value_field(kind)
    if field is None:
        raise LookupError(f"nothing can be entered into a {kind}")
    if field[0] == "selected_option":
        value = None if value is None else option(element, value)
    elif field[0] == "selected_options":
        wanted = value if isinstance(value, list) else [value] if value else []
        value = [option(element, v) for v in wanted]
    elif field[0] == "value" and value is not None:
        value = str(value) or None
    return {"type": kind, field[0]: value}


def option(element: JSON, wanted: Any) -> JSON:
    """A menu entry by its label, value or place."""
    groups = element.get("option_groups") or []
    entries = [*(element.get("options") or []), *(o for g in groups for o in g["options"])]
    if element["type"].endswith("external_select") and isinstance(wanted, dict):
        return wanted
    for entry in entries:
        if wanted in (entry["text"]["text"], entry["value"]) or wanted == entry:
            found: JSON = entry
            return found
    raise LookupError(f"no option {wanted!r}; there are {[e['text']['text'] for e in entries]}")


def complaints(view: View) -> dict[str, str]:
    """The errors the client itself shows, before anything is sent, by block_id."""
    state = state_values(view.blocks, view.typed)
    found = {}
    for block in view.blocks:
        if block.get("type") != "input":
            continue
        element = block["element"]
        held = state.get(block["block_id"], {}).get(element["action_id"], {})
        value = next((v for k, v in held.items() if k != "type"), None)
        if value in (None, "", []):
            if not block.get("optional"):
                found[block["block_id"]] = REQUIRED
            continue
        problem = wrong(element, str(value))
        if problem:
            found[block["block_id"]] = problem
    return found


def wrong(element: JSON, value: str) -> str | None:
    """Why the client would not accept this value."""
    kind = element["type"]
    if kind == "plain_text_input":
        if len(value) > element.get("max_length", 3000):
            return f"Must be at most {element.get('max_length', 3000)} characters."
        if len(value) < element.get("min_length", 0):
            return f"Must be at least {element['min_length']} characters."
    if kind == "email_text_input" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.\w+", value):
        return "Must be a valid email address."
    if kind == "url_text_input" and not value.startswith(("http://", "https://")):
        return "Must be a valid URL."
    if kind == "number_input" and not re.fullmatch(r"-?\d+(\.\d+)?", value):
        return "Must be a number."
    return None
