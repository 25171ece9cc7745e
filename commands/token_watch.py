"""A token's end is told in time: to who made it and to the admins, days before, and when a monitor
is refused because of it."""

from __future__ import annotations

from commands import access_news
from commands.context import Ctx, View
from commands.rules import tokens as rules
from commands.token_words import end_of, tried_words
from commands.words import duration
from store import tokens
from store.clock import DAY, HOUR, Instant
from store.tokens import Standing

SOON = 6 * HOUR
"""So long before an old secret ends it is told that somebody still uses it."""
_RECENT = DAY
_SHOWN = 14 * DAY


def minute(ctx: Ctx) -> None:
    """Tell what is due of every token, and forget what ended long ago."""
    for token in tokens.every(ctx.tx):
        if token.revoked_at is not None or ctx.now - (token.expires_at or ctx.now) > _SHOWN:
            continue
        if word := _due(ctx, token):
            tokens.warned(ctx.tx, token.id, word)
            _tell(ctx, token, word)
    tokens.forget_old(ctx.tx, ctx.now - 30 * DAY)


def _due(ctx: Ctx, token: Standing) -> str:
    life = (token.expires_at or 0) - token.since
    warn = tuple(days for days in ctx.rules.tokens.warn if days * DAY < life)
    word = rules.due(token.expires_at, ctx.now, warn, token.warned)
    if word:
        return word
    old = _old_in_use(token, ctx.now)
    return f"old {old}" if old and token.warned != f"old {old}" and not token.warned else ""


def _old_in_use(token: Standing, now: Instant) -> int:
    """The old secret that ends soon, or ended a moment ago, and that somebody uses still."""
    for old in token.old:
        near = now < old.ends_at and old.ends_at - now <= min(SOON, (old.ends_at - old.made_at))
        if near and old.last_used_at is not None and now - old.last_used_at < _RECENT:
            return old.id
    return 0


def _tell(ctx: Ctx, token: Standing, word: str) -> None:
    what = f"the monitor {token.source}" if token.source else "a program"
    used = _used(token, ctx.now)
    if word == rules.ENDED:
        title = f"Token {token.name} has ended"
        says = (f"Whatever {what} sends with it is refused.{used}",
                f"A new secret: token-rotate {token.name}")  # fmt: skip
    elif word.startswith("old "):
        title = f"The old secret of {token.name} is still used"
        old = next(o for o in token.old if str(o.id) == word.removeprefix("old "))
        left = duration(old.ends_at - ctx.now)
        where = f" from {old.address}" if old.address else ""
        ago = duration(ctx.now - (old.last_used_at or ctx.now))
        says = (f"It was used {ago} ago{where}, and ends in {left}.", "Give the new one there.")
    else:
        title = f"Token {token.name} ends in {duration((token.expires_at or 0) - ctx.now)}"
        says = (f"Then {what} is refused.{used}",
                f"A new secret, with the old one for a day: token-rotate {token.name}")  # fmt: skip
    people = [token.by, token.person]
    if token.source or not token.person:
        access_news.tell_admins(ctx, title, *says, also=people)
        return
    for handle in dict.fromkeys(people):
        if handle:
            access_news.tell(ctx, handle, title, *says, bad=True)


def _used(token: Standing, now: Instant) -> str:
    if token.last_used_at is None:
        return " It was never used."
    where = f" from {token.address}" if token.address else ""
    return f" It was last used {duration(now - token.last_used_at)} ago{where}."


def signs(found: list[Standing], now: Instant, warn: tuple[int, ...]) -> list[tuple[str, str]]:
    """What there is to see to: (name, words), for those who look at the health of PixelView."""
    first = max(warn, default=14) * DAY
    said = []
    for token in found:
        if token.revoked_at is not None:
            tried = tried_words(token, now)
            if tried and now - (token.tried_at or 0) < _RECENT:
                said.append((f"Token {token.name}", f"revoked; {_plain(tried)}"))
            continue
        if token.expires_at is None or token.expires_at - now > first:
            said += _of_old(token, now)
            continue
        tried = tried_words(token, now)
        if now < token.expires_at or tried or token.source:
            more = f"; {_plain(tried)}" if tried else ""
            if now - token.expires_at < _SHOWN:
                said.append((f"Token {token.name}", f"{_bare_end(token, now)}{more}"))
    return said


def _of_old(token: Standing, now: Instant) -> list[tuple[str, str]]:
    """A secret of before the last rotation that somebody uses, soon or already in vain."""
    if _old_in_use(token, now):
        left = duration(max(old.ends_at for old in token.old) - now)
        return [(f"Token {token.name}", f"its old secret is used still and ends in {left}")]
    tried = tried_words(token, now)
    if tried and now - (token.tried_at or 0) < _RECENT:
        return [(f"Token {token.name}", _plain(tried))]
    return []


def _bare_end(token: Standing, now: Instant) -> str:
    return end_of(token, now).partition(" (")[0]


def _plain(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:].rstrip(".")


async def of_monitors(view: View) -> list[str]:
    """The same in lines, of the tokens of monitors."""
    found = [t for t in await view.read(tokens.every) if t.source]
    return [f"▲ {name}: {said}." for name, said in signs(found, view.now, view.rules.tokens.warn)]
