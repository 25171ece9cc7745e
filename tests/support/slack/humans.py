"""What people do in Slack: press, choose, type a command, write, open the Home tab."""

from __future__ import annotations

import html
import re
from typing import Any

from .checks import Problems, check_options
from .forms import fill
from .hooks import answer_command
from .menus import Menus
from .methods.chat import put_message, remove
from .methods.conversations import HISTORY
from .modals import Modals
from .model import JSON, Channel, Edit, Message, Seen, User, View
from .payloads import (
    action_body,
    changed_event,
    command_form,
    deleted_event,
    message_event,
    message_json,
    suggestion_body,
    view_json,
)
from .screen import SUBSCRIPTIONS, Until, find
from .text import mentions
from .workspace import Workspace

__all__ = ["Humans"]


class Humans(Modals, Menus):
    """The actions of people. Each returns what that person sees once the app has gone quiet.

    ``until`` waits for a condition instead of for quiet, where the app works on after its ack.
    """

    async def press(
        self,
        user: User | str,
        source: Message | View,
        control: str,
        confirm: bool = True,
        version: int | None = None,
        until: Until = None,
    ) -> Seen:
        """Press a button by action_id or label. ``confirm`` answers the question, if one is asked.

        ``version`` presses on an older state of the message (0: as posted), as a stale screen.
        """
        person = self.workspace.user(user)
        block, element, attachment = find(source, control, version, ("button",))
        action = {
            "action_id": element["action_id"],
            "block_id": block["block_id"],
            "text": element["text"],
        }
        action |= {k: element[k] for k in ("value", "style", "url", "confirm") if k in element}
        return await self.act(person, source, element, action, attachment, confirm, until)

    async def choose(
        self,
        user: User | str,
        source: Message | View,
        wanted: str,
        control: str | None = None,
        confirm: bool = True,
        version: int | None = None,
        until: Until = None,
    ) -> Seen:
        """Choose an entry of an overflow or menu by label or value (``control``: which menu)."""
        person = self.workspace.user(user)
        block, element, attachment = find(
            source, control or wanted, version, ("overflow", "static_select"), wanted
        )
        entry = next(o for o in element["options"] if wanted in (o["text"]["text"], o["value"]))
        action: JSON = {
            "action_id": element["action_id"],
            "block_id": block["block_id"],
            "selected_option": entry,
        }
        if element["type"] != "overflow":
            held = source.typed if isinstance(source, View) else source.state
            held.setdefault(block["block_id"], {})[element["action_id"]] = {
                "type": element["type"],
                "selected_option": entry,
            }
        return await self.act(person, source, element, action, attachment, confirm, until)

    async def pick(
        self, user: User | str, view: View, field: str, value: Any, until: Until = None
    ) -> Seen:
        """Set a field of a form that tells the app at once, by block_id or label."""
        person = self.workspace.user(user)
        inputs = (b for b in view.blocks if b["type"] == "input" and b.get("dispatch_action"))
        block = next(b for b in inputs if field in (b["block_id"], b["label"]["text"]))
        fill(view, {block["block_id"]: value})
        element = block["element"]
        name = element["action_id"]
        held = view.typed[block["block_id"]][name]
        action: JSON = {"action_id": name, "block_id": block["block_id"], **held}
        return await self.act(person, view, element, action, None, True, until)

    async def act(
        self,
        person: User,
        source: Message | View,
        element: JSON,
        action: JSON,
        attachment: int | None,
        confirm: bool,
        until: Until,
    ) -> Seen:
        """Send a block action, unless the person says no to the confirm."""
        asked = element.get("confirm")
        if asked and not confirm:
            return Seen(acked=False, asked=asked)
        ws, start = self.workspace, self.workspace.seq
        self.may_see(person, source)
        action |= {"type": element["type"], "action_ts": f"{ws.clock():.6f}"}
        body = action_body(ws, person, source, action, attachment, self.url)
        ack = await self.delivery.ask("interactive", body, f"press of {element['action_id']}")
        seen = await self.look(person, start, ack.problem is None, until)
        seen.asked, seen.body = asked, ack.body
        seen.error = None if seen.acked else "This app is not responding"
        return seen

    async def suggest(self, user: User | str, view: View, field: str, text: str) -> list[JSON]:
        """Type into a menu that asks the app for its entries; the entries that come."""
        person = self.workspace.user(user)
        self.may_see(person, view)
        for block in view.blocks:
            element = block.get("element") or {}
            names = (block["block_id"], block.get("label", {}).get("text"))
            if field not in names or not str(element.get("type")).endswith("external_select"):
                continue
            if len(text) < element.get("min_query_length", 3):
                return []
            body = suggestion_body(self.workspace, person, view, block, text)
            ack = await self.delivery.ask("interactive", body, f"entries for {field}")
            return entries_of(self.workspace, ack.body)
        raise LookupError(f"no menu {field} to type into: {view.visible_text}")

    async def command(
        self, user: User | str, channel: Channel | str, line: str, until: Until = None
    ) -> Seen:
        """Type a slash command, e.g. ``/pv ack 1842``. Slack has none inside threads."""
        ws, person, place = (
            self.workspace,
            self.workspace.user(user),
            self.workspace.channel(channel),
        )
        name, _, text = line.partition(" ")
        if name not in ws.commands or "commands" not in ws.scopes:
            return Seen(error=f"{name} is not a valid command.")
        if ws.commands[name]:
            text = self.escaped(text, with_names=True)
        start = ws.seq
        form: JSON = dict(command_form(ws, person, place, name, text.strip(), self.url))
        ack = await self.delivery.ask("slash_commands", form, f"command {line}")
        if ack.problem is None and ack.body:
            self.echo(answer_command(ws, place, person.id, ack.body, self.url))
        seen = await self.look(person, start, ack.problem is None, until)
        seen.body = ack.body
        seen.error = None if seen.acked else f'{name} failed with the error "operation_timeout"'
        return seen

    async def say(
        self,
        user: User | str,
        channel: Channel | str,
        text: str,
        thread_ts: str | None = None,
        until: Until = None,
        files: list[str] | None = None,
    ) -> Seen:
        """Write in a channel, a thread or the bot's direct messages; ``@Name`` calls a person,
        ``files`` come with it."""
        ws, person = self.workspace, self.workspace.user(user)
        place = self.workspace.channel(channel)
        start = ws.seq
        wire = self.escaped(text, with_names=True)
        if thread_ts and (parent := place.find(thread_ts)):
            parent.thread_ts = parent.ts
        message = put_message(ws, place, person.id, wire, thread_ts=thread_ts, from_bot=False)
        message.mentions = mentions(wire, [])
        message.files = [self.file(place, name) for name in files or ()]
        acked = await self.announce(message, place)
        seen = await self.look(person, start, acked, until)
        seen.messages = [m for m in seen.messages if m is not message]
        seen.said = message
        return seen

    def file(self, place: Channel, name: str) -> JSON:
        """A file somebody gave, as messages carry it."""
        number = self.workspace.ids.next("F")
        home = f"https://{self.workspace.team_domain}.slack.com/files"
        return {
            "id": number,
            "name": name,
            "title": name,
            "mode": "hosted",
            "url_private": f"{home}-pri/{number}/{name}",
            "permalink": f"{home}/{place.id}/{number}/{name}",
        }

    async def edit(
        self, user: User | str, message: Message, text: str, announced: bool = True
    ) -> None:
        """Change one's own words. ``announced`` False keeps the event back."""
        ws, person = self.workspace, self.workspace.user(user)
        if message.from_bot or message.user != person.id or message.deleted:
            raise AssertionError(f"{person.name} can't edit that message")
        before = message_json(ws, message)
        message.edits.append(Edit(ws.clock(), message.text, message.blocks, message.attachments))
        message.text = self.escaped(text, with_names=True)
        ws.changed()
        if announced:
            await self.tell(message, changed_event(ws, message, before))

    async def delete(self, user: User | str, message: Message, announced: bool = True) -> None:
        """Take one's own words away, or those of another as an admin of the workspace."""
        ws = self.workspace
        event = deleted_event(ws, message)
        remove(ws, ws.channels[message.channel], message)
        if announced:
            await self.tell(message, event)

    async def tell(self, message: Message, event: JSON) -> None:
        """Send an event about a message, where scopes and subscriptions let it through."""
        ws, place = self.workspace, self.workspace.channels[message.channel]
        able = HISTORY[place.kind] in ws.scopes and SUBSCRIPTIONS[place.kind] in ws.subscriptions
        if able and ws.is_member(place):
            await self.delivery.event(event)

    async def announce(self, message: Message, place: Channel) -> bool:
        """Send the events a new message causes, where scopes and subscriptions let them through."""
        ws, acked = self.workspace, True
        if (
            ws.is_member(place)
            and HISTORY[place.kind] in ws.scopes
            and SUBSCRIPTIONS[place.kind] in ws.subscriptions
        ):
            acked = (await self.delivery.event(message_event(ws, message))).problem is None
        called = f"<@{ws.bot.id}>" in message.text and place.kind != "im"
        if called and "app_mentions:read" in ws.scopes and "app_mention" in ws.subscriptions:
            acked &= (
                await self.delivery.event(message_event(ws, message, "app_mention"))
            ).problem is None
        return acked

    async def mention(
        self,
        user: User | str,
        channel: Channel | str,
        text: str,
        thread_ts: str | None = None,
        until: Until = None,
    ) -> Seen:
        """Write to the bot by name in a channel."""
        return await self.say(user, channel, f"@{self.workspace.bot.name} {text}", thread_ts, until)

    async def open_home(self, user: User | str, until: Until = None) -> Seen:
        """Open the app's Home tab."""
        ws, person, start = self.workspace, self.workspace.user(user), self.workspace.seq
        event: JSON = {
            "type": "app_home_opened",
            "user": person.id,
            "channel": ws.dm(person).id,
            "tab": "home",
            "event_ts": f"{ws.clock():.6f}",
        }
        if person.id in ws.homes:
            event["view"] = view_json(ws, ws.homes[person.id])
        acked = True
        if "app_home_opened" in ws.subscriptions:
            acked = (await self.delivery.event(event)).problem is None
        return await self.look(person, start, acked, until)

    def escaped(self, text: str, with_names: bool) -> str:
        """Words as Slack's client sends them: entities, and names as ids."""
        wire = html.escape(text, quote=False)

        def called(match: re.Match[str]) -> str:
            try:
                return f"<@{self.workspace.user(match.group(1)).id}>"
            except LookupError:
                return match.group(0)

        return re.sub(r"(?<![\w<])@([A-Za-z0-9_.]+)", called, wire) if with_names else wire


def entries_of(ws: Workspace, body: Any) -> list[JSON]:
    """The entries an app answered with, if they are such."""
    found = body.get("options") if isinstance(body, dict) else None
    problems = Problems()
    check_options(found, problems)
    if problems.found:
        ws.violate(f"entries refused: {'; '.join(problems.found)}")
        return []
    return list(found or [])
