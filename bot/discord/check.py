"""Whether Discord allows what is wanted of it: token, intents, servers, permissions, channels, and
roles that the bot can give."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from bot.abilities import GOOD, NOTE, WRONG, Finding
from bot.discord.guilds import FOR_ROOMS, MANAGE_ROLES, NEEDED, Guild, Guilds, invite
from bot.discord.limits import Buckets
from bot.discord.places import CHANNEL, Application, Places
from bot.discord.rest import Rest
from bot.discord.roles import ROLES
from bot.settings import DiscordSettings
from integrations.base import IntegrationError
from store.clock import SystemClock

ME, MEMBER = "GET /users/@me", "GET /guilds/{guild}/members/{user}"
_NAMES = {
    1 << 4: "Manage Channels", 1 << 10: "View Channel", 1 << 11: "Send Messages",
    1 << 14: "Embed Links", 1 << 16: "Read Message History", 1 << 28: "Manage Roles",
    1 << 34: "Manage Threads", 1 << 35: "Create Public Threads", 1 << 36: "Create Private Threads",
    1 << 38: "Send Messages in Threads", 1 << 51: "Pin Messages",
}  # fmt: skip
_PORTAL = "turn it on in Discord's Developer Portal, under Bot"


async def check(
    settings: DiscordSettings, channels: Sequence[str], groups: Sequence[str] = ()
) -> list[Finding]:
    """Everything that can be known from outside; raises nothing. ``channels`` are those that cards
    go to, ``groups`` the roles that follow who is on call."""

    def now_s() -> float:
        return SystemClock().now() / 1000

    rest = Rest(settings.api_base, settings.bot_token, Buckets(now_s))
    guilds = Guilds(rest, settings)
    places = Places(rest, now_s, guilds)
    try:
        return [f async for f in _looked(settings, rest, places, channels, groups)]
    finally:
        await rest.close()


async def _looked(
    settings: DiscordSettings, rest: Rest, places: Places, channels: Sequence[str],
    groups: Sequence[str],
) -> AsyncIterator[Finding]:  # fmt: skip
    try:
        me = await places.application()
        there = await places.guilds.all()
    except IntegrationError as error:
        yield Finding(WRONG, "bot token", str(error), "set discord.bot_token")
        return
    yield Finding(GOOD, "bot token", me.name)
    for finding in _intents(settings, me):
        yield finding
    if lacking := places.guilds.lacking:
        yield Finding(WRONG, "servers", lacking)
    for guild in there.values():
        for finding in _permissions(settings, guild, me):
            yield finding
    for channel in channels:
        yield await _channel(rest, places, channel)
    for group in groups:
        yield await _role(rest, places, group)


def _intents(settings: DiscordSettings, me: Application) -> Iterator[Finding]:
    """Privileged intents: those that are wanted, and those that are on for nothing."""
    for name, wanted, on, use in (
        ("message content", settings.message_content, me.reads, "words in threads are notes"),
        ("presence", settings.presence, me.watches, "who is away is seen"),
    ):
        what = f"{name} intent"
        if wanted and not on:
            yield Finding(WRONG, what, f"it is off, so that it can't be that {use}", _PORTAL)
        elif wanted:
            yield Finding(GOOD, what, use)
        elif on:
            yield Finding(NOTE, what, "it is on and not needed", "turn it off")
        else:
            yield Finding(NOTE, what, f"off. With it {use}")


def _permissions(settings: DiscordSettings, guild: Guild, me: Application) -> Iterator[Finding]:
    what = f"server {guild.name}"
    if guild.permissions is None:
        yield Finding(NOTE, what, "Discord does not tell what the bot may do there")
        return
    again = f"give its role these, or invite it again: {invite(me.id, NEEDED | FOR_ROOMS)}"
    if missing := _missing(guild, NEEDED):
        yield Finding(WRONG, what, f"the bot lacks {missing}", again)
    else:
        yield Finding(GOOD, what, "the bot may post cards and make threads")
    if settings.rooms == "channels" and (missing := _missing(guild, FOR_ROOMS)):
        yield Finding(NOTE, what, f"war rooms can't be made: the bot lacks {missing}", again)


def _missing(guild: Guild, bits: int) -> str:
    lacks = [name for bit, name in _NAMES.items() if bits & bit and not guild.may(bit)]
    return ", ".join(lacks)


async def _channel(rest: Rest, places: Places, channel: str) -> Finding:
    try:
        found = await places.channel(channel)
        await rest.call(CHANNEL, channel=found)
    except IntegrationError as error:
        return Finding(WRONG, channel, str(error))
    return Finding(GOOD, channel, "the bot sees it")


async def _role(rest: Rest, places: Places, group: str) -> Finding:
    """Whether there is a role of that name, and the bot's own is above it."""
    word, _, name = group.rpartition("/")
    low = name.removeprefix("@").casefold()
    try:
        guild = await places.guilds.named(word)
        roles: list[dict[str, Any]] = await rest.call(ROLES, guild=guild.id)
        mine = str((await rest.call(ME))["id"])
        member = await rest.call(MEMBER, guild=guild.id, user=mine)
    except IntegrationError as error:
        return Finding(WRONG, group, str(error))
    places_of = {str(r["id"]): int(r.get("position") or 0) for r in roles}
    named = (r for r in roles if low in (str(r["name"]).removeprefix("@").casefold(), r["id"]))
    role = next(named, None)
    if role is None:
        return Finding(WRONG, group, f"there is no such role in {guild.name}", "make it")
    if not guild.may(MANAGE_ROLES):
        return Finding(WRONG, group, "the bot may not give roles", "give it Manage Roles")
    held = [places_of[str(r)] for r in member.get("roles") or () if str(r) in places_of]
    if not held:
        return Finding(NOTE, group, "whether the bot's role stands above it can't be seen")
    if max(held) <= int(role.get("position") or 0):
        fix = "put the bot's own role above that one"
        return Finding(WRONG, group, "the role stands above the bot's", fix)
    return Finding(GOOD, group, "the bot can give it")
