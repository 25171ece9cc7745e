"""Registers the slash commands, and only when Discord holds other ones."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from bot.discord import menus, slash
from bot.discord.guilds import Guilds, invite
from bot.discord.rest import Rest
from bot.discord.slash import JSON
from commands import registry
from integrations.base import IntegrationError, Misconfigured, Permanent

log = logging.getLogger("pixelview.discord")

_GLOBAL = "/applications/{application}/commands"
_GUILD = "/applications/{application}/guilds/{guild}/commands"


@dataclass(frozen=True, slots=True)
class Registered:
    """What went wrong in words, "" where nothing did: without commands the buttons still work.
    ``must`` says that somebody has to change something first; else it is worth another try."""

    words: str = ""
    must: bool = False


async def register(rest: Rest, application: str, guilds: Guilds) -> Registered:
    """The catalog as commands of the servers that are set, or of every place (direct messages too)
    where none is."""
    wanted = slash.commands(registry.CATALOG.values(), menus.offered())
    ids = {"application": application}
    if not guilds.wanted:
        return await _try(rest, _GLOBAL, wanted, ids)
    there = guilds.present
    tried = [
        await _try(rest, _GUILD, wanted, ids | {"guild": guild})
        for guild in guilds.wanted
        if there is None or guild in there
    ]
    # Registered everywhere they would be offered twice in a server: so for messages to the bot.
    tried.append(await _try(rest, _GLOBAL, slash.in_messages(wanted), ids))
    said = dict.fromkeys(t.words for t in tried if t.words)
    return Registered(". ".join(said), any(t.must for t in tried))


async def _try(rest: Rest, path: str, wanted: list[JSON], ids: dict[str, str]) -> Registered:
    try:
        await _overwrite(rest, path, wanted, ids)
    except Misconfigured as error:
        log.warning("slash commands are not registered: %s", error)
        where = invite(ids["application"])
        said = f"Discord lets the bot make none there; invite it again, {where}"
        return Registered(said, must=True)
    except IntegrationError as error:
        log.warning("slash commands are not registered: %s", error)
        return Registered(str(error), must=isinstance(error, Permanent))
    return Registered()


async def _overwrite(rest: Rest, path: str, wanted: list[JSON], ids: dict[str, str]) -> None:
    there = await rest.call(f"GET {path}", **ids)
    if not slash.same(there, wanted):
        await rest.call(f"PUT {path}", wanted, **ids)
