"""Slack's payloads as ours, and the words people write: in threads, to the bot, in a DM."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

from bot.cards.model import Account, Desk
from bot.running import Running
from bot.slack import modal, render, shortcuts
from bot.slack.api import Api
from bot.slack.listen import Ack, Listener
from bot.slack.memory import Memory
from bot.slack.parts import option
from bot.slack.people import People, plain
from bot.slack.reply import BUTTON, COMMAND, HOME, MENU, SUBMIT, WORDS, Ask
from bot.slack.thread_words import CHANGED, DELETED, ThreadWords, is_words, kind_of
from integrations.base import IntegrationError

log = logging.getLogger("pixelview.slack")

Body = Mapping[str, Any]
_LOOK_BACK = 20


class Hear:
    """Takes what Slack brings, over either way. ``words`` hears what people write in threads."""

    def __init__(
        self, desk: Desk, listener: Listener, people: People, memory: Memory, api: Api,
        surface: str = "slack",
    ) -> None:  # fmt: skip
        self._desk, self._listener, self.surface = desk, listener, surface
        self._people, self._memory, self._api = people, memory, api
        self._running = Running()
        self.coming: Callable[[], int] = lambda: 0
        self.words = ThreadWords(desk, people, surface, self._incident, self._to_me)

    @property
    def busy(self) -> int:
        """How many things that people did are not answered yet."""
        return len(self._running) + self.coming()

    async def stop(self) -> None:
        """End what is under way."""
        await self._running.end()

    async def _work(self, work: Coroutine[Any, Any, None]) -> None:
        """Each thing a person does is a task of ours, so that it can be ended."""
        task = self._running.begin(work)
        await asyncio.wait({task})
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("what somebody did on Slack ended in a fault", exc_info=error)

    async def action(self, body: Body, ack: Ack) -> None:
        """A button or a menu."""
        await ack()
        if is_field(body):
            await self._work(self._listener.changed(view_of(body, self.surface)))
        elif (ask := action_of(body, self.surface)) is not None:
            await self._work(self._listener.pressed(ask))

    async def shortcut(self, body: Body, ack: Ack) -> None:
        """An entry of Slack's own menus."""
        await ack()
        shortcut = shortcuts.SHORTCUTS.get(str(body.get("callback_id") or ""))
        if shortcut is not None:
            account = account_of(body, self.surface)
            name = self._people.name
            work = shortcuts.filled(self._desk, body, account, shortcut, name)
            ask = shortcuts.ask_of(body, account, shortcut)
            await self._work(self._listener.shortcut(ask, work))

    async def view(self, body: Body, ack: Ack) -> None:
        """A form that was sent."""
        await self._work(self._listener.submitted(view_of(body, self.surface), ack))

    async def command(self, body: Body, ack: Ack) -> None:
        """A slash command."""
        await ack()
        text = plain(str(body.get("text") or ""))
        await self._work(self._listener.typed(command_of(body, self.surface), text))

    async def options(self, body: Body, ack: Ack) -> None:
        """Entries for a menu somebody types into."""
        ask, name = view_of(body, self.surface), str(body.get("block_id") or "")
        found = await self._listener.suggested(ask, name, str(body.get("value") or ""))
        kept = [option(value, label) for value, label in found if 0 < len(value) <= 150]
        await ack(options=kept[: modal.MOST_OPTIONS])

    async def event(self, body: Body) -> None:
        """Words; each event once, however often Slack brings it."""
        event = body.get("event") or {}
        if not self._memory.first_time(str(body.get("event_id") or event.get("event_ts"))):
            return
        if (heard := self._ear(event)) is not None:
            await self._work(self._unless_refused(heard, event, str(body.get("team_id") or "")))

    def _ear(self, event: Body) -> Callable[[Body, str], Awaitable[None]] | None:
        """Who takes an event; None where it is none of ours."""
        kind, subtype = event.get("type"), event.get("subtype")
        if kind == "app_home_opened":
            return self._at_home if event.get("tab", HOME) == HOME else None
        if kind == "message" and subtype == CHANGED:
            return self.words.changed
        if kind == "message" and subtype == DELETED:
            return lambda event, _: self.words.deleted(event)
        if kind not in {"message", "app_mention"} or not is_words(event):
            return None
        return self._mentioned if kind == "app_mention" else self._message

    async def _unless_refused(
        self, heard: Callable[[Body, str], Awaitable[None]], event: Body, team: str
    ) -> None:
        try:
            await heard(event, team)
        except IntegrationError as error:
            log.warning("words of %s were not answered: %s", event.get("user"), error)

    async def _at_home(self, event: Body, team: str) -> None:
        """Somebody opened the Home tab."""
        user = str(event.get("user") or "")
        if user:
            account = Account(self.surface, team, user, await self._people.name(user))
            await self._listener.homes.opened(account, event.get("view"))

    async def _mentioned(self, event: Body, team: str) -> None:
        command = self._to_me(str(event.get("text") or ""))
        if command is not None:
            await self._typed(event, team, command)

    async def _message(self, event: Body, team: str) -> None:
        text = str(event.get("text") or "")
        command = self._to_me(text)
        if command is not None:
            # In a channel the same words come as app_mention too.
            if event.get("channel_type") == "im":
                await self._typed(event, team, command)
        else:
            await self.words.message(event, team)

    async def _typed(self, event: Body, team: str, text: str) -> None:
        ask = await self._words_of(event, team)
        incident = await self._incident(event)
        await self._listener.typed(ask, plain(text), incident)

    def _to_me(self, text: str) -> str | None:
        """What follows the bot's mention at the start of the words, or None."""
        me = self._people.me
        found = re.match(rf"\s*<@{me.user}(?:\|[^>]*)?>[\s,:]*", text) if me else None
        return text[found.end() :].strip() if found else None

    async def _words_of(self, event: Body, team: str) -> Ask:
        user, channel = str(event["user"]), str(event["channel"])
        name = await self._people.name(user)
        account = Account(self.surface, str(event.get("team") or team), user, name)
        return Ask(
            WORDS, f"{channel}:{event['ts']}", account, channel=channel,
            thread=str(event.get("thread_ts") or ""),
        )  # fmt: skip

    async def _incident(self, event: Body) -> int | None:
        """Whose thread it is; in a DM, whose page was answered or came last."""
        channel, thread = str(event["channel"]), str(event.get("thread_ts") or "")
        if thread or kind_of(event) != "im":
            return await self._desk.incident_at(self.surface, channel, thread)
        last = self._memory.paged.get(channel)
        for message in [last] if last else await self._ours(channel):
            incident = await self._desk.incident_at(self.surface, channel, message)
            if incident is not None:
                return incident
        return None

    async def _ours(self, channel: str) -> list[str]:
        """After a restart the last pages are looked for in the conversation itself."""
        found = await self._api.call("conversations.history", channel=channel, limit=_LOOK_BACK)
        return [str(m["ts"]) for m in found.get("messages") or () if m.get("bot_id")]


