"""Runs of text as Discord's markdown: who may be mentioned is decided by the pen that writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.cards.model import Span, Spans
from bot.cards.words import cut, lines, tidy
from bot.discord.escape import code, escape, for_lock_screen, link, no_list

_STYLES = {"in": "R", "date": "F"}

AccountOf = Callable[[str], str | None]
"""A person's handle to the Discord user id, where one is known."""


def nobody(_: str) -> str | None:
    """Knows no account."""
    return None


@dataclass(frozen=True, slots=True)
class Pen:
    """Writes spans; mentions people only where ``account_of`` knows them (never in edits).

    ``now`` (ms) tells what is past, and so has a clock time rather than a wait; on what ``stays``
    as it was written every time is one, for "next Omar 14 minutes ago" says nothing.
    """

    account_of: AccountOf = nobody
    now: int = 0
    stays: bool = False

    def line(self, spans: Spans, most: int = 1500) -> str:
        """One line of markdown of at most ``most`` characters; whole spans are left out. Several
        lines of code are a block of them."""
        if len(spans) == 1 and spans[0].code and "\n" in spans[0].text:
            return f"```\n{cut(code(lines(spans[0].text)), most)}\n```"
        out, room = [], most
        for piece in map(self._span, spans):
            if len(piece) > room - 1:
                out.append("…")
                break
            out.append(piece)
            room -= len(piece)
        return no_list("".join(out))

    def plain(self, spans: Spans, most: int = 500) -> str:
        """One line of plain content, as a push shows it, of about ``most`` characters."""
        out: list[str] = []
        text = ""
        for span in spans:
            account = self._account(span)
            alive = f"<@{account}>" if account is not None else self._here(span)
            if alive is None:
                text += span.text[:most]
                most -= len(span.text[:most])
                continue
            out += [for_lock_screen(text), alive]
            text = ""
        return "".join([*out, for_lock_screen(text)])

    def mentioned(self, lines: Iterable[Spans]) -> list[str]:
        """The accounts these lines mention, each once."""
        found = (self._account(span) for spans in lines for span in spans)
        return list(dict.fromkeys(a for a in found if a is not None))

    def calls_all(self, spans: Spans) -> bool:
        """Whether a line calls all who are there."""
        return any(self._here(span) is not None for span in spans)

    def _here(self, span: Span) -> str | None:
        return "@here" if span.here and self.account_of is not nobody else None

    def _account(self, span: Span) -> str | None:
        if not (span.mention and span.person):
            return None
        account = self.account_of(span.person)
        return account if account and account.isascii() and account.isdigit() else None

    def _span(self, span: Span) -> str:
        if span.at is not None:
            fixed = span.form == "in" and (self.stays or span.at <= self.now)
            return instant(span.at, "at" if fixed else span.form)
        account = self._account(span)
        if account is not None:
            return f"<@{account}>"
        if span.code:
            return f"`{code(tidy(span.text).strip())}`" if span.text.strip() else ""
        words = link(span.text, span.url) if span.url else escape(span.text)
        return bold(words) if span.bold or span.mention else words


def bold(text: str) -> str:
    """Bold; spaces at the ends stay outside, or Discord would show the stars."""
    bare = text.strip()
    if not bare:
        return text
    start = len(text) - len(text.lstrip())
    return f"{text[:start]}**{bare}**{text[start + len(bare) :]}"


def instant(at: int, form: str) -> str:
    """An instant (ms) in the reader's own clock; see ``Span.form``."""
    t = at // 1000
    if form == "since":
        return f"<t:{t}:t> (<t:{t}:R>)"
    return f"{'at ' if form == 'at' else ''}<t:{t}:{_STYLES.get(form, 't')}>"
