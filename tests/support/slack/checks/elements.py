"""Checks the controls of Block Kit: buttons, menus, pickers, inputs, confirms and their options."""

from __future__ import annotations

import re
from typing import Any

from ..model import JSON
from .walk import Problems

COMMON = {"action_id", "confirm", "focus_on_load", "placeholder"}
SELECTS = {
    "static_select": {"options", "option_groups", "initial_option"},
    "external_select": {"initial_option", "min_query_length"},
    "users_select": {"initial_user"},
    "conversations_select": {
        "initial_conversation",
        "default_to_current_conversation",
        "response_url_enabled",
        "filter",
    },
    "channels_select": {"initial_channel", "response_url_enabled"},
    "multi_static_select": {"options", "option_groups", "initial_options", "max_selected_items"},
    "multi_external_select": {"initial_options", "min_query_length", "max_selected_items"},
    "multi_users_select": {"initial_users", "max_selected_items"},
    "multi_conversations_select": {
        "initial_conversations",
        "default_to_current_conversation",
        "max_selected_items",
        "filter",
    },
    "multi_channels_select": {"initial_channels", "max_selected_items"},
}
PICKERS = {
    "datepicker": {"initial_date"},
    "timepicker": {"initial_time", "timezone"},
    "datetimepicker": {"initial_date_time"},
}
TICKS = {
    "checkboxes": {"options", "initial_options"},
    "radio_buttons": {"options", "initial_option"},
}
TYPED = {
    "plain_text_input": {
        "initial_value",
        "multiline",
        "min_length",
        "max_length",
        "dispatch_action_config",
    },
    "email_text_input": {"initial_value", "dispatch_action_config"},
    "url_text_input": {"initial_value", "dispatch_action_config"},
    "number_input": {
        "initial_value",
        "is_decimal_allowed",
        "min_value",
        "max_value",
        "dispatch_action_config",
    },
    "rich_text_input": {"initial_value", "dispatch_action_config"},
    "file_input": {"filetypes", "max_files"},
}
BUTTON = {
    "text",
    "url",
    "value",
    "style",
    "accessibility_label",
    "agent_prompt",
    "agent_prompt_display",
    "visible_to_user_ids",
}
IN_ACTIONS = {"button", "overflow", *SELECTS, *PICKERS, *TICKS}
IN_SECTION = {*IN_ACTIONS, "image"}
IN_INPUT = {*SELECTS, *PICKERS, *TICKS, *TYPED}
FORMS = {
    "initial_date": r"\d{4}-\d{2}-\d{2}",
    "initial_time": r"\d{2}:\d{2}",
    "initial_date_time": r"\d{10}",
}

__all__ = ["IN_ACTIONS", "IN_INPUT", "IN_SECTION", "check_element", "check_options"]


def check_element(node: Any, allowed: set[str], at: str, problems: Problems) -> None:
    """One control, of a type allowed in the block that holds it."""
    kind = node.get("type") if isinstance(node, dict) else None
    if kind not in allowed:
        problems.add(f"unsupported type: {kind}", f"{at}/type")
        return
    if kind == "image":
        check_image_element(node, at, problems)
        return
    problems.optional_string(node, "action_id", 255, at)
    if node.get("confirm") is not None:
        check_confirm(node["confirm"], f"{at}/confirm", problems)
    if kind == "button":
        button(node, at, problems)
    elif kind == "overflow":
        problems.keys(node, {"options", "action_id", "confirm"}, ("options",), at)
        options(node.get("options"), 2, 5, at, problems, links=True)
    elif kind in SELECTS:
        select(node, kind, at, problems)
    elif kind in TICKS:
        problems.keys(node, (COMMON | TICKS[kind]) - {"placeholder"}, ("options",), at)
        options(node.get("options"), 1, 10, at, problems, mrkdwn=True)
        initial(node, at, problems)
    else:
        entry(node, kind, at, problems)


def check_image_element(node: JSON, at: str, problems: Problems) -> None:
    """A small picture; its words are required."""
    problems.keys(node, {"image_url", "slack_file", "alt_text"}, ("alt_text",), at)
    problems.optional_string(node, "alt_text", 2000, at)
    problems.url(node, "image_url", at)
    if not node.get("image_url") and not node.get("slack_file"):
        problems.add("missing required field: image_url", at)
    if node.get("slack_file") is not None:
        slack_file(node, f"{at}/slack_file", problems)


def slack_file(node: JSON, at: str, problems: Problems) -> None:
    """A file in the place of an address: its id or its url, never both."""
    file = node["slack_file"]
    if node.get("image_url"):
        problems.add("only one of image_url and slack_file can be given", at)
    if not isinstance(file, dict) or len(file) != 1 or not set(file) <= {"id", "url"}:
        problems.add("must provide either id or url", at)
    elif "id" in file and not re.fullmatch(r"[F][A-Z0-9]{8,}", str(file["id"])):
        problems.add("input must match regex pattern: ^[F][A-Z0-9]{8,}$", f"{at}/id")


