"""Answers to one interaction: the first within three seconds, the rest with its token."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.cards.model import Account, Card, Errors, Form, Note, Press, Private, Span
from bot.discord import embed, modal
from bot.discord.escape import link
from bot.discord.ids import once
from bot.discord.render import (
    EPHEMERAL,
    JSON,
    MOST_TEXT,
    SILENT,
    container,
    note_body,
    note_lines,
    plain_edit,
    text,
    v2,
    v2_edit,
)  # fmt: skip
from bot.discord.rest import ANSWERED_ALREADY, Refused, Rest
from bot.discord.spans import Pen
from integrations.base import Transient

COMMAND, COMPONENT, AUTOCOMPLETE, SUBMIT = 2, 3, 4, 5
SAY, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
_BESIDE = 1200
_POST = "POST /channels/{channel}/messages"
_CARD = "PATCH /channels/{channel}/messages/{message}"
_CALLBACK = "POST /interactions/{interaction}/{token}/callback"
FOLLOW_UP = "POST /webhooks/{application}/{token}"
EDIT = "PATCH /webhooks/{application}/{token}/messages/@original"
_DELETE = "DELETE /webhooks/{application}/{token}/messages/@original"


@dataclass(frozen=True, slots=True)
class Ask:
    """One interaction: who, what kind, its data, and where; ``passing`` says that it came from a
    note only its person sees, which is over once it has been answered; ``card`` that it came from
    a card (its message's id), whose page is ``link``. ``place`` is how people call the channel."""

    id: str
    token: str
    application: str
    kind: int
    account: Account
    channel: str
    thread: str = ""
    on_message: bool = False
    passing: bool = False
    card: str = ""
    link: str = ""
    is_v2: bool = False
    place: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    def left(self, patience: float) -> float:
        """What is left of so many seconds since it came."""
        return max(0.0, self.began + patience - time.monotonic())

    @property
    def thinks(self) -> bool:
        """Waiting shows as "thinking…", which must be filled or removed."""
        return self.kind == COMMAND or not self.on_message


@dataclass(frozen=True, slots=True)
class Reply:
    """Sends answers; ``pen`` writes them."""

    rest: Rest
    pen: Callable[[], Pen] = Pen

    async def first(self, ask: Ask, kind: int, data: JSON | None = None) -> None:
        """The first answer; a press must not fail for one stumble of Discord's."""
        body: JSON = {"type": kind} | ({"data": data} if data is not None else {})
        ids = {"interaction": ask.id, "token": ask.token}
        try:
            await self.rest.answer(_CALLBACK, body, **ids)
        except Transient:
            try:
                await self.rest.answer(_CALLBACK, body, **ids)
            except Refused as error:
                if error.code != ANSWERED_ALREADY:
                    raise

    async def taken(self, ask: Ask) -> None:
        """Nothing is said: the press counts, and what asked for it goes away."""
        await self.wait(ask)
        if ask.thinks or ask.passing:
            await self.remove(ask)

    async def wait(self, ask: Ask) -> None:
        """An answer will come."""
        if ask.thinks:
            await self.first(ask, DEFER, {"flags": EPHEMERAL})
        else:
            await self.first(ask, DEFER_UPDATE)

    async def later(self, ask: Ask, body: JSON | None) -> None:
        """The answer that was waited for; None says nothing."""
        ids = {"application": ask.application, "token": ask.token}
        if body is None:
            if ask.thinks or ask.passing:
                await self.remove(ask)
        elif ask.thinks:
            kept = {k: v for k, v in body.items() if k != "flags"}
            flags = int(body.get("flags", 0)) & ~EPHEMERAL
            await self.rest.answer(EDIT, kept | ({"flags": flags} if flags else {}), **ids)
        else:
            await self.rest.answer(FOLLOW_UP, body, **ids)

    async def point_on(self, ask: Ask) -> None:
        """A copy that nobody keeps up to date says so, and has no buttons any more."""
        said = "This copy is not kept up to date."
        if ask.link:
            said += f" {link('Open it in the console', ask.link)}"
        body = v2_edit([text(said)]) if ask.is_v2 else plain_edit(said)
        await self.rest.call(_CARD, body, channel=ask.thread or ask.channel, message=ask.card)

    async def below(self, channel: str, message: str, note: Note) -> None:
        """Says below a message, without a sound, what came of it."""
        body = note_body(replace(note, quiet=True), self.pen()) | once(f"below{message}")
        about = {"message_id": message, "channel_id": channel, "fail_if_not_exists": False}
        await self.rest.call(_POST, body | {"message_reference": about}, channel=channel)

    async def directly(self, channel: str, body: JSON) -> None:
        """An answer that its interaction can take no more, in the person's own conversation."""
        flags = (int(body.get("flags", 0)) & ~EPHEMERAL) | SILENT
        await self.rest.call(_POST, body | {"flags": flags}, channel=channel)

    async def remove(self, ask: Ask) -> None:
        """Takes the message away that is (or was pressed on as) the answer."""
        await self.rest.answer(_DELETE, application=ask.application, token=ask.token)


def private_body(answer: Private, pen: Pen, *, v2_cards: bool) -> JSON:
    """A note or a card only the presser sees."""
    if answer.card is not None:
        return card_body(answer.card, answer.note, pen, v2_cards=v2_cards)
    note = answer.note or Note(((Span("Nothing to say."),),))
    body = note_body(note, pen)
    flags = body["flags"] & ~EPHEMERAL if answer.shared else body["flags"] | EPHEMERAL
    return body | {"flags": flags & ~SILENT}


def card_body(card: Card, note: Note | None, pen: Pen, *, v2_cards: bool) -> JSON:
    """A card only one person sees."""
    said = note_lines(note, pen, _BESIDE) if note else ""
    if not v2_cards:
        return embed.embed_body(card, pen, said) | {"flags": EPHEMERAL}
    below = [text(said)] if said else []
    return v2([container(card, pen, MOST_TEXT - len(said)), *below], EPHEMERAL)


def open_form_body(form: Form, token: str = "") -> JSON:
    """A button that opens the form: a modal can only be the first answer to a press."""
    press = Press(f"Open “{form.title}”", token or form.again or form.token, primary=True)
    note = Note(((Span("This needs a few more words."),),), quiet=False, actions=(press,))
    body = note_body(note, Pen())
    return body | {"flags": body["flags"] | EPHEMERAL}


def errors_body(errors: Errors, token: str) -> JSON:
    """What is wrong with a form, and the way back to it with the typed words kept."""
    lines = tuple((Span(f"{said}", own=False),) for said in errors.fields.values())
    press = Press("Open the form again", f"again:{token}", primary=True)
    body = note_body(Note(lines, quiet=False, actions=(press,)), Pen())
    return body | {"flags": body["flags"] | EPHEMERAL}


def in_place(body: JSON) -> JSON:
    """A private note as the new words of the note that was pressed on."""
    return {"components": [], "attachments": []} | body | {"flags": int(body["flags"]) & ~EPHEMERAL}


def go_on_body(part: modal.Part) -> JSON:
    """A button that opens the next part of a long form: a modal can't open another."""
    press = Press(f"Go on ({part.number} of {part.of})", part.custom_id, primary=True)
    note = Note(((Span("Kept so far. There is a little more to fill in."),),), actions=(press,))
    body = note_body(note, Pen())
    return body | {"flags": (body["flags"] | EPHEMERAL) & ~SILENT}


def modal_body(form: Form, typed: Mapping[str, Any] | None = None, number: int = 1) -> JSON:
    """A form, or a part of it, as the modal that is the first answer."""
    return modal.modal(modal.filled(form, typed) if typed else form, number)


def choices_body(found: list[tuple[str, str]], before: str = "") -> JSON:
    """Up to 25 suggestions; ``before`` is what was typed in front of the completed word."""
    kept = [(f"{before}{value}", f"{before}{label}") for value, label in found[:25]]
    return {
        "choices": [
            {"name": label[:100] or value, "value": value}
            for value, label in kept
            if 0 < len(value) <= 100
        ]
    }
