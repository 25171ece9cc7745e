"""Checks blocks, attachments and views against Slack's limits, by an own walk and by the SDK."""

from __future__ import annotations

from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View as SdkView

from ..model import JSON
from ..text import walk
from .elements import IN_ACTIONS, IN_INPUT, IN_SECTION, check_element, check_image_element
from .rich import check_rich_text
from .walk import Problems

EVERYWHERE = {
    "section",
    "divider",
    "image",
    "actions",
    "context",
    "header",
    "input",
    "rich_text",
    "video",
    "alert",
}
MESSAGE_ONLY = {
    "markdown",
    "context_actions",
    "file",
    "call",
    "table",
    "plan",
    "task_card",
    "card",
    "container",
    "carousel",
}
LEGACY = {
    "text",
    "pretext",
    "title",
    "title_link",
    "fields",
    "footer",
    "author_name",
    "image_url",
    "thumb_url",
}

__all__ = ["check_attachments", "check_blocks", "check_metadata", "check_view"]


def check_blocks(
    blocks: Any, at: str, problems: Problems, most: int, surface: str = "message", least: int = 0
) -> None:
    """A list of blocks for a message, an attachment, a modal or a Home tab."""
    allowed = EVERYWHERE | (MESSAGE_ONLY if surface == "message" else set())
    for i, block in enumerate(problems.items(blocks, least, most, at)):
        here = f"{at}/{i}"
        if not isinstance(block, dict) or block.get("type") not in allowed:
            kind = block.get("type") if isinstance(block, dict) else type(block).__name__
            problems.add(f"unsupported type: {kind}", f"{here}/type")
            continue
        check_block(block, here, problems)
        unique_ids(block, here, problems)
        oracle(block, here, problems)


def unique_ids(block: JSON, at: str, problems: Problems) -> None:
    """block_id is unique in a message, action_id in a block."""
    block_id = block.get("block_id")
    if block_id is not None:
        problems.string(block_id, 255, f"{at}/block_id")
        if block_id in problems.block_ids:
            problems.add(f'"block_id" {block_id} already exists', f"{at}/block_id")
        problems.block_ids.add(str(block_id))
    ids = [str(n["action_id"]) for n in walk(block) if n.get("action_id") is not None]
    for doubled in sorted({i for i in ids if ids.count(i) > 1}):
        problems.add(f'"action_id" {doubled} already exists for another element', at)


def oracle(block: JSON, at: str, problems: Problems) -> None:
    """The official SDK's own validation, for what the walk may have missed."""
    try:
        parsed = Block.parse(block)
        if parsed is None:
            problems.add("not a block the SDK knows", at)
        else:
            parsed.validate_json()
    except SlackObjectFormationError as e:
        problems.add(f"SDK: {e}", at)
    except (TypeError, AttributeError, KeyError, ValueError) as e:
        problems.add(f"SDK could not parse it: {e}", at)


def check_block(block: JSON, at: str, problems: Problems) -> None:
    """One block by its type; the newest types are left to the SDK."""
    checker = BY_TYPE.get(block["type"])
    if checker is not None:
        checker(block, at, problems)


def section(block: JSON, at: str, problems: Problems) -> None:
    """Text or fields, and at most one control beside them."""
    problems.keys(block, {"block_id", "text", "fields", "accessory", "expand"}, (), at)
    if block.get("text") is None and not block.get("fields"):
        problems.add("missing required field: text", at)
    if block.get("text") is not None:
        problems.text(block["text"], 3000, f"{at}/text")
    if block.get("fields") is not None:
        for i, field in enumerate(problems.items(block["fields"], 1, 10, f"{at}/fields")):
            problems.text(field, 2000, f"{at}/fields/{i}")
    if block.get("accessory") is not None:
        check_element(block["accessory"], IN_SECTION, f"{at}/accessory", problems)


def header(block: JSON, at: str, problems: Problems) -> None:
    """One plain line."""
    problems.keys(block, {"block_id", "text", "level"}, ("text",), at)
    problems.optional_text(block, "text", 150, at)


def divider(block: JSON, at: str, problems: Problems) -> None:
    """Nothing to say."""
    problems.keys(block, {"block_id"}, (), at)


def image(block: JSON, at: str, problems: Problems) -> None:
    """A picture with words."""
    rest = {k: v for k, v in block.items() if k not in ("block_id", "title")}
    check_image_element(rest, at, problems)
    problems.optional_text(block, "title", 2000, at)


def context(block: JSON, at: str, problems: Problems) -> None:
    """Up to ten small texts and pictures."""
    problems.keys(block, {"block_id", "elements"}, ("elements",), at)
    for i, node in enumerate(problems.items(block.get("elements"), 1, 10, f"{at}/elements")):
        here = f"{at}/elements/{i}"
        if isinstance(node, dict) and node.get("type") == "image":
            check_image_element(node, here, problems)
        else:
            problems.text(node, 3000, here)


