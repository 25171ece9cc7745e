"""The end of a war room: nobody writes there any more, and everybody who was in it can read it."""

from __future__ import annotations

from bot.discord.ids import once
from bot.discord.overwrites import HISTORY, PERSON, ROLE, SEND, VIEW, WRITING, bits, is_closed
from bot.discord.places import CHANNEL, Places
from bot.discord.render import JSON, NOBODY, SILENT
from bot.discord.rest import UNKNOWN_CHANNEL, Refused, Rest
from integrations.base import Misconfigured

POST = "POST /channels/{channel}/messages"
ALLOW = "PUT /channels/{channel}/permissions/{who}"
CHANGE = "PATCH /channels/{channel}"
PUBLIC, PRIVATE = 11, 12
_CLOSED = "-# This room is closed: nobody writes here any more, what was said can still be read."


class Closing:
    """The part of the rooms that ends one."""

    _rest: Rest
    _places: Places

    async def _say(self, channel: str, body: JSON, nonce: str) -> str:
        """A message; a room that somebody closed is not opened for it."""
        made = await self._rest.call(POST, body | once(nonce), channel=channel)
        return str(made["id"])

    async def close_room(self, channel: str) -> None:
        """A thread is archived and locked; a channel, which Discord can't archive, takes no more
        words. One that is gone is closed."""
        try:
            room = await self._rest.call(CHANNEL, channel=channel)
            if is_closed(room, str(room["guild_id"])):
                return
            if room.get("type") in (PUBLIC, PRIVATE):
                await self._say_closed(channel)
                await self._archive(channel)
            else:
                await self._still(room)
                await self._say_closed(channel)
        except Refused as error:
            if error.code != UNKNOWN_CHANNEL:
                raise
        except Misconfigured as error:
            raise Misconfigured(
                f"{error}. To close a war room: Manage Roles for channels, Manage Threads for "
                "threads", error.setting,
            ) from error  # fmt: skip

    async def _say_closed(self, channel: str) -> None:
        body: JSON = {"content": _CLOSED, "flags": SILENT, "allowed_mentions": NOBODY}
        await self._say(channel, body, f"closed{channel}")

    async def _archive(self, thread: str) -> None:
        """Locked as well, where the bot may."""
        try:
            await self._rest.call(CHANGE, {"archived": True, "locked": True}, channel=thread)
        except Misconfigured:
            await self._rest.call(CHANGE, {"archived": True}, channel=thread)

    async def _still(self, room: JSON) -> None:
        """Nobody but the bot may write any more, whatever a person was allowed before."""
        channel, everybody = str(room["id"]), str(room["guild_id"])
        there = {str(o["id"]): o for o in room.get("permission_overwrites") or ()}
        there.setdefault(everybody, {"id": everybody, "type": ROLE, "allow": 0, "deny": 0})
        mine = await self._places.my_id()
        if not bits(there.get(mine, {}), "allow") & SEND:
            own = {"type": PERSON, "allow": VIEW | SEND | HISTORY, "deny": 0}
            await self._rest.call(ALLOW, own, channel=channel, who=mine)
        for who, over in there.items():
            allow, deny = bits(over, "allow"), bits(over, "deny")
            if who == mine or (who != everybody and not allow & WRITING):
                continue
            body = {
                "type": int(over.get("type") or ROLE), "allow": allow & ~WRITING,
                "deny": deny | WRITING,
            }  # fmt: skip
            await self._rest.call(ALLOW, body, channel=channel, who=who)
