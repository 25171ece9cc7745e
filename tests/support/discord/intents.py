"""Which gateway events a client gets: Discord's table of intents, and who may read words."""

from __future__ import annotations

from tests.support.discord.model import DM, Channel, Message
from tests.support.discord.state import State

PRIVILEGED = {"guild_members": 1 << 1, "guild_presences": 1 << 8, "message_content": 1 << 15}
GUILDS, MEMBERS, PRESENCES = 1 << 0, 1 << 1, 1 << 8
GUILD_MESSAGES, GUILD_REACTIONS, DM_MESSAGES, DM_REACTIONS = 1 << 9, 1 << 10, 1 << 12, 1 << 13


def needed(event: str, channel: Channel | None) -> int:
    """The intents of which a session needs one to be told; 0 where none is needed."""
    direct = channel is not None and channel.type == DM
    if event.startswith("MESSAGE_REACTION"):
        return DM_REACTIONS if direct else GUILD_REACTIONS
    if event.startswith("MESSAGE"):
        return DM_MESSAGES if direct else GUILD_MESSAGES
    if event.startswith(("GUILD_MEMBER_",)):
        return MEMBERS
    if event == "PRESENCE_UPDATE":
        return PRESENCES
    if event == "CHANNEL_PINS_UPDATE":
        return DM_MESSAGES if direct else GUILDS
    if event.startswith(("CHANNEL", "THREAD", "GUILD")):
        return GUILDS
    return 0


def may_read(state: State, intents: int, message: Message) -> bool:
    """Whether a session gets a message's words: its own, a DM, a mention, or the intent."""
    if intents & PRIVILEGED["message_content"]:
        return True
    own = message.author is state.bot or state.bot in message.highlights
    return own or message.channel.type == DM
