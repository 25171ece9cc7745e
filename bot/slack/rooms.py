"""Channels for people who work on one incident: made, filled, pinned, and archived at the end.

Every step may come twice: what stands already is left as it is.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

from bot.abilities import RoomMade
from bot.cards.model import Sent
from bot.cards.words import clean, cut
from bot.latest import Latest
from bot.slack.api import Api, MissingScope, Refused
from bot.slack.escape import address
from bot.slack.places import Application
from bot.slack.spans import JSON
from integrations.base import Misconfigured, Transient

log = logging.getLogger("pixelview.slack")

CREATE, INVITE, TOPIC = "conversations.create", "conversations.invite", "conversations.setTopic"
ARCHIVE, MINE = "conversations.archive", "users.conversations"
BOOKMARKS, BOOKMARK, PIN = "bookmarks.list", "bookmarks.add", "pins.add"
LINK, BELOW = "chat.getPermalink", "/"

NAME, TOPIC_LENGTH, TITLE, TRIES, AT_ONCE, PAGES = 80, 250, 100, 30, 30, 5
_NOT_IN_NAME = re.compile(r"[^a-z0-9_-]+")
_WHY = {
    "restricted_action": "a workspace setting keeps the bot from making channels: let it",
    "too_many_convos_for_team": "the workspace has as many channels as it may",
    "too_many_convos_for_app_on_team": "the app has as many channels as it may",
}
# Of an invitation these mean that nobody can be taken in, whoever it is.
_CHANNEL = {
    "channel_not_found", "not_in_channel", "is_archived", "method_not_supported_for_channel_type",
    "external_channel_migrating", "missing_scope", "invalid_arguments",
}  # fmt: skip
_THERE = {"already_in_channel", "cant_invite_self"}
_CLOSED = {"already_archived", "is_archived", "channel_not_found"}


class Rooms:
    """Makes and keeps channels; ``me`` says who the bot is."""

    def __init__(self, api: Api, me: Callable[[], Application | None]) -> None:
        self._api, self._me = api, me
        self._begun: Latest[str, RoomMade] = Latest(200)
        self._unsure: Latest[str, bool] = Latest(200)
        self._tried: Latest[str, int] = Latest(200)
        self._inside: Latest[str, set[str]] = Latest(500)

    async def make(self, name: str, *, private: bool, topic: str, again: bool = False) -> RoomMade:
        """A new channel of that name, or of the next that is free; ``again`` looks whether it was
        made by a try whose answer nobody knows."""
        wanted = room_name(name)
        said = cut(clean(topic), TOPIC_LENGTH)
        room = self._begun.get(wanted)
        if room is None:
            room = self._begun[wanted] = await self._create(wanted, private, said, again)
        if said:
            await self._about(room.channel, said)
        self._begun.pop(wanted, None)
        return room

    async def _create(self, wanted: str, private: bool, topic: str, again: bool) -> RoomMade:
        for number, name in list(names(wanted))[self._tried.get(wanted, 0) :]:
            try:
                said = await self._api.call(CREATE, name=name, is_private="1" if private else "0")
            except Transient as error:
                if error.uncertain:
                    self._unsure[name] = True
                raise
            except Refused as error:
                if error.code != "name_taken":
                    raise _not_made(error, name) from error
                sought = again or name in self._unsure
                mine = await self._adopted(name, private, topic) if sought else None
                if mine is not None:
                    return mine
                self._tried[wanted] = number
                continue
            self._tried.pop(wanted, None)
            return self._room(said.get("channel") or {}, name)
        self._tried.pop(wanted, None)
        raise Refused(f"Slack has {TRIES} channels called {wanted} already", "name_taken")

    def _room(self, channel: JSON, name: str) -> RoomMade:
        where = str(channel["id"])
        return RoomMade(where, str(channel.get("name") or name), address_of(where, self._me()))

    async def _adopted(self, name: str, private: bool, topic: str) -> RoomMade | None:
        """The channel of that name where it is ours, made by a try whose answer got lost."""
        kind = "private_channel" if private else "public_channel"
        try:
            found = await self._mine(kind, name)
        except (Refused, MissingScope):  # without channels:read nobody can tell
            return None
        if found is None or found.get("is_archived") or found.get("creator") != self._user:
            return None
        if str((found.get("topic") or {}).get("value") or "") not in {"", topic}:
            return None
        self._unsure.pop(name, None)
        return self._room(found, name)

    @property
    def _user(self) -> str:
        me = self._me()
        return me.user if me else ""

    async def _mine(self, kind: str, name: str) -> JSON | None:
        cursor = ""
        for _ in range(PAGES):
            asked: JSON = {"types": kind, "exclude_archived": "1", "limit": "200"}
            said = await self._api.call(MINE, **asked | ({"cursor": cursor} if cursor else {}))
            rows: list[JSON] = said.get("channels") or []
            if (found := next((c for c in rows if c.get("name") == name), None)) is not None:
                return found
            cursor = str((said.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                break
        return None

    async def _about(self, channel: str, topic: str) -> None:
        """A room without its topic is a room all the same."""
        try:
            await self._api.call(TOPIC, channel=channel, topic=topic)
        except (Refused, Misconfigured) as error:
            log.warning("the topic of %s was not set: %s", channel, error)

    async def below(self, sent: Sent, name: str) -> RoomMade:
        """The thread of a card as a room: whoever is in the channel is in it."""
        thread = sent.thread or sent.message
        try:
            said = await self._api.call(LINK, channel=sent.channel, message_ts=thread)
            url = str(said.get("permalink") or "")
        except Refused:
            url = ""
        url = url or address_of(sent.channel, self._me())
        return RoomMade(f"{sent.channel}{BELOW}{thread}", name, url, below=True)

    async def invite(self, channel: str, accounts: Sequence[str]) -> list[str]:
        """Take people in; those who can't be are returned. Nobody is taken into a thread."""
        if BELOW in channel:
            return []
        inside = self._inside.setdefault(channel, set())
        wanted = [a for a in dict.fromkeys(accounts) if a not in inside | {self._user}]
        left_out: list[str] = []
        for first in range(0, len(wanted), AT_ONCE):
            some = wanted[first : first + AT_ONCE]
            left_out += await self._together(channel, some, inside)
        self._inside.pop(channel, None)
        return left_out

    async def _together(self, channel: str, accounts: Sequence[str], inside: set[str]) -> list[str]:
        """All in one call; where Slack refuses it for one of them, each alone."""
        try:
            said = await self._api.call(
                INVITE, channel=channel, users=",".join(accounts), force="1"
            )
        except Refused as error:
            if error.code in _CHANNEL:
                raise
            if len(accounts) == 1:
                return [] if error.code in _THERE else list(accounts)
            return [a for a in accounts if not await self._alone(channel, a, inside)]
        wrong = {str(e.get("user")): str(e.get("error")) for e in said.get("errors") or ()}
        out = [a for a in accounts if wrong.get(a, "already_in_channel") not in _THERE]
        inside.update(set(accounts) - set(out))
        return out

    async def _alone(self, channel: str, account: str, inside: set[str]) -> bool:
        """Whether somebody is in now; kept in mind, for a limit may end this half way."""
        out = await self._together(channel, [account], inside)
        inside.update({account} - set(out))
        return not out

    async def bookmark(self, channel: str, links: Sequence[tuple[str, str]]) -> None:
        """Links at the top of the channel; those that are there are left."""
        said = await self._api.call(BOOKMARKS, channel_id=channel)
        there = {str(b.get("link")) for b in said.get("bookmarks") or ()}
        for title, url in links:
            link = address(url)
            if link is None or link in there:
                continue
            try:
                await self._api.call(
                    BOOKMARK, channel_id=channel, title=cut(clean(title), TITLE) or "Link",
                    type="link", link=link,
                )  # fmt: skip
            except Refused as error:
                log.warning("the bookmark %s was not set in %s: %s", title, channel, error)

    async def pin(self, sent: Sent) -> None:
        """Pin a message to its channel."""
        await self._unless(PIN, {"already_pinned"}, channel=sent.channel, timestamp=sent.message)

    async def close(self, channel: str) -> None:
        """Archive it; one that is gone is closed, a thread stays open."""
        if BELOW in channel:
            return
        await self._unless(ARCHIVE, _CLOSED, channel=channel)

    async def _unless(self, method: str, so_already: set[str], **args: Any) -> None:
        try:
            await self._api.call(method, **args)
        except Refused as error:
            if error.code not in so_already:
                raise


def place_of(channel: str) -> tuple[str, str]:
    """Channel and thread of where a room is; no thread where it is a channel."""
    where, _, thread = channel.partition(BELOW)
    return where, thread


def room_name(name: str) -> str:
    """A name as Slack takes it: lower case, digits, hyphens and underscores, at most 80."""
    return _NOT_IN_NAME.sub("-", name.lower()).strip("-_")[:NAME].strip("-_") or "incident"


def names(wanted: str) -> Iterator[tuple[int, str]]:
    """The name, then the name with 2, 3 …, each within the length."""
    yield 1, wanted
    for number in range(2, TRIES + 1):
        end = f"-{number}"
        yield number, wanted[: NAME - len(end)].rstrip("-_") + end


def address_of(channel: str, me: Application | None) -> str:
    """Opens the channel, in a browser as in the app."""
    team = {"team": me.team} if me and me.team else {}
    return f"https://slack.com/app_redirect?{urlencode({'channel': channel, **team})}"


def _not_made(error: Refused, name: str) -> Exception:
    if error.code in _WHY:
        said = f"Slack says {error.code} of #{name}: {_WHY[error.code]}"
        return Misconfigured(said, "rooms")
    return error
