"""What people press, type and fill in on Slack, brought to the desk; knows no single command."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any

from bot.cards.model import (
    Answer,
    Confirm,
    Desk,
    Errors,
    Form,
    Private,
    Quietly,
)
from bot.guard import guarded
from bot.slack import modal, reply
from bot.slack.home import Homes, quietly
from bot.slack.memory import KEPT, Memory
from bot.slack.pictures import Pictures
from bot.slack.reply import COMMAND, HOME, MENU, MODAL, Ask, Reply
from bot.slack.spans import JSON
from bot.tokens import asks_each, question_of
from integrations.base import IntegrationError

log = logging.getLogger("pixelview.slack")

# A modal opens within three seconds of the press, and a form is answered within three of Submit.
PATIENCE = 1.2
YOUNG = 120.0
PROMISE = "yes:"

Ack = Callable[..., Awaitable[Any]]


class Listener:
    """Answers presses, menus, forms and commands, each of which was acked before."""

    def __init__(
        self, desk: Desk, answers: Reply, memory: Memory, now_s: Callable[[], float], *,
        homes: Homes, patience: float = PATIENCE, pictures: Pictures | None = None,
    ) -> None:  # fmt: skip
        self._desk, self._reply, self._memory, self._pictures = desk, answers, memory, pictures
        self._now, self._patience, self.homes = now_s, patience, homes

    async def pressed(self, ask: Ask) -> None:
        """A button, or an entry of a menu, which can't ask before it counts by itself; nor can a
        button whose question is another for everybody."""
        if ask.token.startswith(KEPT):
            form, ask = self._memory.kept_form(ask.account.id, ask.token), ask.kept
            if form is not None:
                await self._open(ask, form, at_once=True)
                return
        own = ask.kind == MENU or asks_each(ask.token)
        asked = await self._asked(ask) if own else None
        if asked is not None:
            view = modal.ask_view(asked, ask.token, ask.place)
            if ask.within != MODAL or not await self._reply.update(ask.view_id, view):
                await self._reply.open(ask, view)
            return
        await self._answer(ask, self._desk.press(ask.token, ask.account, ask.key))
        if ask.card:
            await self._heal(ask)
        if ask.within == HOME:
            await quietly(self.homes.fresh(ask.account))

    async def _heal(self, ask: Ask) -> None:
        """A copy that came of a lost answer is nobody's card: it works, and then points on. A young
        one may be a card whose own answer is still on its way."""
        if self._now() - float(ask.card) < YOUNG:
            return
        if not await self._desk.keeps(ask.account.surface, ask.card):
            await self._reply.point_on(ask)

    async def typed(self, ask: Ask, text: str, incident: int | None = None) -> None:
        """A command in plain words."""
        await self._answer(ask, self._typed(ask, text, incident))

    async def _typed(self, ask: Ask, text: str, incident: int | None) -> Answer:
        """In a war room its incident need not be named."""
        if incident is None and ask.kind == COMMAND and ask.channel:
            incident = await self._desk.incident_at(ask.account.surface, ask.channel, "")
        return await self._desk.typed(text, ask.account, ask.key, incident)

    async def shortcut(self, ask: Ask, work: Coroutine[Any, Any, Answer]) -> None:
        """An entry of Slack's own menus, which opens a form."""
        await self._answer(ask, work)

    async def submitted(self, ask: Ask, ack: Ack) -> None:
        """A form came back; only the ack can say what is wrong at which field."""
        answer = await self._sent_in(ask, ack)
        if ask.below and isinstance(answer, Private) and answer.done and answer.note is not None:
            await self._reply.under(ask, answer.note)
        if ask.within == HOME:
            await quietly(self.homes.fresh(ask.account))

    async def _sent_in(self, ask: Ask, ack: Ack) -> Answer:
        typed = modal.values(ask.view.get("state") or {})
        work = self._submit(ask, typed)
        async with _running(work) as task:
            if await _within(task, self._patience):
                answer = task.result()
                await ack(**self._acked(ask, answer))
                return answer
            title = _title(ask.view)
            await ack(response_action="update", view=modal.wait_view(title, ask.place))
            answer = await task
        await self._reply.update(str(ask.view["id"]), self._after(ask, answer, title, typed))
        return answer

    async def suggested(self, ask: Ask, name: str, text: str) -> list[tuple[str, str]]:
        """Entries of a menu while somebody types into it."""
        parts = ask.token.split(":")
        verb = parts[1] if len(parts) == 4 else ""
        try:
            async with asyncio.timeout(self._patience):
                return await self._desk.suggest(verb, name, text, ask.account)
        except Exception:
            log.exception("suggestions for %s %s", verb, name)
            return []

    # forms

    async def changed(self, ask: Ask) -> None:
        """Something was chosen that makes the form another one; what is typed stays."""
        typed = modal.values(ask.view.get("state") or {})
        try:
            answer = await guarded(self._desk.changed(ask.token, typed, ask.account))
            if isinstance(answer, Form):
                await self._reply.update(ask.view_id, self._view(ask, answer, _title(ask.view)))
        except IntegrationError as error:
            log.warning("a form of %s stays as it was: %s", ask.account.name, error)

    def _submit(self, ask: Ask, typed: Mapping[str, Any]) -> Coroutine[Any, Any, Answer]:
        if ask.token.startswith(PROMISE):
            token = ask.token.removeprefix(PROMISE)
            return self._desk.press(token, ask.account, ask.key)
        return self._desk.submit(ask.token, typed, ask.account, ask.key)

    def _acked(self, ask: Ask, answer: Answer) -> JSON:
        """The answer to a form as its ack: nothing closes it."""
        if isinstance(answer, Quietly):
            return {}
        if isinstance(answer, Errors):
            mine, rest = modal.errors_of(answer.fields, ask.view)
            if mine and rest:
                first = next(iter(mine))
                mine[first] = f"{mine[first]} {rest}"
            if mine:
                return {"response_action": "errors", "errors": mine}
        return {"response_action": "update", "view": self._view(ask, answer, _title(ask.view))}

    def _after(self, ask: Ask, answer: Answer, title: str, typed: Mapping[str, Any]) -> JSON:
        """The answer to a form that was waited for, with the typed words kept."""
        form = self._memory.forms.get((ask.account.id, ask.token))
        if isinstance(answer, Errors) and form is not None:
            return modal.form_view(modal.filled(form, typed), ask.place, answer.fields)
        return self._view(ask, answer, title)

    def _view(self, ask: Ask, answer: Answer, title: str) -> JSON:
        """An answer as a modal."""
        pen = self._reply.pen()
        if isinstance(answer, Form):
            self._memory.forms[ask.account.id, answer.token] = answer
            return modal.form_view(answer, ask.place)
        if isinstance(answer, Errors):
            return modal.words_view(title, reply.errors_note(answer), pen, ask.place)
        if isinstance(answer, Private) and answer.card is not None:
            self._memory.remember(answer.card)
            return modal.card_view(title, answer.card, pen, ask.place)
        if isinstance(answer, Private) and answer.note is not None:
            return modal.words_view(title, answer.note, pen, ask.place)
        return modal.done_view(title, ask.place)

    # answers

    async def _asked(self, ask: Ask) -> Confirm | None:
        """The question before a press, in the desk's words of this moment; where the desk is slow
        or broken the card's own, or one from the catalog."""
        known = self._memory.confirms.get(ask.token) or question_of(ask.token)
        if known is None:
            return None
        try:
            async with asyncio.timeout(self._patience):
                return await self._desk.confirm(ask.token, ask.account)
        except Exception:
            log.exception("the question before %s", ask.token)
            return known

    async def _answer(self, ask: Ask, work: Coroutine[Any, Any, Answer]) -> None:
        async with _running(work) as task:
            at_once = await _within(task, self._patience)
            if not at_once and (ask.form_follows or ask.placeless):
                await self._in_modal(ask, task)
                return
            if not at_once and ask.within == MODAL:
                await self._reply.update(ask.view_id, modal.wait_view(_title(ask.view), ask.place))
            if not at_once and ask.kind == COMMAND:
                await self._reply.say(ask, reply.line_body("Working on it…"))
            answer = await task
        try:
            await self._say(ask, answer, at_once=at_once)
        except IntegrationError as error:
            log.warning("an answer to %s did not reach Slack: %s", ask.account.name, error)
            return
        drawing = answer.drawing if isinstance(answer, Private) else None
        if drawing is not None and self._pictures is not None and not ask.within:
            self._pictures.show(ask, drawing)

    async def _in_modal(self, ask: Ask, task: asyncio.Task[Answer]) -> None:
        """A form that is not ready: its modal opens at once and is filled when it is."""
        title = ask.label.rstrip("…")
        view_id = await self._reply.open(ask, modal.wait_view(title, ask.place))
        answer = await task
        view = self._view(ask, answer, title)
        if view_id is None or not await self._reply.update(view_id, view):
            await self._say(ask, answer, at_once=False)

    async def _say(self, ask: Ask, answer: Answer, *, at_once: bool) -> None:
        if ask.within == MODAL and await self._reply.update(
            ask.view_id, self._view(ask, answer, _title(ask.view))
        ):
            return
        if isinstance(answer, Form):
            await self._open(ask, answer, at_once=at_once)
        elif isinstance(answer, Quietly):
            if ask.passing:
                await self._reply.remove(ask)
            elif ask.kind == COMMAND and not at_once:
                await self._reply.say(ask, reply.line_body("Done. The card shows it."))
        elif ask.passing:
            await self._reply.instead(ask, self.body(answer))
        elif ask.placeless and at_once:
            if await self._reply.open(ask, self._view(ask, answer, ask.label.rstrip("…"))) is None:
                await self._reply.say(ask, self.body(answer))
        else:
            await self._reply.say(ask, self.body(answer))

    async def _open(self, ask: Ask, form: Form, *, at_once: bool) -> None:
        self._memory.forms[ask.account.id, form.token] = form
        opened = None
        if at_once and ask.trigger:
            opened = await self._reply.open(ask, modal.form_view(form, ask.place))
        if opened is None:
            await self._reply.say(ask, self._offered(ask, form))
        elif ask.passing:
            await self._reply.remove(ask)

    def _offered(self, ask: Ask, form: Form) -> JSON:
        """A button that opens a form as it is now, with the words that are in it."""
        token = self._memory.keep(ask.account.id, form)
        return reply.open_form_body(form, token)

    def body(self, answer: Answer) -> JSON:
        """An answer as a message only its person sees."""
        if isinstance(answer, Form):
            return reply.open_form_body(answer)
        if isinstance(answer, Errors):
            return reply.private_body(Private(reply.errors_note(answer)), self._reply.pen())
        if not isinstance(answer, Private):
            return reply.line_body("Done. The card shows it.")
        if answer.card is not None:
            self._memory.remember(answer.card)
        if answer.note is not None:
            self._memory.questions(answer.note.actions)
        return reply.private_body(answer, self._reply.pen())


@asynccontextmanager
async def _running(work: Coroutine[Any, Any, Answer]) -> AsyncIterator[asyncio.Task[Answer]]:
    """The desk at work; it ends with who waits for it."""
    task = asyncio.get_running_loop().create_task(guarded(work))
    try:
        yield task
    finally:
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _within(task: asyncio.Task[Answer], seconds: float) -> bool:
    done, _ = await asyncio.wait({task}, timeout=seconds)
    return bool(done)


def _title(view: Mapping[str, Any]) -> str:
    return str((view.get("title") or {}).get("text") or "PixelView")
