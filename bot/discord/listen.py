"""What people press, type and fill in on Discord, brought to the desk; knows no single command."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

from bot.cards.model import Answer, Confirm, Desk, Errors, Form, Private, Quietly
from bot.discord import menus, modal, reply
from bot.discord.ids import born_s
from bot.discord.memory import Memory
from bot.discord.pictures import Pictures
from bot.discord.render import JSON, confirm_body
from bot.discord.reply import AUTOCOMPLETE, COMMAND, COMPONENT, SUBMIT, Ask, Reply
from bot.discord.rest import TOO_LATE, Refused
from bot.guard import guarded
from bot.tokens import question_of
from commands import registry
from integrations.base import IntegrationError

log = logging.getLogger("pixelview.discord")

PATIENCE, YOUNG = 2.0, 120.0


class Listener:
    """Answers interactions. A form has to be the very first answer, so the desk gets
    ``patience`` seconds before Discord is told to wait."""

    def __init__(
        self, desk: Desk, answers: Reply, memory: Memory, now_s: Callable[[], float], *,
        v2_cards: bool, patience: float = PATIENCE, pictures: Pictures | None = None,
    ) -> None:  # fmt: skip
        self._pictures = pictures
        self._desk, self._reply, self._memory, self._now = desk, answers, memory, now_s
        self._v2, self._patience = v2_cards, patience
        self.direct: Callable[[str], Awaitable[str]] | None = None

    async def heard(self, ask: Ask) -> None:
        """One interaction, answered; refusals of Discord's are logged, the change stands. What
        Discord brings twice (after a resume) is done once."""
        if self._memory.asked.get(ask.id):
            return
        self._memory.asked[ask.id] = True
        try:
            await self._of_kind(ask)
        except IntegrationError as error:
            log.warning("an answer to %s did not reach Discord: %s", ask.account.name, error)

    async def _of_kind(self, ask: Ask) -> None:
        if ask.kind == COMPONENT:
            await self._pressed(ask)
            await self._heal(ask)
        elif ask.kind == COMMAND and (menu := menus.menu_of(ask)) is not None:
            await self._chosen(ask, menu)
        elif ask.kind == COMMAND:
            await self._answer(ask, self._call(ask))
        elif ask.kind == SUBMIT:
            await self._submitted(ask)
        elif ask.kind == AUTOCOMPLETE:
            await self._complete(ask)

    # presses

    async def _pressed(self, ask: Ask) -> None:
        chosen = [*map(str, ask.data.get("values") or ()), str(ask.data.get("custom_id", ""))]
        said, colon, token = chosen[0].partition(":")
        if said == "no":
            await self._reply.taken(ask)
        elif said == "yes":
            await self._answer(ask, self._desk.press(token, ask.account, ask.id), token=token)
        elif said == "again":
            await self._open(ask, modal.Part(1, 1, token))
        elif said == "part":
            await self._open(ask, modal.part_of(chosen[0]))
        else:
            await self._press(ask, said + colon + token)

    async def _press(self, ask: Ask, token: str) -> None:
        asked = await self._asked(ask, token)
        if asked is not None:
            await self._reply.first(ask, reply.SAY, confirm_body(asked, token))
            return
        await self._answer(ask, self._desk.press(token, ask.account, ask.id), token=token)

    async def _open(self, ask: Ask, part: modal.Part) -> None:
        """A form once more, or its next part, with the words that were typed."""
        typed = self._memory.typed.get((ask.account.id, part.token))
        work = self._desk.press(part.token, ask.account, ask.id)
        await self._answer(ask, work, typed, part.token, part.number)

    async def _asked(self, ask: Ask, token: str) -> Confirm | None:
        """The question before a press, in the desk's words of this moment; where the desk is slow
        or broken the card's own, or one from the catalog."""
        known = self._memory.confirms.get(token) or question_of(token)
        if known is None:
            return None
        try:
            async with asyncio.timeout(ask.left(self._patience)):
                return await self._desk.confirm(token, ask.account)
        except Exception:
            log.exception("the question before %s", token)
            return known

    async def _heal(self, ask: Ask) -> None:
        """A copy that came of a lost answer is nobody's card: it works, and then points on. A young
        one may be a card whose own answer is still on its way."""
        if not ask.card or self._now() - born_s(ask.card) < YOUNG:
            return
        if not await self._desk.keeps("discord", ask.card):
            await self._reply.point_on(ask)

    # commands and forms

    async def _call(self, ask: Ask) -> Answer:
        verb, values = subcommand(ask.data)
        here = ask.thread or ask.channel
        incident = await self._desk.incident_at("discord", ask.channel, here)
        return await self._desk.call(verb, values, ask.account, ask.id, incident)

    async def _chosen(self, ask: Ask, menu: menus.Menu) -> None:
        """An entry of a message's menu; what comes of it is told below that message."""
        if menu.anew:
            token = f"cmd:{menu.verb}:0:0"
            self._memory.made_of[ask.account.id, token] = (
                ask.thread or ask.channel, menus.target(ask),
            )  # fmt: skip
        await self._answer(ask, menus.filled(self._desk, ask, menu))

    async def _below(self, ask: Ask, token: str, answer: Answer) -> None:
        """What was made of a message is told below it."""
        made = self._memory.made_of.get((ask.account.id, token))
        if made is None or not isinstance(answer, Private) or not answer.done or not answer.note:
            return
        self._memory.made_of.pop((ask.account.id, token), None)
        try:
            await self._reply.below(*made, answer.note)
        except IntegrationError as error:
            log.info("not told below the message it came of: %s", error)

    async def _submitted(self, ask: Ask) -> None:
        part = modal.part_of(str(ask.data.get("custom_id", "")))
        token, typed = part.token, modal.values(ask.data.get("components") or ())
        if part.number > 1:
            typed = self._memory.typed.get((ask.account.id, token), {}) | typed
        self._memory.typed[ask.account.id, token] = typed
        if part.following is not None:
            await self._show(ask, reply.go_on_body(part.following))
            return
        await self._answer(ask, self._desk.submit(token, typed, ask.account, ask.id), typed, token)

    async def _complete(self, ask: Ask) -> None:
        """Suggestions; several numbers in one option are completed one after the other."""
        verb, values = subcommand(ask.data)
        name = focused(ask.data)
        before, _, word = str(values.get(name, "")).rpartition(" ")
        many = _kind(verb, name) == "incidents"
        before = f"{before} " if before and many else ""
        word = word if many else str(values.get(name) or "")
        found: list[tuple[str, str]] = []
        try:
            async with asyncio.timeout(ask.left(self._patience)):
                found = await self._desk.suggest(verb, name, word, ask.account)
        except Exception:
            log.exception("suggestions for %s %s", verb, name)
        await self._reply.first(ask, reply.CHOICES, reply.choices_body(found, before))

    # answers

    async def _answer(
        self, ask: Ask, work: Coroutine[Any, Any, Answer],
        typed: Mapping[str, Any] | None = None, token: str = "", part: int = 1,
    ) -> None:  # fmt: skip
        task = asyncio.ensure_future(guarded(work))
        done, _ = await asyncio.wait({task}, timeout=ask.left(self._patience))
        if done:
            answer = await task
            await self._if_late(ask, answer, self._at_once(ask, answer, typed, token, part))
        else:
            await self._if_late(ask, None, self._reply.wait(ask))
            answer = await task
            said = None if isinstance(answer, Quietly) else self.body(answer, token)
            await self._if_late(ask, answer, self._reply.later(ask, said))
        if self._pictures is not None and isinstance(answer, Private) and answer.drawing:
            original = bool(done) or ask.thinks
            self._pictures.show(ask, answer.drawing, self.body(answer, token), original=original)
        if ask.kind == SUBMIT:
            await self._below(ask, token, answer)

    async def _if_late(
        self, ask: Ask, answer: Answer | None, work: Coroutine[Any, Any, None]
    ) -> None:
        """Where an interaction takes its answer no more, words go to the person directly."""
        try:
            await work
        except Refused as error:
            if error.code not in TOO_LATE:
                raise
            log.warning("an answer to %s came too late: %s", ask.account.name, error)
            if isinstance(answer, Private) and self.direct is not None:
                channel = await self.direct(ask.account.id)
                await self._reply.directly(channel, self.body(answer))

    async def _at_once(
        self, ask: Ask, answer: Answer, typed: Mapping[str, Any] | None, token: str, part: int
    ) -> None:
        if isinstance(answer, Quietly):
            self._memory.typed.pop((ask.account.id, token), None)
            await self._reply.taken(ask)
        elif isinstance(answer, Form) and ask.kind != SUBMIT:
            await self._reply.first(ask, reply.MODAL, reply.modal_body(answer, typed, part))
        elif isinstance(answer, Private) and answer.card is not None:
            await self._reply.first(ask, reply.SAY, self.body(answer, token))
        else:
            await self._show(ask, self.body(answer, token))

    async def _show(self, ask: Ask, body: JSON) -> None:
        """Words only one person sees, in the place of those that were pressed on."""
        if ask.passing:
            await self._reply.first(ask, reply.UPDATE, reply.in_place(body))
        else:
            await self._reply.first(ask, reply.SAY, body)

    def body(self, answer: Answer, token: str = "") -> JSON:
        """An answer as a message only its person sees."""
        if isinstance(answer, Form):
            return reply.open_form_body(answer)
        if isinstance(answer, Errors):
            return reply.errors_body(answer, token)
        if not isinstance(answer, Private):
            raise TypeError("nothing is to be said")
        if answer.card is not None:
            self._memory.remember(answer.card)
        v2 = self._v2 and not self._memory.v2_refused
        return reply.private_body(answer, self._reply.pen(), v2_cards=v2)


def _kind(verb: str, name: str) -> str:
    found = registry.CATALOG.get(verb)
    return next((f.kind for f in found.fields if f.name == name), "") if found else ""


def subcommand(data: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The verb and its named values out of a command's data."""
    name, options = str(data.get("name", "")), list(data.get("options") or ())
    while options and options[0].get("type") in (1, 2):
        name, options = str(options[0]["name"]), list(options[0].get("options") or ())
    return name, {str(o["name"]): o.get("value") for o in options}


def focused(data: Mapping[str, Any]) -> str:
    """The option somebody is typing into."""
    pending = list(data.get("options") or ())
    while pending:
        option = pending.pop()
        if option.get("focused"):
            return str(option["name"])
        pending += option.get("options") or ()
    return ""
