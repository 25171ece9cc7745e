"""Answers only one person sees: beside what was pressed or typed, or as a modal in front of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.cards.model import Account, Card, Errors, Form, Note, Press, Private, Span
from bot.slack import render
from bot.slack.api import Api
from bot.slack.spans import JSON, Pen
from integrations.base import IntegrationError

log = logging.getLogger("pixelview.slack")

BUTTON, MENU, SUBMIT, COMMAND, WORDS = "button", "menu", "submit", "command", "words"
SHORTCUT = "shortcut"
HOME, MODAL = "home", "modal"
EPHEMERAL = "chat.postEphemeral"
IN_CHANNEL = "in_channel"
_STILL: JSON = {"unfurl_links": False, "unfurl_media": False}


@dataclass(frozen=True, slots=True)
class Ask:
    """Something a person did: what kind, who, what is asked for, and where it is answered.

    ``passing`` says that it was pressed on a note only its person sees, which is over once it has
    been answered; ``label`` are the words on what was pressed; ``card`` is the card's message where
    everybody sees it, ``link`` the address in its title. ``within`` says that it was done in the
    Home tab or in a modal, ``below`` is the message whose words it came of, and is told.
    """

    kind: str
    key: str
    account: Account
    token: str = ""
    label: str = ""
    trigger: str = ""
    response_url: str = ""
    channel: str = ""
    thread: str = ""
    passing: bool = False
    card: str = ""
    link: str = ""
    within: str = ""
    below: str = ""
    view: Mapping[str, Any] = field(default_factory=dict)

    @property
    def placeless(self) -> bool:
        """There is no channel in which words could stand: only a modal."""
        return self.within == HOME or (self.kind == SHORTCUT and not self.channel)

    @property
    def kept(self) -> Ask:
        """The same, of the form's own token where a button stood for a form that was kept."""
        return replace(self, token=self.token.partition("|")[2])

    @property
    def view_id(self) -> str:
        """The modal in which it was done."""
        return str(self.view.get("id") or "")

    @property
    def form_follows(self) -> bool:
        """A label that ends in … promises a form."""
        return self.kind in {BUTTON, MENU, SHORTCUT} and self.label.endswith("…")

    @property
    def place(self) -> dict[str, str]:
        """What a modal carries along: where its answer is shown."""
        more = {HOME: "1"} if self.within == HOME else {}
        if self.below:
            more |= {"below": self.below, "reply": self.response_url}
        return {"channel": self.channel, "thread": self.thread} | more


@dataclass(frozen=True, slots=True)
class Reply:
    """Sends answers; ``dm`` gives a person's direct conversation."""

    api: Api
    pen: Callable[[], Pen] = Pen

    async def say(self, ask: Ask, body: JSON) -> None:
        """Words only this person sees, where they pressed or typed."""
        if ask.response_url:
            said = {"response_type": "ephemeral"} | body | {"replace_original": False}
            if ask.thread:
                said["thread_ts"] = ask.thread
            if await self.api.respond(ask.response_url, said):
                return
        if body.get("response_type") == IN_CHANNEL:
            await self._share(ask, {k: v for k, v in body.items() if k != "response_type"})
            return
        where: JSON = {"channel": ask.channel, "user": ask.account.id}
        if ask.thread:
            where["thread_ts"] = ask.thread
        if ask.channel:
            try:
                await self.api.call(EPHEMERAL, **where, **body)
                return
            except IntegrationError as error:
                log.info("not shown beside what was pressed, sent to the person: %s", error)
        await self.api.call("chat.postMessage", channel=ask.account.id, **_STILL, **body)

    async def _share(self, ask: Ask, body: JSON) -> None:
        """Words that everybody sees there, by the wish of who asked for them."""
        where: JSON = {"channel": ask.channel, **_STILL}
        where |= {"thread_ts": ask.thread} if ask.thread else {}
        await self.api.call("chat.postMessage", **where, **body)

    async def under(self, ask: Ask, note: Note) -> None:
        """What came of a message stands in its thread; where the bot is not in the channel, only
        whoever asked for it sees it."""
        body = render.note_body(note, self.pen())
        try:
            await self.api.call(
                "chat.postMessage", channel=ask.channel, thread_ts=ask.below, **_STILL, **body
            )
        except IntegrationError as error:
            log.info("not told below the message it came of: %s", error)
            said = body | {"response_type": "ephemeral", "replace_original": False}
            if ask.response_url:
                await self.api.respond(ask.response_url, said)

    async def instead(self, ask: Ask, body: JSON) -> None:
        """New words for the passing note that was pressed on."""
        said = body | {"response_type": "ephemeral", "replace_original": True}
        if not await self.api.respond(ask.response_url, said):
            await self.say(ask, body)

    async def remove(self, ask: Ask) -> None:
        """Takes the passing note away that was pressed on."""
        await self.api.respond(ask.response_url, {"delete_original": True})

    async def open(self, ask: Ask, view: JSON) -> str | None:
        """Opens a modal; its id, or None where the press is too old for one."""
        try:
            said = await self.api.call("views.open", trigger_id=ask.trigger, view=view)
        except IntegrationError as error:
            log.warning("a form for %s did not open: %s", ask.account.name, error)
            return None
        return str(said["view"]["id"])

    async def point_on(self, ask: Ask) -> None:
        """A copy that nobody keeps up to date says so, and has no buttons any more."""
        said: list[Span] = [Span("This copy is not kept up to date. ")]
        if ask.link:
            said.append(Span("Open it in the console", url=ask.link))
        body = render.note_body(Note((tuple(said),)), self.pen()) | {"attachments": []}
        try:
            await self.api.call("chat.update", channel=ask.channel, ts=ask.card, **body)
        except IntegrationError as error:
            log.info("an old copy of a card stays as it is: %s", error)

    async def update(self, view_id: str, view: JSON) -> bool:
        """Changes a modal; False where it was closed meanwhile."""
        try:
            await self.api.call("views.update", view_id=view_id, view=view)
        except IntegrationError as error:
            log.info("a modal was not changed: %s", error)
            return False
        return True


def private_body(answer: Private, pen: Pen) -> JSON:
    """A note or a card only the presser sees."""
    if answer.card is not None:
        return card_body(answer.card, answer.note, pen)
    body = render.note_body(answer.note or Note(((Span("Nothing to say."),),)), pen)
    return body | ({"response_type": IN_CHANNEL} if answer.shared else {})


def card_body(card: Card, note: Note | None, pen: Pen) -> JSON:
    """A card only one person sees."""
    return render.body(card, pen, note=note)


def open_form_body(form: Form, token: str = "") -> JSON:
    """A button that opens the form: a modal needs a press that is less than three seconds old."""
    label = f"Open “{form.title}”"
    press = Press(label, token or form.again or form.token, primary=True, says=label)
    note = Note(((Span("This needs a few more words."),),), actions=(press,))
    return render.note_body(note, Pen())


def errors_note(errors: Errors) -> Note:
    """What is wrong with what was filled in."""
    return Note(tuple((Span(said, own=False),) for said in errors.fields.values()))


def line_body(text: str) -> JSON:
    """One sentence of ours."""
    return render.note_body(Note(((Span(text),),)), Pen())
