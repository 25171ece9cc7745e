"""Messages and forms as text, line by line as a telephone shows them: pictures a diff can show.

Letters are counted at the width of a 360 px screen; buttons are wrapped into rows. Mentions, dates
and links are drawn as people read them, in UTC.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

JSON = dict[str, Any]

WIDE = 44
"""Letters in a line of a message at 360 px."""
ROW = 40
"""Letters of buttons in a row, each with its frame."""

_DATE = re.compile(r"<!date\^(-?\d+)\^([^|^>]*)(?:\^[^|>]*)?\|([^>]*)>")
_STAMP = re.compile(r"<t:(-?\d+)(?::([tTdDfFR]))?>")
_FORMS = {"t": "%H:%M", "T": "%H:%M:%S", "d": "%d/%m", "D": "%-d %b", "f": "%-d %b %H:%M"}


def clock(at: int, form: str) -> str:
    """An instant as a reader in UTC sees it; what counts by itself is drawn as the instant."""
    wall = datetime.fromtimestamp(at, UTC)
    if form == "R":
        return f"[~{wall:%H:%M}]"
    return wall.strftime(_FORMS.get(form, "%a %-d %b %H:%M"))


def wrapped(text: str, wide: int = WIDE) -> list[str]:
    """The lines of a text."""
    return [
        line
        for piece in text.split("\n")
        for line in (textwrap.wrap(piece, wide, break_long_words=True) or [""])
    ]


def rows(labels: Iterable[str]) -> list[str]:
    """Buttons side by side, as many as fit."""
    out: list[str] = []
    for label in labels:
        if out and len(out[-1]) + 1 + len(label) <= ROW:
            out[-1] += f" {label}"
        else:
            out.append(label)
    return out


# Slack


def slack(body: JSON) -> list[str]:
    """A message: its notification line, what stands above the fold, the fold behind a bar."""
    out = [f"({_marks(body['text'])})"] if body.get("text") else []
    out += [line for block in body.get("blocks") or () for line in slack_block(block)]
    for attachment in body.get("attachments") or ():
        inside = [line for block in attachment["blocks"] for line in slack_block(block)]
        out += [f"┃ {line}" for line in inside]
    return out


def slack_view(view: JSON) -> list[str]:
    """A modal or a Home tab."""
    title = (view.get("title") or {}).get("text", "")
    ends = [(view.get(name) or {}).get("text", "") for name in ("close", "submit")]
    said = [f"┏ {title}"] if title else []
    said += [line for block in view["blocks"] for line in slack_block(block)]
    return [*said, "┗ " + " ".join(f"[{end}]" for end in ends if end)] if any(ends) else said


def slack_block(block: JSON) -> list[str]:
    """One block."""
    kind = block["type"]
    if kind == "actions":
        return rows(map(_element, block["elements"]))
    if kind == "input":
        return _slack_input(block)
    if kind == "context":
        said = " ".join(_marks(e.get("text") or e.get("alt_text", "")) for e in block["elements"])
        return wrapped(said)
    if kind == "image":
        return [f"[picture: {block['alt_text']}]"]
    if kind == "divider":
        return ["─" * 12]
    if kind == "rich_text":
        return [line for part in block["elements"] for line in wrapped(_rich(part))]
    text = (block.get("text") or {}).get("text", "")
    fields = [f["text"] for f in block.get("fields") or ()]
    beside = [_element(block["accessory"])] if block.get("accessory") else []
    return [line for t in (text, *fields) if t for line in wrapped(_marks(t))] + beside


def _rich(node: JSON) -> str:
    if "elements" in node:
        return "".join(map(_rich, node["elements"]))
    match node["type"]:
        case "emoji":
            return "".join(chr(int(c, 16)) for c in node.get("unicode", "").split("-") if c) or (
                f":{node['name']}:"
            )
        case "user":
            return f"@{node['user_id']}"
        case "broadcast":
            return f"@{node['range']}"
        case "date":
            return clock(int(node["timestamp"]), _form(node["format"]))
        case "link":
            return f"{node.get('text') or node['url']}↗"
        case _:
            return str(node.get("text", ""))


def _form(said: str) -> str:
    """Slack's words for a date as one of the letters."""
    if "{date" in said:
        return "F"
    return "R" if said == "{ago}" else "t"


