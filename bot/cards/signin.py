"""Somebody signed in at a browser they were never seen at: they are told, and can end it."""

from __future__ import annotations

from bot.cards import words
from bot.cards.buttons import token
from bot.cards.model import Actions, Card, Confirm, Head, Press, Spans, State
from bot.cards.scene import About, Scene
from bot.cards.view import own, separated, strange, when
from commands.rules.browsers import called
from commands.sessions import by
from store import sessions
from store.db import Tx
from store.sessions import Session

_ENDED = {
    "out": "signed out",
    "reused": "ended: an old copy of its cookie was used",
    "removed": "ended: that person is not known any more",
    "provider": "ended by the sign-in service",
}


def read(tx: Tx, name: str) -> Session | None:
    """The session of a card."""
    return sessions.get(tx, int(name)) if name.isdecimal() else None


def card(s: Session, scene: Scene) -> Card:
    """``🔑 SIGNED IN · Firefox on Linux``, from where and how; later what became of it."""
    goes_on = s.ended_at is None and scene.now < s.expires_at
    browser = called(s.agent)
    what = f"{browser[:1].upper()}{browser[1:]}"
    return Card(
        s.id,
        1 if goes_on else 2,
        words.NEWS if goes_on else words.TAKEN,
        Head("🔑", "SIGNED IN", 0, what, scene.link("me")),
        State(separated(_state(s, scene))),
        Actions(_presses(s, what) if goes_on else ()),
        (),
        (
            own("🔑 Signed in to PixelView: "),
            strange(f"{what}, from {s.address or 'nowhere'}", 120),
        ),
        quiet=not goes_on,
    )


def _state(s: Session, scene: Scene) -> list[Spans]:
    told: list[Spans] = [
        (own("from "), strange(s.address or "an unknown address", 60)),
        (own(f"{by(s.how)} "), when(s.created_at, scene.now)),
    ]
    if s.ended_at is not None:
        return [*told, (own(f"{_how(s)} "), when(s.ended_at, scene.now))]
    return [*told, (own("not you? End it"),)]


def _how(s: Session) -> str:
    if s.ended_how.startswith("by:"):
        return "ended by you" if s.ended_how == f"by:{s.person}" else "ended by an admin"
    return _ENDED.get(s.ended_how, "over")


def _presses(s: Session, what: str) -> tuple[Press, ...]:
    sure = Confirm("End that session?", f"{what} is signed out at once.", yes="End it")
    press = Press(
        "End that session", token("end-session", s.id, 1), confirm=sure,
        says=words.cut(f"End the session of {what}", 75),
    )  # fmt: skip
    return (press,)


SIGNED_IN = About(read, card)
