"""Runs of text as Slack's rich_text elements, which are never parsed, and as plain lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from bot.cards.model import Span, Spans
from bot.cards.words import cut, lines, tidy
from bot.slack.escape import address, bare, escape, link

JSON = dict[str, Any]

LONGEST = 2_000
_ACCOUNT = re.compile(r"[UW][A-Z0-9]{2,}")
_EMOJI = {
    "🔴": "red_circle", "🔶": "large_orange_diamond", "⚠": "warning", "ℹ": "information_source",
    "✅": "white_check_mark", "👤": "bust_in_silhouette", "⏫": "arrow_double_up", "🔁": "repeat",
    "💤": "zzz", "🔇": "mute", "🔧": "wrench", "🌊": "ocean", "🤝": "handshake",
    "🔄": "arrows_counterclockwise", "🔐": "closed_lock_with_key", "▶": "arrow_forward",
    "⏳": "hourglass_flowing_sand", "💶": "euro", "🚫": "no_entry_sign", "⏰": "alarm_clock",
    "🕘": "clock9", "☎": "phone", "❌": "x", "🖥": "desktop_computer", "❔": "grey_question",
}  # fmt: skip
_GLYPH = re.compile("([" + "".join(_EMOJI) + "]\ufe0f?)")
_ALIVE = re.compile(r"[<>&|*_~`^]+")
_FORMATS = {"since": "{time} ({ago})", "date": "{date_long}, {time}"}

AccountOf = Callable[[str], str | None]
"""A person's handle to the Slack user id, where one is known."""


def nobody(_: str) -> str | None:
    """Knows no account."""
    return None


@dataclass(frozen=True, slots=True)
class Pen:
    """Writes spans; mentions people only where ``account_of`` knows them (never in edits)."""

    account_of: AccountOf = nobody

    def section(self, spans: Spans, most: int = LONGEST) -> JSON:
        """One line as a rich_text_section, several lines of code as a block of them."""
        if len(spans) == 1 and spans[0].code and "\n" in spans[0].text:
            inside = [{"type": "text", "text": cut(lines(spans[0].text), most) or " "}]
            return {"type": "rich_text_preformatted", "elements": inside}
        return {"type": "rich_text_section", "elements": self.elements(spans, most)}

    def elements(self, spans: Spans, most: int = LONGEST) -> list[JSON]:
        """Inline elements; whole spans are left out where the line is longer than ``most``."""
        out: list[JSON] = []
        for span in spans:
            most -= len(span.text)
            if most < 0:
                out.append({"type": "text", "text": "…"})
                break
            out.extend(self._elements(span))
        return out or [{"type": "text", "text": " "}]

    def plain(self, spans: Spans, most: int = 300) -> str:
        """One line for ``text``, which pushes and screen readers show: nothing in it is alive."""
        said = "".join(f"@{s.text}" if s.mention else s.text for s in spans)
        said = " ".join(tidy(said).split())
        return escape(said if len(said) <= most else said[: most - 1].rstrip() + "…")

    def mentioned(self, lines: Iterable[Spans]) -> list[str]:
        """The accounts these lines mention, each once."""
        found = (self._account(span) for spans in lines for span in spans)
        return list(dict.fromkeys(a for a in found if a is not None))

    def _account(self, span: Span) -> str | None:
        if not (span.mention and span.person):
            return None
        account = self.account_of(span.person)
        return account if account and _ACCOUNT.fullmatch(account) else None

    def _elements(self, span: Span) -> Iterator[JSON]:
        account = self._account(span)
        if account is not None:
            yield {"type": "user", "user_id": account}
        elif span.here and self.account_of is not nobody:
            yield {"type": "broadcast", "range": "here"}
        elif span.at is not None:
            yield from _instant(span, span.at)
        elif span.url and (where := address(span.url)):
            yield {"type": "link", "url": where, "text": tidy(span.text) or where} | _style(span)
        elif span.own and not span.code:
            yield from _with_emoji(span)
        elif span.text:
            yield _text(tidy(span.text), span)


def _style(span: Span) -> JSON:
    named = {"bold": span.bold or span.mention, "code": span.code}
    on = {name: True for name, wanted in named.items() if wanted}
    return {"style": on} if on else {}


def _text(text: str, span: Span) -> JSON:
    return {"type": "text", "text": text or " "} | _style(span)


def _with_emoji(span: Span) -> Iterator[JSON]:
    """Words of ours; their signs by name, so that every client draws them."""
    for part in filter(None, _GLYPH.split(span.text)):
        name = _EMOJI.get(part[0]) if _GLYPH.fullmatch(part) else None
        yield {"type": "emoji", "name": name} if name else _text(tidy(part), span)


def emoji(glyph: str) -> JSON | None:
    """A sign of ours as an element, or None where it is none that is known."""
    name = _EMOJI.get(glyph[:1])
    return {"type": "emoji", "name": name} if name else None


def _instant(span: Span, at: int) -> Iterator[JSON]:
    """An instant (ms) in the reader's own clock; see ``Span.form``."""
    fallback = tidy(span.text).strip()
    if span.form == "in":
        yield {"type": "text", "text": "at "}
        fallback = fallback.removeprefix("at ")
    yield {
        "type": "date", "timestamp": at // 1000, "format": _FORMATS.get(span.form, "{time}"),
        "fallback": fallback or "then",
    }  # fmt: skip


def harmless(span: Span) -> bool:
    """Whether a span may stand in mrkdwn: words of ours, an instant, or a link's bare label."""
    return span.own or bool(span.url)


def mrkdwn(span: Span) -> str:
    """A span as mrkdwn; of a stranger's words only what can't come alive there."""
    if span.at is not None:
        mark = f"<!date^{span.at // 1000}^{_FORMATS.get(span.form, '{time}')}|"
        fallback = _ALIVE.sub(" ", tidy(span.text)).strip().removeprefix("at ") or "then"
        return f"{'at ' if span.form == 'in' else ''}{mark}{fallback}>"
    if span.url:
        return link(span.text, span.url)
    return escape(span.text) if span.own else bare(span.text)
