"""War rooms on Discord: text channels for the people who work on one incident, or threads where
channels are not wanted or may not be made."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from bot.abilities import RoomMade
from bot.cards import words
from bot.cards.model import Note, Sent
from bot.discord import render, threads
from bot.discord.closing import ALLOW, PRIVATE, PUBLIC, Closing
from bot.discord.escape import link
from bot.discord.guilds import MANAGE_CHANNELS, MANAGE_ROLES, Guild, Guilds
from bot.discord.overwrites import (
    HISTORY,
    OURS,
    PERSON,
    PRIVATE_THREADS,
    ROLE,
    VIEW,
    is_closed,
    is_hidden,
    lets_in,
)  # fmt: skip
from bot.discord.places import CHANNEL, CHANNELS, Places
from bot.discord.render import JSON, NO_EMBEDS, NOBODY, SILENT
from bot.discord.rest import Refused, Rest
from bot.discord.spans import Pen
from bot.latest import Latest
from bot.settings import DiscordSettings
from integrations.base import Misconfigured, Permanent

log = logging.getLogger("pixelview.discord")

MAKE = "POST /guilds/{guild}/channels"
MEMBER = "GET /guilds/{guild}/members/{user}"
PIN = "PUT /channels/{channel}/messages/pins/{message}"
PINS = "GET /channels/{channel}/messages/pins"
OLDER_PIN, OLDER_PINS = "PUT /channels/{channel}/pins/{message}", "GET /channels/{channel}/pins"
ACTIVE = "GET /guilds/{guild}/threads/active"
BEGIN = "POST /channels/{channel}/threads"
JOIN = "PUT /channels/{channel}/thread-members/{user}"

TEXT, CATEGORY = 0, 4
NAME, TOPIC, QUIET_FOR = 80, 1024, 10080
UNKNOWN_MEMBERS = {10007, 10013, 50001, 50025}
MOST_PINS = 30003
AT_ONCE, KNOWN_FOR = 50, 300.0
_ALIKE = 60


class Rooms(Closing):
    """Implements ``bot.abilities.KeepsRooms`` for the surface; rooms stand in the home server."""

    def __init__(
        self, rest: Rest, places: Places, guilds: Guilds, settings: DiscordSettings,
        pen: Callable[[], Pen],
    ) -> None:  # fmt: skip
        self._rest, self._places, self._guilds, self._pen = rest, places, guilds, pen
        self._settings = settings
        self._greeted: Latest[tuple[str, str], bool] = Latest(5_000)
        self._let: Latest[tuple[str, str], tuple[float, bool]] = Latest(5_000)

    # making

    async def make_room(
        self, name: str, *, private: bool, topic: str, again: bool = False
    ) -> RoomMade:
        """A channel, or a thread where the setting or the bot's permissions say so; ``again``: one
        of the same name and topic that is open is the one of an earlier try."""
        await self._guilds.all(anew=True)  # permissions come and go without a word
        guild = await self._guilds.home()
        able = guild.may(MANAGE_CHANNELS | MANAGE_ROLES)
        if self._settings.rooms == "channels" and able:
            try:
                return await self._channel(guild, name, private, topic, again)
            except Misconfigured as error:
                if error.setting != "discord":
                    raise
        parent = await self._parent(guild)
        guild = await self._guilds.named(await self._places.guild_of(parent))
        return await self._thread(guild, parent, name, PRIVATE if private else PUBLIC, again)

    async def make_thread(self, sent: Sent, name: str, *, again: bool = False) -> RoomMade:
        """A private thread in the channel of a card, or the thread below it where the bot may
        begin no private ones."""
        await self._guilds.all(anew=True)
        guild = await self._guilds.named(await self._places.guild_of(sent.channel))
        parent = sent.channel
        if guild.may(PRIVATE_THREADS):
            try:
                return await self._thread(guild, parent, name, PRIVATE, again)
            except Misconfigured as error:
                if error.setting != "discord":
                    raise
        below = sent.thread or await threads.begin(self._rest, sent, name)
        return replace(_made(guild, {"id": below, "name": name}), below=True)

    async def _channel(
        self, guild: Guild, name: str, private: bool, topic: str, again: bool
    ) -> RoomMade:
        there = await self._rest.call(CHANNELS, guild=guild.id)
        topic = words.cut(topic, TOPIC)
        rooms = [c for c in there if c.get("type") == TEXT]
        for room in rooms if again and topic else ():
            same = str(room["name"]).startswith(name[:_ALIKE]) and room.get("topic") == topic
            if same and not is_closed(room, guild.id):
                return _made(guild, room)
        free = _free(name, {str(c["name"]) for c in rooms})
        body: JSON = {"name": free, "type": TEXT, "topic": topic}
        if category := self._category(there):
            body["parent_id"] = category
        if private:
            body["permission_overwrites"] = await self._hidden(guild)
        made = await self._rest.call(MAKE, body, guild=guild.id)
        self._places.forget(guild.id)
        return _made(guild, made)

    def _category(self, there: Iterable[JSON]) -> str:
        """The id of the category that is set; Misconfigured where there is none of that name."""
        wanted = (self._settings.rooms_category or "").strip().casefold()
        if not wanted:
            return ""
        found = [c for c in there if c.get("type") == CATEGORY]
        for one in found:
            if wanted in (str(one["id"]), str(one["name"]).casefold()):
                return str(one["id"])
        raise Misconfigured(
            f"There is no category {self._settings.rooms_category} on Discord that PixelView can "
            "see", "discord.rooms_category",
        )  # fmt: skip

    async def _hidden(self, guild: Guild) -> list[JSON]:
        """Nobody sees it but the bot and whoever is taken in."""
        everybody = {"id": guild.id, "type": ROLE, "allow": 0, "deny": VIEW}
        me = {"id": await self._places.my_id(), "type": PERSON, "allow": guild.own(OURS), "deny": 0}
        return [everybody, me]

    async def _thread(
        self, guild: Guild, parent: str, name: str, kind: int, again: bool
    ) -> RoomMade:
        mine = [t for t in await self._active(guild) if str(t.get("parent_id")) == parent]
        for one in mine if again else ():
            if one["name"] == name and one.get("type") == kind and not is_closed(one, guild.id):
                return _made(guild, one)
        free = _free(name, {str(t["name"]) for t in mine})
        body: JSON = {"name": free, "type": kind, "auto_archive_duration": QUIET_FOR}
        if kind == PRIVATE:
            body["invitable"] = False
        try:
            made = await self._rest.call(BEGIN, body, channel=parent)
        except Misconfigured as error:
            raise Misconfigured(
                f"{error}. For war rooms: Manage Channels and Manage Roles, or Create Private "
                "Threads and Manage Threads where they are threads", "discord",
            ) from error  # fmt: skip
        return _made(guild, made)

    async def _active(self, guild: Guild) -> list[JSON]:
        """Threads may have equal names, so that one not seen here does no harm."""
        try:
            found = await self._rest.call(ACTIVE, guild=guild.id)
        except Permanent as error:
            log.info("the threads of %s are not told: %s", guild.name, error)
            return []
        return list(found.get("threads") or ())

    async def _parent(self, guild: Guild) -> str:
        """The channel whose threads are rooms: the one that is set, #ops, or the first."""
        if self._settings.rooms_in:
            return await self._places.channel(self._settings.rooms_in)
        there = await self._rest.call(CHANNELS, guild=guild.id)
        found = sorted(
            (c for c in there if c.get("type") == TEXT),
            key=lambda c: (c["name"] != "ops", c.get("position") or 0, int(c["id"])),
        )
        if not found:
            raise Misconfigured("There is no channel for war rooms on Discord", "discord.rooms_in")
        return str(found[0]["id"])

    # people

    async def invite(self, channel: str, accounts: Sequence[str], *, by: str = "") -> Sequence[str]:
        """Let people in and tell them once, but for who asked; who is not in the server is
        returned."""
        room = await self._rest.call(CHANNEL, channel=channel)
        guild = str(room["guild_id"])
        asked = dict.fromkeys(accounts)
        absent = [a for a in asked if not await self._lets(room, guild, a)]
        out = {*absent, by}
        fresh = [a for a in asked if a not in out and not self._greeted.get((channel, a))]
        for start in range(0, len(fresh), AT_ONCE):
            await self._greet(channel, fresh[start : start + AT_ONCE])
        return absent

    async def _greet(self, channel: str, accounts: Sequence[str]) -> None:
        said = " ".join(f"<@{a}>" for a in accounts)
        body: JSON = {"content": f"{said} this is your room.", "flags": NO_EMBEDS}
        nonce = hashlib.sha256(f"{channel}{accounts}".encode()).hexdigest()
        await self._say(channel, body | {"allowed_mentions": render.allowed(accounts)}, nonce)
        for account in accounts:
            self._greeted[channel, account] = True

    async def _lets(self, room: JSON, guild: str, account: str) -> bool:
        """Once in a while: a long list goes on where Discord's limit ended it."""
        key, now = (str(room["id"]), account), self._places.now_s()
        known = self._let.get(key)
        if known is not None and now - known[0] < KNOWN_FOR:
            return known[1]
        there = await self._let_in(room, guild, account)
        self._let[key] = (now, there)
        return there

    async def _let_in(self, room: JSON, guild: str, account: str) -> bool:
        """Whether the person can be (and now is) in the room."""
        channel = str(room["id"])
        try:
            await self._rest.call(MEMBER, guild=guild, user=account)
            if room.get("type") in (PUBLIC, PRIVATE):
                return await self._joins(channel, account)
            if is_hidden(room, guild) and not lets_in(room, account):
                body = {"type": PERSON, "allow": VIEW | HISTORY, "deny": 0}
                await self._rest.call(ALLOW, body, channel=channel, who=account)
        except Refused as error:
            if error.code not in UNKNOWN_MEMBERS:
                raise
            return False
        return True

    async def _joins(self, thread: str, account: str) -> bool:
        """Who does not see a thread's channel can't be in the thread."""
        try:
            await self._rest.call(JOIN, channel=thread, user=account)
        except Misconfigured as error:
            log.info("%s can't be in the thread %s: %s", account, thread, error)
            return False
        return True

    # words

    async def bookmark(self, channel: str, links: Sequence[tuple[str, str]]) -> None:
        """Discord has no bookmarks: one pinned message with the links."""
        said = " · ".join(link(title, url) for title, url in links)
        if not said:
            return
        pinned = _pinned(await self._either(PINS, OLDER_PINS, channel=channel))
        if any(m.get("content") == said for m in pinned):
            return
        body: JSON = {"content": said, "flags": NO_EMBEDS | SILENT, "allowed_mentions": NOBODY}
        nonce = hashlib.sha256(f"{channel}{said}".encode()).hexdigest()
        await self.pin(Sent(channel, await self._say(channel, body, nonce)))

    async def pin(self, sent: Sent) -> None:
        """Pin a message; where the channel holds no more pins it stays without."""
        try:
            await self._either(PIN, OLDER_PIN, channel=sent.channel, message=sent.message)
        except Refused as error:
            if error.code != MOST_PINS:
                raise

    async def _either(self, route: str, older: str, **ids: str) -> Any:
        """One call; by the address it had before, where nothing is at the new one."""
        try:
            return await self._rest.call(route, **ids)
        except Refused as error:
            if error.code:
                raise
            return await self._rest.call(older, **ids)

    async def tell(self, channel: str, note: Note, *, nonce: str, maybe_copy: bool) -> Sent:
        """Words in the room itself."""
        body = render.note_body(note, self._pen(), maybe_copy=maybe_copy)
        return Sent(channel, await self._say(channel, body, nonce))


def _made(guild: Guild, room: JSON) -> RoomMade:
    channel = str(room["id"])
    return RoomMade(
        channel, str(room["name"]), f"https://discord.com/channels/{guild.id}/{channel}"
    )


def _free(name: str, taken: set[str]) -> str:
    """The name, or the name and the next free number."""
    if name not in taken:
        return name
    number = 2
    while (longer := f"{name[: NAME - len(str(number)) - 1]}-{number}") in taken:
        number += 1
    return longer


def _pinned(said: Any) -> list[JSON]:
    items = said.get("items") if isinstance(said, dict) else said
    return [i.get("message", i) for i in items or ()]