def check_confirm(node: Any, at: str, problems: Problems) -> None:
    """The question before an action."""
    if not isinstance(node, dict):
        problems.add("must provide an object", at)
        return
    problems.keys(
        node,
        {"title", "text", "confirm", "deny", "style"},
        ("title", "text", "confirm", "deny"),
        at,
    )
    for key, most, plain in (
        ("title", 100, True),
        ("text", 300, False),
        ("confirm", 30, True),
        ("deny", 30, True),
    ):
        if node.get(key) is not None:
            problems.text(node[key], most, f"{at}/{key}", plain_only=plain)
    problems.choice(node, "style", ("primary", "danger"), at)


def button(node: JSON, at: str, problems: Problems) -> None:
    """A button."""
    problems.keys(node, BUTTON | {"action_id", "confirm"}, ("text",), at)
    problems.optional_text(node, "text", 75, at)
    problems.optional_string(node, "value", 2000, at, least=0)
    problems.optional_string(node, "accessibility_label", 75, at)
    problems.url(node, "url", at)
    problems.choice(node, "style", ("primary", "danger"), at)


def option(node: Any, at: str, problems: Problems, links: bool, mrkdwn: bool) -> None:
    """One entry of a menu."""
    if not isinstance(node, dict):
        problems.add("must provide an object", at)
        return
    allowed = {"text", "value", "description", *(["url"] if links else [])}
    problems.keys(node, allowed, ("text", "value"), at)
    for key in ("text", "description"):
        if node.get(key) is not None:
            problems.text(node[key], 75, f"{at}/{key}", plain_only=not mrkdwn)
    problems.optional_string(node, "value", 150, at)
    problems.url(node, "url", at)


def options(
    value: Any,
    least: int,
    most: int,
    at: str,
    problems: Problems,
    links: bool = False,
    mrkdwn: bool = False,
) -> None:
    """The entries of a menu; their values are unique."""
    found = problems.items(value, least, most, f"{at}/options")
    for i, node in enumerate(found):
        option(node, f"{at}/options/{i}", problems, links, mrkdwn)
    values = [node.get("value") for node in found if isinstance(node, dict)]
    if len(values) != len(set(values)):
        problems.add("option values must be unique", f"{at}/options")


def check_options(value: Any, problems: Problems) -> None:
    """The entries an app answers with while somebody types into a menu."""
    options(value, 0, 100, "", problems)


def initial(node: JSON, at: str, problems: Problems) -> None:
    """What is chosen at first has to be one of the entries, exactly."""
    groups = [g for g in node.get("option_groups") or [] if isinstance(g, dict)]
    entries = [*(node.get("options") or []), *(o for g in groups for o in g.get("options", []))]
    chosen = [
        *(node.get("initial_options") or []),
        *([node["initial_option"]] if node.get("initial_option") else []),
    ]
    if any(c not in entries for c in chosen):
        problems.add("initial option must match one of the options", at)


def select(node: JSON, kind: str, at: str, problems: Problems) -> None:
    """A menu of any sort."""
    problems.keys(node, COMMON | SELECTS[kind], (), at)
    problems.optional_text(node, "placeholder", 150, at)
    if not kind.endswith("static_select"):
        return
    if (node.get("options") is None) == (node.get("option_groups") is None):
        problems.add("exactly one of options and option_groups is required", at)
    elif node.get("options") is not None:
        options(node["options"], 1, 100, at, problems)
    else:
        for i, group in enumerate(
            problems.items(node["option_groups"], 1, 100, f"{at}/option_groups")
        ):
            here = f"{at}/option_groups/{i}"
            problems.keys(group, {"label", "options"}, ("label", "options"), here)
            problems.optional_text(group, "label", 75, here)
            options(group.get("options"), 1, 100, here, problems)
    initial(node, at, problems)


def entry(node: JSON, kind: str, at: str, problems: Problems) -> None:
    """A date, time or typed entry."""
    extra = {**PICKERS, **TYPED}[kind]
    confirm = {"confirm"} if kind in PICKERS else set()
    problems.keys(node, (COMMON - {"confirm"}) | confirm | extra, (), at)
    problems.optional_text(node, "placeholder", 150, at)
    for key, form in FORMS.items():
        if node.get(key) is not None and not re.fullmatch(form, str(node[key])):
            problems.add("invalid format", f"{at}/{key}")
    if kind == "plain_text_input":
        lengths(node, at, problems)
        problems.optional_string(node, "initial_value", 3000, at, least=0)
    if kind == "number_input" and not isinstance(node.get("is_decimal_allowed"), bool):
        problems.add("missing required field: is_decimal_allowed", at)


def lengths(node: JSON, at: str, problems: Problems) -> None:
    """min_length 0 to 3,000, max_length 1 to 3,000, in that order."""
    least, most = node.get("min_length", 0), node.get("max_length", 3000)
    if not 0 <= least <= 3000 or not 1 <= most <= 3000 or least > most:
        problems.add("min_length and max_length must lie in 0 to 3000 and 1 to 3000", at)