def is_field(body: Body) -> bool:
    """Whether something was chosen in a form that is another one then."""
    action, view = (body.get("actions") or [{}])[0], body.get("view") or {}
    return bool(view.get("type") == "modal" and action.get("action_id") == modal.ELEMENT)


def action_of(body: Body, surface: str = "slack") -> Ask | None:
    """A press as the listener takes it; None for what is no press of ours."""
    action = (body.get("actions") or [{}])[0]
    chosen = action.get("selected_option")
    token = str((chosen or action).get("value") or "")
    if not token or body.get("type") != "block_actions":
        return None
    label = str(((chosen or action).get("text") or {}).get("text") or "")
    container, view = body.get("container") or {}, body.get("view") or {}
    place = modal.place_of(view)
    ephemeral = bool(container.get("is_ephemeral"))
    channel = str((body.get("channel") or {}).get("id") or container.get("channel_id") or "")
    channel = channel or place.get("channel", "")
    thread = str(container.get("thread_ts") or place.get("thread") or "")
    block = str(action.get("block_id") or "")
    shown = block.startswith(render.CARD_ACTIONS) and not ephemeral
    return Ask(
        MENU if chosen else BUTTON, _key(body), account_of(body, surface), token, label,
        trigger=str(body.get("trigger_id") or ""),
        response_url=str(body.get("response_url") or ""), channel=channel,
        # A card that has a thread is still pressed in the channel, and answered there.
        thread="" if thread == container.get("message_ts") else thread,
        passing=ephemeral and block.startswith(render.NOTE_ACTIONS),
        card=str(container.get("message_ts") or "") if shown else "",
        link=_title_link(body.get("message") or {}),
        within=str(view.get("type") or ""), view=view,
    )  # fmt: skip


def _title_link(message: Body) -> str:
    """The address in a card's title."""
    parts = [b for b in message.get("blocks") or () if b.get("type") == "rich_text"]
    lines = [line for part in parts[:1] for line in part.get("elements") or ()]
    found = (e["url"] for line in lines for e in line.get("elements") or () if e.get("url"))
    return str(next(found, ""))


def view_of(body: Body, surface: str = "slack") -> Ask:
    """A form that was sent, or is being filled in."""
    view = body.get("view") or {}
    place = modal.place_of(view)
    return Ask(
        SUBMIT, _key(body), account_of(body, surface), str(view.get("callback_id") or ""),
        trigger=str(body.get("trigger_id") or ""), channel=place.get("channel", ""),
        thread=place.get("thread", ""), view=view, response_url=place.get("reply", ""),
        within=HOME if place.get(HOME) else "", below=place.get("below", ""),
    )  # fmt: skip


def command_of(body: Body, surface: str = "slack") -> Ask:
    """A slash command."""
    account = Account(
        surface, str(body.get("team_id") or ""), str(body["user_id"]),
        str(body.get("user_name") or body["user_id"]),
    )  # fmt: skip
    return Ask(
        COMMAND, _key(body), account, trigger=str(body.get("trigger_id") or ""),
        response_url=str(body.get("response_url") or ""), channel=str(body.get("channel_id") or ""),
    )  # fmt: skip


def account_of(body: Body, surface: str = "slack") -> Account:
    """Who pressed."""
    user = body.get("user") or {}
    team = user.get("team_id") or (body.get("team") or {}).get("id")
    name = user.get("name") or user.get("username") or user.get("id")
    return Account(surface, str(team or ""), str(user.get("id") or ""), str(name or ""))


def _key(body: Body) -> str:
    """Slack's id of what was done: every press, form and command has a trigger of its own."""
    return str(body.get("trigger_id") or "")
