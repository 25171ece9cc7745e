"""Registers the slash commands, and only when Discord holds other ones."""

from __future__ import annotations

import logging

from bot.discord import slash
from bot.discord.places import invite
from bot.discord.rest import Rest
from bot.discord.slash import JSON
from commands import registry
from integrations.base import IntegrationError, Misconfigured

log = logging.getLogger("pixelview.discord")

_GLOBAL = "/applications/{application}/commands"
_GUILD = "/applications/{application}/guilds/{guild}/commands"


async def register(rest: Rest, application: str, guild: str) -> str:
    """The catalog as commands of the guild, or of every place (direct messages too) where none is
    set. What went wrong in words, or "": without commands the buttons still work."""
    path = _GUILD if guild else _GLOBAL
    ids = {"application": application} | ({"guild": guild} if guild else {})
    wanted = slash.commands(registry.CATALOG.values())
    try:
        await _overwrite(rest, path, wanted, ids)
        if guild:
            # What was registered everywhere before the guild was set would be offered twice.
            await _overwrite(rest, _GLOBAL, [], {"application": application})
    except Misconfigured as error:
        log.warning("slash commands are not registered: %s", error)
        return f"Discord lets the bot make none there; invite it again, {invite(application)}"
    except IntegrationError as error:
        log.warning("slash commands are not registered: %s", error)
        return str(error)
    return ""


async def _overwrite(rest: Rest, path: str, wanted: list[JSON], ids: dict[str, str]) -> None:
    there = await rest.call(f"GET {path}", **ids)
    if not slash.same(there, wanted):
        await rest.call(f"PUT {path}", wanted, **ids)
