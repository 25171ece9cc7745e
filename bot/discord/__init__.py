"""The Discord surface. All imports are absolute: `import discord` is the library."""

from __future__ import annotations

from collections.abc import Callable

from bot.cards.model import Desk
from bot.discord.surface import DiscordSurface
from bot.settings import DiscordSettings

__all__ = ["DiscordSurface", "connect"]


def connect(
    settings: DiscordSettings, desk: Desk, account_of: Callable[[str], str | None]
) -> DiscordSurface:
    """The surface, not started yet; ``account_of`` gives the Discord id of a person's handle."""
    return DiscordSurface(settings, desk, account_of)
