"""What waits for a second person's word, and what somebody is asked to do for another."""

from __future__ import annotations

from collections.abc import Mapping

from bot.cards import words
from bot.cards.approval_more import fold, talked
from bot.cards.buttons import token
from bot.cards.model import Actions, Card, Confirm, Head, Press, Spans, State
from bot.cards.scene import About, Choices, Scene
from bot.cards.view import own, separated, strange, when
from bot.tokens import ask_token
from commands import approvals as approving
from commands import wishes
from commands.rules.approving import in_words, names_who
from store import approvals
from store.approvals import APPROVED, DENIED, EXPIRED, GRANTED, WAITS, WISH, WITHDRAWN, Approval
from store.db import Tx

_BECAME = {APPROVED: "approved it", DENIED: "said no", GRANTED: "said yes",
           WITHDRAWN: "took it back"}  # fmt: skip
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
    wish = not names_who(one.rule)
    glyph, word = ("🙏", "ASKED") if wish else ("🔐", "APPROVE?")
    waits = one.state in _OPEN and one.expires_at > scene.now
    if not waits and not wish:
        word = "APPROVAL"
    path = f"i/{one.incident}" if one.incident and not one.more else f"a/{one.id}"
    url = scene.link("" if wish and not one.incident else path)
    asks = waits and (not scene.to or scene.to != one.asker)
    return Card(
        id=one.id,
        rev=1,
        color=words.NEWS if waits else words.TAKEN,
        head=Head(glyph, word, 0, words.title(_title(one)), url),
        state=State(_asks(one, scene, wish) if waits else _became(one, scene)),
        actions=_presses(one, scene, wish) if waits else _after(one, scene),
        fold=fold(one, scene),
        notification=_line(one, scene, glyph, waits),
        quiet=not asks,
        short=_short(one, scene) if waits and not wish else "",
    )


def _title(one: Approval) -> str:
    """``Fail over for #1899``: an action by its title, anything else by the deed."""
    if not (title := one.more.get("title")):
        return one.says
    return f"{title} for #{one.incident}" if one.incident else str(title)


def _name(one: Approval, scene: Scene, limit: int = 60) -> Spans:
    automation = one.more.get("run", {}).get("automation", "")
    if one.asker:
        return (strange(scene.definitions.name_of(one.asker), limit),)
    if not automation:
        return (own("A policy"),)
    return own("Automation "), strange(str(automation), limit)


def _asks(one: Approval, scene: Scene, wish: bool) -> Spans:
    who = _name(one, scene)
    if wish:
        what: Spans = (*who, own(" asks you: it needs "), strange(one.rule, 60))
    else:
        what = (*who, own(f" asks · needs {in_words(one.rule)}"))
    said: Spans = (own(" · "), strange(one.why, 200)) if one.why else ()
    if danger := one.more.get("dangerous"):
        said = (*said, own(" · dangerous: "), strange(str(danger), 80))
    return (*what, own(" · expires "), when(one.expires_at, scene.now, "in"), *said)


def _became(one: Approval, scene: Scene) -> Spans:
    who = _name(one, scene)
    if one.decided_by is None or one.state not in _BECAME:
        again = one.more.get("again")
        more = (own(f" Asked again as {again}."),) if again else ()
        return (
            own("⌛ Nobody decided in time. "),
            *who,
            own(" asked for it; it is not done."),
            *more,
        )
    by = strange(scene.definitions.name_of(one.decided_by), 60)
    said: Spans = (by, own(f" {_BECAME[one.state]}"))
    if one.decided_at is not None:
        said = (*said, own(" "), when(one.decided_at, scene.now, "in"))
    if one.state == DENIED and one.why:
        said = (*said, own(": "), strange(one.why, 200))
    return separated([said, (own("asked for by "), *who)])


def _presses(one: Approval, scene: Scene, wish: bool) -> Actions:
    """What can be pressed: in a private card by its reader, in a thread by all who may."""
    mine = bool(one.asker) and scene.to == one.asker
    if mine:
        asked = bool(one.more.get("talk")) and one.more["talk"][-1][0] != one.asker
        answer = (_press(one, "Answer…", "say-why", primary=True),) if asked else ()
        return Actions((*answer, *_dry(one), *_cancel(one)) if one.more else _cancel(one))
    yes, no = _yes(one, wish), _no(one, wish)
    if not one.more:
        return Actions((yes, no))
    why = (_press(one, "Ask why…", "ask-why"),) if one.asker else ()
    cancel = () if scene.to else _cancel(one, scene)
    return Actions((yes, *_dry(one), no), (*why, *cancel))


def _press(one: Approval, label: str, verb: str, *, primary: bool = False) -> Press:
    says = f"{label.rstrip('…')}: {one.says}"
    return Press(label, token(verb, one.id, 1), primary=primary, says=says)


def _yes(one: Approval, wish: bool) -> Press:
    if one.more.get("word"):
        opens = ask_token("approve", {"approval": one.id})
        return Press("Approve…", opens, primary=True, says=f"Approve: {one.says}")
    verb, label = ("do-wish", "Do it") if wish else ("approve", "Approve")
    ask = Confirm(f"{label}?", words.cut(words.clean(one.says), 200), yes=label)
    says = f"{label}: {one.says}"
    return Press(label, token(verb, one.id, 1), primary=True, confirm=ask, says=says)


def _no(one: Approval, wish: bool) -> Press:
    return _press(one, "Not now", "refuse-wish") if wish else _press(one, "Decline…", "deny")


def _dry(one: Approval) -> tuple[Press, ...]:
    tries = bool(one.more.get("dries"))
    return (_press(one, "Dry run", "try-approval"),) if tries else ()


def _cancel(one: Approval, scene: Scene | None = None) -> tuple[Press, ...]:
    """Only who asked takes it back; in a thread the button says so."""
    if not one.asker or one.state != WAITS:
        return ()
    name = words.clean(scene.definitions.name_of(one.asker)).split(" ")[0] if scene else ""
    label = f"Cancel ({words.cut(name, 20)})" if name else "Cancel"
    return (_press(one, label, "take-back"),)


def _after(one: Approval, scene: Scene) -> Actions:
    over = one.state in (EXPIRED, WAITS) and bool(one.more) and not one.more.get("again")
    mine = not scene.to or scene.to == one.asker
    return Actions((_press(one, "Ask again", "ask-again"),) if over and mine else ())


def _line(one: Approval, scene: Scene, glyph: str, waits: bool) -> Spans:
    title = strange(words.title(_title(one), 60))
    if not waits:
        return own(f"{glyph} "), title, own(" · "), *_became(one, scene)
    last = talked(one)
    if last and one.asker and scene.to == one.asker:
        return own(f"{glyph} "), title, own(" · "), *last
    yes = "Approve " if one.more else ""
    left = f", {max((one.expires_at - scene.now) // 60_000, 1)} min left" if one.more else ""
    return own(f"{glyph} {yes}"), title, own("? "), *_name(one, scene, 40), own(f" asks{left}")


def _short(one: Approval, scene: Scene) -> str:
    """An SMS says where to go (the address follows): no reply to it counts."""
    who = scene.definitions.name_of(one.asker) if one.asker else "an automation"
    asked = f"{words.title(_title(one), 60)}, asked by {words.cut(words.clean(who), 30)}"
    return f"APPROVE? {asked}. No reply by SMS counts, open"


APPROVAL = About(read, card, choices=able)
ABOUTS = {approving.ABOUT: APPROVAL, wishes.ABOUT: APPROVAL}