def _marks(text: str) -> str:
    text = _DATE.sub(lambda m: clock(int(m[1]), _form(m[2])), text)
    text = re.sub(r"<(https?:[^|>]+)\|([^>]*)>", r"\2↗", text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _element(element: JSON) -> str:
    kind = element["type"]
    if kind == "button":
        mark = "*" if element.get("style") == "primary" else ""
        asks = "!" if element.get("confirm") else ""
        return f"[{element['text']['text']}]{mark}{asks}"
    if kind == "overflow":
        return "[⋯ " + " | ".join(o["text"]["text"] for o in element["options"]) + "]"
    named = (element.get("placeholder") or {}).get("text", kind)
    options = [o["text"]["text"] for o in element.get("options") or ()]
    return f"[{named} ▾{' ' if options else ''}{' | '.join(options)}]"


def _slack_input(block: JSON) -> list[str]:
    needed = "" if block.get("optional") else " (needed)"
    element = block["element"]
    out = [f"{block['label']['text']}{needed}"]
    options = [o["text"]["text"] for o in element.get("options") or ()]
    chosen = element.get("initial_option") or {}
    value = element.get("initial_value") or (chosen.get("text") or {}).get("text", "")
    many = f" {' | '.join(options)}" if options else ""
    out += wrapped(f"  <{element['type']}{many}> {value}".rstrip())
    hint = (block.get("hint") or {}).get("text", "")
    return [*out, *(f"  {line}" for line in wrapped(hint))] if hint else out


# Discord


def discord(body: JSON) -> list[str]:
    """A message of any look."""
    out = wrapped(_stamps(body["content"])) if body.get("content") else []
    for each in body.get("embeds") or ():
        said = [each.get("title"), each.get("description")]
        said += [f"{f['name']}: {f['value']}" for f in each.get("fields") or ()]
        said.append((each.get("footer") or {}).get("text"))
        out += [f"┃ {line}" for text in said if text for line in wrapped(_stamps(text))]
    return out + [line for part in body.get("components") or () for line in _part(part)]


def discord_modal(body: JSON) -> list[str]:
    """A modal."""
    out = [f"┏ {body['title']}"]
    for part in body["components"]:
        out += _field(part) if part["type"] == 18 else _part(part)
    return [*out, "┗ [Cancel] [Submit]"]


def _part(part: JSON) -> list[str]:
    match part["type"]:
        case 1:
            return rows(map(_control, part["components"]))
        case 10:
            return wrapped(_stamps(part["content"]))
        case 12:
            return [f"[picture: {item.get('description', '')}]" for item in part["items"]]
        case 14:
            return ["─" * 12]
        case 9 | 17:
            inside = [line for each in part["components"] for line in _part(each)]
            beside = [_control(part["accessory"])] if part.get("accessory") else []
            return (
                [f"┃ {line}" for line in inside] + beside if part["type"] == 17 else inside + beside
            )
        case _:
            return [_control(part)]


def _control(part: JSON) -> str:
    if part["type"] == 2:
        return f"[{part.get('label') or ''}]{'*' if part['style'] == 1 else ''}"
    options = " | ".join(o["label"] for o in part.get("options") or ())
    return f"[{part.get('placeholder', '')} ▾ {options}]"


def _field(part: JSON) -> list[str]:
    inner = part["component"]
    needed = " (needed)" if inner.get("required") else ""
    kind = {3: "select", 4: "text", 21: "radio", 23: "checkbox"}.get(inner["type"], inner["type"])
    options = inner.get("options") or ()
    many = f" {' | '.join(o['label'] for o in options)}" if options else ""
    value = inner.get("value") or next((o["label"] for o in options if o.get("default")), "")
    out = [f"{part['label']}{needed}", *wrapped(f"  <{kind}{many}> {value}".rstrip())]
    hint = part.get("description", "")
    return [*out, *(f"  {line}" for line in wrapped(hint))] if hint else out


def _stamps(text: str) -> str:
    text = _STAMP.sub(lambda m: clock(int(m[1]), m[2] or "f"), text)
    text = re.sub(r"(?<!\\)\[((?:\\.|[^\]\\])+)\]\(<?https?://[^\s)>]+>?\)", r"\1↗", text)
    text = re.sub(r"(?m)^-# ", "", text)
    text = re.sub(r"(?<!\\)\*\*", "", text)
    return re.sub(r"\\([^\sA-Za-z0-9])", r"\1", text)


def all_lines(parts: Iterable[tuple[str, list[str]]]) -> Iterator[str]:
    """Named pictures below each other."""
    for name, lines in parts:
        yield f"## {name}"
        yield from (line.rstrip() for line in lines)
        yield ""
