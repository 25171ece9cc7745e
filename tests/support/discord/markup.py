"""Discord's Markdown subset as HTML: headings, subtext, quotes, lists, code, links, mentions and
live timestamps. Everything else is escaped text."""

from __future__ import annotations

import html
import re

from tests.support.discord.state import State
from tests.support.discord.text import name_of, when

FENCE = re.compile(r"```(?:[\w+-]*\n)?(.*?)\n?```", re.DOTALL)
LINE = re.compile(r"^(?P<mark>#{1,3}|-#|>|[-*]|\d+\.) +(?P<rest>.*)$")
TAGS = {"#": "h1", "##": "h2", "###": "h3", "-#": "small", ">": "blockquote"}
INLINE = re.compile(
    r"""\\(?P<escaped>[^\sA-Za-z0-9])
    |(?P<tick>`{1,2})(?P<code>.+?)(?P=tick)
    |<t:(?P<at>-?\d+)(?::(?P<style>[tTdDfFR]))?>
    |<(?P<kind>@!?|@&|\#)(?P<id>\d+)>
    |(?P<all>@everyone|@here)\b
    |\[(?P<label>(?:\\.|[^\]\\\n])+)\]\(<?(?P<url>https?://[^\s)>]+)>?\)
    |<(?P<quiet>https?://[^\s>]+)>
    |(?P<bare>https?://[^\s<]*[^\s<.,:;"')\]])
    |\*\*(?P<bold>.+?)\*\*(?!\*)
    |__(?P<under>.+?)__(?!_)
    |\*(?P<star>[^\s*](?:[^*]*[^\s*])?)\*
    |(?<!\w)_(?P<low>[^\s_](?:[^_]*[^\s_])?)_(?!\w)
    |~~(?P<struck>.+?)~~
    |\|\|(?P<hidden>.+?)\|\|""",
    re.VERBOSE,
)
WRAPS = {
    "bold": "strong", "under": "u", "star": "em", "low": "em", "struck": "s", "hidden": "mark",
}  # fmt: skip


def to_html(state: State, text: str) -> str:
    """A whole text, block by block."""
    parts, position = [], 0
    for fence in FENCE.finditer(text):
        parts.append(_lines(state, text[position : fence.start()].strip("\n")))
        parts.append(f"<pre>{html.escape(fence[1])}</pre>")
        position = fence.end()
    parts.append(_lines(state, text[position:].strip("\n")))
    return "".join(parts)


def inline(state: State, text: str) -> str:
    """One line: marks, links, mentions, times."""
    parts, position = [], 0
    for found in INLINE.finditer(text):
        parts += [html.escape(text[position : found.start()]), _piece(state, found)]
        position = found.end()
    return "".join(parts) + html.escape(text[position:])


def _lines(state: State, text: str) -> str:
    if not text:
        return ""
    parts: list[str] = []
    for line in text.split("\n"):
        found = LINE.match(line)
        if not found:
            parts.append(f"<div>{inline(state, line) or '<br>'}</div>")
            continue
        mark, rest = found["mark"], inline(state, found["rest"])
        if mark in TAGS:
            parts.append(f"<{TAGS[mark]}>{rest}</{TAGS[mark]}>")
        else:
            bullet = "•" if mark in "-*" else mark
            parts.append(f'<div class="item"><span>{bullet}</span><div>{rest}</div></div>')
    return "".join(parts)


def _piece(state: State, found: re.Match[str]) -> str:
    group = found.lastgroup
    if found["escaped"]:
        return html.escape(found["escaped"])
    if found["code"]:
        return f"<code>{html.escape(found['code'])}</code>"
    if found["at"]:
        return _time(state, int(found["at"]), found["style"] or "f")
    if found["id"]:
        name = name_of(state, found["kind"].rstrip("!"), int(found["id"]))
        return f'<span class="mention">{html.escape(name)}</span>'
    if found["all"]:
        return f'<span class="mention">{found["all"]}</span>'
    if found["label"]:
        return _link(found["url"], inline(state, found["label"]))
    if group in ("quiet", "bare"):
        return _link(found[group], html.escape(found[group]))
    for name, tag in WRAPS.items():
        if found[name]:
            return f"<{tag}>{inline(state, found[name])}</{tag}>"
    return html.escape(found[0])


def _link(url: str, label: str) -> str:
    href = html.escape(url, quote=True)
    return f'<a href="{href}" title="{href}" target="_blank" rel="noopener noreferrer">{label}</a>'


def _time(state: State, at: int, style: str) -> str:
    words = html.escape(when(at, style, state.clock()))
    full = html.escape(when(at, "F", state.clock()))
    return f'<time data-at="{at}" data-style="{style}" title="{full} UTC">{words}</time>'
