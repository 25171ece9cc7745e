"""What the controls of a message or form hold: which there are, and their ``state.values``."""

from __future__ import annotations

from typing import Any

from .model import JSON

__all__ = ["controls", "state_values", "value_field"]

EMPTY: dict[str, tuple[str, Any]] = {
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "rich_text_input": ("rich_text_value", "initial_value"),
}
TYPED = ("plain_text_input", "email_text_input", "url_text_input", "number_input")


def value_field(kind: str) -> tuple[str, str] | None:
    """Under which name a control reports its value, and which property sets it at first."""
    return ("value", "initial_value") if kind in TYPED else EMPTY.get(kind)


def controls(block: JSON) -> list[JSON]:
    """The controls of one block."""
    found = [*block.get("elements", [])] if block.get("type") == "actions" else []
    return found + [block[k] for k in ("accessory", "element") if isinstance(block.get(k), dict)]


def state_values(blocks: list[JSON], typed: dict[str, dict[str, JSON]]) -> JSON:
    """``state.values``: what every stateful control holds now."""
    values: JSON = {}
    for block in blocks:
        for element in controls(block):
            field = value_field(element.get("type", ""))
            if field is None:
                continue
            empty: Any = [] if field[0].endswith("s") and field[0].startswith("selected") else None
            first = {"type": element["type"], field[0]: element.get(field[1], empty)}
            chosen = typed.get(block["block_id"], {}).get(element["action_id"], first)
            values.setdefault(block["block_id"], {})[element["action_id"]] = chosen
    return values