def actions(block: JSON, at: str, problems: Problems) -> None:
    """Up to 25 controls."""
    problems.keys(block, {"block_id", "elements"}, ("elements",), at)
    for i, node in enumerate(problems.items(block.get("elements"), 1, 25, f"{at}/elements")):
        check_element(node, IN_ACTIONS, f"{at}/elements/{i}", problems)


def context_actions(block: JSON, at: str, problems: Problems) -> None:
    """Up to five feedback or icon buttons."""
    problems.keys(block, {"block_id", "elements"}, ("elements",), at)
    for i, node in enumerate(problems.items(block.get("elements"), 1, 5, f"{at}/elements")):
        if node.get("type") not in ("feedback_buttons", "icon_button"):
            problems.add(f"unsupported type: {node.get('type')}", f"{at}/elements/{i}/type")


def entry(block: JSON, at: str, problems: Problems) -> None:
    """A labelled input."""
    problems.keys(
        block,
        {"block_id", "label", "element", "hint", "optional", "dispatch_action"},
        ("label", "element"),
        at,
    )
    problems.optional_text(block, "label", 2000, at)
    problems.optional_text(block, "hint", 2000, at)
    if block.get("element") is not None:
        check_element(block["element"], IN_INPUT, f"{at}/element", problems)


def markdown(block: JSON, at: str, problems: Problems) -> None:
    """Standard Markdown; 12,000 characters over all such blocks of a message."""
    problems.keys(block, {"block_id", "text"}, ("text",), at)
    problems.optional_string(block, "text", 12_000, at)
    problems.markdown_characters += len(str(block.get("text", "")))
    if problems.markdown_characters > 12_000:
        problems.add("markdown blocks exceed 12000 characters in all", at)


def rich(block: JSON, at: str, problems: Problems) -> None:
    """Structured text."""
    problems.keys(block, {"block_id", "elements"}, ("elements",), at)
    check_rich_text(block, at, problems)


BY_TYPE = {
    "section": section,
    "header": header,
    "divider": divider,
    "image": image,
    "context": context,
    "actions": actions,
    "context_actions": context_actions,
    "input": entry,
    "markdown": markdown,
    "rich_text": rich,
}


def check_attachments(attachments: Any, problems: Problems) -> None:
    """Attachments; one with blocks holds at most 20 and no old-style fields beside them."""
    for i, attachment in enumerate(attachments if isinstance(attachments, list) else []):
        at = f"/attachments/{i}"
        if not isinstance(attachment, dict):
            problems.add("must provide an object", at)
            continue
        if "blocks" in attachment:
            for key in sorted(LEGACY & set(attachment)):
                problems.add(f"{key} cannot stand beside blocks", at)
            check_blocks(attachment["blocks"], f"{at}/blocks", problems, most=20)
        elif not (LEGACY | {"fallback", "actions"}) & set(attachment):
            problems.add("no content", at)


def check_metadata(metadata: Any) -> bool:
    """Message metadata has both of its properties, of the right kind."""
    return (
        isinstance(metadata, dict)
        and isinstance(metadata.get("event_type"), str)
        and bool(metadata["event_type"])
        and isinstance(metadata.get("event_payload"), dict)
    )


def check_view(view: Any, kind: str, problems: Problems) -> None:
    """A modal (``kind`` modal) or a Home tab (home)."""
    if not isinstance(view, dict) or view.get("type") != kind:
        problems.add(f"must be a view of type {kind}", "/view/type")
        return
    allowed = {
        "type",
        "blocks",
        "private_metadata",
        "callback_id",
        "external_id",
        "title",
        "submit",
        "close",
        "clear_on_close",
        "notify_on_close",
        "submit_disabled",
    }
    problems.keys(view, allowed, ("blocks", "title") if kind == "modal" else ("blocks",), "/view")
    for key in ("title", "submit", "close"):
        problems.optional_text(view, key, 24, "/view")
        if kind == "home" and view.get(key) is not None and key != "title":
            problems.add(f"a Home tab has no {key}", f"/view/{key}")
    problems.optional_string(view, "private_metadata", 3000, "/view", least=0)
    problems.optional_string(view, "callback_id", 255, "/view", least=0)
    problems.optional_string(view, "external_id", 255, "/view", least=0)
    check_blocks(view.get("blocks"), "/view/blocks", problems, most=100, surface=kind, least=1)
    inputs = any(b.get("type") == "input" for b in view.get("blocks") or [] if isinstance(b, dict))
    if kind == "modal" and inputs and not view.get("submit"):
        problems.add("missing required field: submit", "/view")
    try:
        SdkView(**view).validate_json()
    except SlackObjectFormationError as e:
        problems.add(f"SDK: {e}", "/view")
    except (TypeError, AttributeError, KeyError, ValueError) as e:
        problems.add(f"SDK could not parse it: {e}", "/view")
