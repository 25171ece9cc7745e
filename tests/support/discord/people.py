"""What people do in Discord: press, choose, type a command, fill a form, write. Each returns what
that person then sees, and refuses what a person could not do."""

from __future__ import annotations

from typing import Any

from tests.support.discord import access, interactions, messages, rest_channels, rest_messages, wire
from tests.support.discord.check_components import BUTTON, SELECT, SELECTS, walk
from tests.support.discord.command_line import autocomplete_data, command_data, menu_data
from tests.support.discord.delivery import Delivery
from tests.support.discord.interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    MODAL_SUBMIT,
    Interaction,
    Seen,
)
from tests.support.discord.modal_form import fields, filled
from tests.support.discord.model import JSON, Attachment, Channel, Message, User
from tests.support.discord.state import State


class CannotDo(AssertionError):
    """A person could not do this: there is no such button, it is disabled, a field is empty."""


class People:
    """The actions; FakeDiscord inherits them."""

    state: State
    delivery: Delivery
    patience: float

    async def press(self, user: User, message: Message, label: str) -> Seen:
        """Presses the button with this label or custom_id."""
        component = self._find(user, message, label, (BUTTON,))
        if component["style"] == 5:
            return Seen("link", user, self.state, url=component["url"])
        data = {"custom_id": component["custom_id"], "component_type": BUTTON}
        return await self._component(user, message, data | {"id": component["id"]})

    async def choose(
        self, user: User, message: Message, *choices: str | User | Channel, select: str = ""
    ) -> Seen:
        """Chooses options (by label or value) or people in a select menu.

        `select` is the menu's custom_id or placeholder, where there are several.
        """
        component, values = self._chosen(user, message, choices, select)
        data: JSON = {"custom_id": component["custom_id"], "component_type": component["type"]}
        data |= {"values": values, "id": component["id"]}
        if component["type"] != SELECT:
            data["resolved"] = resolved(self.state, choices)
        return await self._component(user, message, data)

    async def command(
        self, user: User, channel: Channel, line: str, options: dict[str, Any] | None = None
    ) -> Seen:
        """Runs a slash command, e.g. `pv ack` with {"incident": "1842"}."""
        data = command_data(self.state, channel, line, options or {})
        one = interactions.start(self.state, COMMAND, user, channel, data)
        return await self._send(one)

    async def menu(self, user: User, message: Message, name: str) -> Seen:
        """Chooses an entry of a message's own menu (Apps), e.g. "Add to the timeline"."""
        data = menu_data(self.state, message.channel, name, message)
        one = interactions.start(self.state, COMMAND, user, message.channel, data)
        return await self._send(one)

    async def autocomplete(
        self, user: User, channel: Channel, line: str, option: str, typed: str, **others: Any
    ) -> list[JSON]:
        """What the menu offers while `typed` stands in `option`; `others` are filled in already."""
        data = autocomplete_data(self.state, channel, line, option, typed, others)
        one = interactions.start(self.state, AUTOCOMPLETE, user, channel, data)
        return (await self._send(one)).choices

    async def submit(self, user: User, modal: Seen, values: dict[str, Any]) -> Seen:
        """Fills a modal (fields by label or custom_id) and sends it."""
        source = modal.interaction
        if modal.modal is None or source is None or modal.user is not user:
            raise CannotDo(f"{user.name} sees no form")
        unknown = set(values) - {name for f in fields(modal.modal) for name in f.names}
        if unknown:
            known = [f.label for f in fields(modal.modal)]
            raise CannotDo(f"no field {sorted(unknown)} in {known}")
        rows, problem = filled(modal.modal, values)
        if problem:
            raise CannotDo(problem)
        data: JSON = {"custom_id": modal.modal["custom_id"], "components": rows}
        data["resolved"] = resolved(self.state, values.values())
        one = interactions.start(
            self.state, MODAL_SUBMIT, user, source.channel, data,
            message=source.message, came_from=source,
        )  # fmt: skip
        return await self._send(one)

    async def say(
        self, user: User, channel: Channel, text: str, *, to: Message | None = None,
        files: tuple[str, ...] = (),
    ) -> Message:  # fmt: skip
        """Writes into a channel or thread, in reply ``to`` a message, with files; CannotDo where
        this person may not."""
        if not access.writes(self.state, channel, user):
            raise CannotDo(f"{user.name} can't write in {channel.name}")
        body: JSON = {"content": text}
        if to is not None:
            body["message_reference"] = {"message_id": str(to.id)}
        given = [Attachment(self.state.new_id(), n, b"", "image/png") for n in files]
        return messages.create(self.state, channel, user, body, given)

    async def dm(self, user: User, text: str) -> Message:
        """Writes to the bot alone."""
        return await self.say(user, self.state.dm_with(user), text)

    async def react(self, user: User, message: Message, emoji: str) -> None:
        """Adds a reaction."""
        rest_messages.add_reaction(self.state, message, emoji, user.id)

    async def edit(self, user: User, message: Message, text: str) -> None:
        """Changes one's own message."""
        if message.author is not user:
            raise CannotDo("only one's own messages can be edited")
        message.content, message.edited_at = text, self.state.clock()
        messages.announce(self.state, "MESSAGE_UPDATE", message)

    async def delete(self, user: User, message: Message) -> None:
        """Removes a message, one's own or (as a moderator) the bot's."""
        messages.delete(self.state, message)

    async def delete_many(self, channel: Channel, gone: list[Message]) -> None:
        """Removes many at once, as a moderator's bot does: one event for all of them."""
        ids = [str(message.id) for message in gone]
        for message in gone:
            messages.remove(self.state, message)
        body: JSON = {"ids": ids, "channel_id": str(channel.id)}
        body["guild_id"] = str(channel.guild_id)
        self.state.emit("MESSAGE_DELETE_BULK", body, channel)

    async def remove_channel(self, channel: Channel) -> None:
        """Somebody deletes a channel or a thread, with everything in it."""
        rest_channels.take_away(self.state, channel)

    async def presence(self, user: User, status: str) -> None:
        """Goes online, idle, dnd or offline."""
        user.status = status
        body: JSON = {"user": {"id": str(user.id)}, "guild_id": str(self.state.guild_id)}
        body |= {"status": status, "activities": [], "client_status": {"desktop": status}}
        self.state.emit("PRESENCE_UPDATE", body)

    async def _component(self, user: User, message: Message, data: JSON) -> Seen:
        one = interactions.start(
            self.state, COMPONENT, user, message.channel, data, message=message
        )
        return await self._send(one)

    async def _send(self, one: Interaction) -> Seen:
        if not await self.delivery.deliver(one):
            return Seen("failed", one.user, self.state, one)
        return await interactions.outcome(self.state, one, self.patience)

    def _find(self, user: User, message: Message, label: str, kinds: tuple[int, ...]) -> JSON:
        """The component with this label, placeholder or custom_id; CannotDo when out of reach."""
        if message.is_deleted or message.ephemeral_to not in (None, user):
            raise CannotDo(f"{user.name} does not see this message")
        there = [c for c in walk(message.components) if c.get("type") in kinds]
        names = [_names(c) for c in there]
        found = [c for c, known in zip(there, names, strict=True) if not label or label in known]
        if len(found) != 1:
            shown = [known[0] for known in names]
            raise CannotDo(f"{len(found)} components called {label!r}; there are {shown}")
        if found[0].get("disabled"):
            raise CannotDo(f"{label!r} is disabled")
        return found[0]

    def _chosen(
        self, user: User, message: Message, choices: tuple[Any, ...], select: str
    ) -> tuple[JSON, list[str]]:
        if not select and all(isinstance(c, str) for c in choices):
            for component in walk(message.components):
                if component.get("type") == SELECT and _values(component, choices):
                    select = component["custom_id"]
        component = self._find(user, message, select, SELECTS)
        if component["type"] != SELECT:
            return component, [str(c.id) for c in choices]
        values = _values(component, choices)
        if not values:
            shown = [o["label"] for o in component["options"]]
            raise CannotDo(f"no options {choices}; there are {shown}")
        low, high = component.get("min_values"), component.get("max_values")
        if not (1 if low is None else low) <= len(values) <= (high or 1):
            raise CannotDo(f"{len(values)} options chosen, {low} to {high} can be")
        return component, values


def resolved(state: State, things: Any) -> JSON:
    """The `resolved` part for people and channels among the values."""
    body: JSON = {}
    for thing in things:
        for one in thing if isinstance(thing, list | tuple) else (thing,):
            if isinstance(one, User):
                body.setdefault("users", {})[str(one.id)] = wire.user_json(one)
                member = wire.member_json(one, permissions=True)
                del member["user"]
                body.setdefault("members", {})[str(one.id)] = member
            elif isinstance(one, Channel):
                about = wire.channel_json(state, one) | {"permissions": wire.ALL_PERMISSIONS}
                body.setdefault("channels", {})[str(one.id)] = about
    return body


def _names(component: JSON) -> list[str]:
    emoji = (component.get("emoji") or {}).get("name")
    said = (component.get("label"), component.get("placeholder"), component.get("custom_id"))
    return [s for s in (*said, emoji) if s]


def _values(component: JSON, choices: tuple[Any, ...]) -> list[str]:
    options = component["options"]
    values = [o["value"] for c in choices for o in options if c in (o["label"], o["value"])]
    return values if len(values) == len(choices) else []
