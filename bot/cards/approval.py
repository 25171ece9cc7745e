"""What waits for a second person's word, and what somebody is asked to do for another."""

from __future__ import annotations

from collections.abc import Mapping

from bot.cards import words
from bot.cards.buttons import token
from bot.cards.model import Actions, Card, Confirm, Head, Press, Spans, State
from bot.cards.scene import About, Choices, Scene
from bot.cards.view import own, separated, strange, when
from commands import approvals as approving
from commands import wishes
from commands.rules.approving import in_words
from store import approvals
from store.approvals import APPROVED, DENIED, GRANTED, WAITS, WISH, Approval
from store.db import Tx

_BECAME = {APPROVED: "approved it", DENIED: "said no", GRANTED: "said yes"}
_OPEN = (WAITS, WISH)


def read(tx: Tx, number: str) -> Approval | None:
    """What is asked for, by its number; a denied press too, for the form that asks somebody."""
    return approvals.get(tx, int(number)) if number.isdecimal() and len(number) < 16 else None


def able(one: Approval, scene: Scene, verb: str) -> Mapping[str, Choices]:
    """Who can be asked for what somebody was denied."""
    if verb != "wish" or one.asker != scene.to:
        return {}
    names = ((handle, scene.definitions.name_of(handle)) for handle in one.to)
    return {"who": tuple((handle, words.cut(words.clean(name), 75)) for handle, name in names)}


def card(one: Approval, scene: Scene) -> Card:
    """``🔐 APPROVE? · failover about #1842``, later what became of it."""
    wish = _is_wish(one)
    glyph, word = ("🙏", "ASKED") if wish else ("🔐", "APPROVE?")
    waits = one.state in _OPEN and one.expires_at > scene.now
    if not waits and not wish:
        word = "APPROVAL"
    url = scene.link(f"i/{one.incident}" if one.incident else "")
    asks = waits and scene.to != one.asker
    return Card(
        id=one.id,
        rev=1,
        color=words.NEWS if waits else words.TAKEN,
        head=Head(glyph, word, 0, words.title(one.says), url),
        state=State(_asks(one, scene, wish) if waits else _became(one, scene)),
        actions=Actions(_presses(one, wish) if asks else ()),
        fold=(),
        notification=_line(one, scene, glyph, waits),
        quiet=not asks,
    )


def _is_wish(one: Approval) -> bool:
    """Wishes name the permission that was missing, approvals who decides."""
    return not one.rule.startswith(("team:", "role:", "@"))


def _asks(one: Approval, scene: Scene, wish: bool) -> Spans:
    who = strange(scene.definitions.name_of(one.asker), 60)
    if wish:
        what: Spans = (who, own(" asks you: it needs "), strange(one.rule, 60))
    else:
        what = (who, own(f" asks · needs {in_words(one.rule)}"))
    said = (own(" · "), strange(one.why, 200)) if one.why else ()
    return (*what, *said, own(" · expires "), when(one.expires_at, scene.now, "in"))


def _became(one: Approval, scene: Scene) -> Spans:
    who = strange(scene.definitions.name_of(one.asker), 60)
    if one.decided_by is None or one.state not in _BECAME:
        return own("⌛ Nobody decided in time. "), who, own(" asked for it; it is not done.")
    by = strange(scene.definitions.name_of(one.decided_by), 60)
    said: Spans = (by, own(f" {_BECAME[one.state]}"))
    if one.decided_at is not None:
        said = (*said, own(" "), when(one.decided_at, scene.now, "in"))
    if one.state == DENIED and one.why:
        said = (*said, own(": "), strange(one.why, 200))
    return separated([said, (own("asked for by "), who)])


def _presses(one: Approval, wish: bool) -> tuple[Press, ...]:
    yes, label, no, refuse = (
        ("do-wish", "Do it", "refuse-wish", "Not now")
        if wish
        else ("approve", "Approve", "deny", "Deny…")
    )
    ask = Confirm(f"{label}?", words.cut(words.clean(one.says), 200), yes=label)
    return (
        Press(label, token(yes, one.id, 1), primary=True, confirm=ask, says=f"{label}: {one.says}"),
        Press(refuse, token(no, one.id, 1), says=f"{refuse.rstrip('…')}: {one.says}"),
    )


def _line(one: Approval, scene: Scene, glyph: str, waits: bool) -> Spans:
    title = strange(words.title(one.says, 60))
    if not waits:
        return own(f"{glyph} "), title, own(" · "), *_became(one, scene)
    who = strange(scene.definitions.name_of(one.asker), 40)
    return own(f"{glyph} "), title, own("? "), who, own(" asks")


APPROVAL = About(read, card, choices=able)
ABOUTS = {approving.ABOUT: APPROVAL, wishes.ABOUT: APPROVAL}
