"""What a person wrote in Discord as plain words: names instead of ids, times on a clock, files by
name."""

from __future__ import annotations

import re

import discord

from commands.words import date

_USER, _ROLE = re.compile(r"<@!?(\d+)>"), re.compile(r"<@&(\d+)>")
_CHANNEL = re.compile(r"<#(\d+)>")
_EMOJI = re.compile(r"<a?:(\w+):\d+>")
_TIME = re.compile(r"<t:(-?\d{1,12})(?::[a-zA-Z])?>")
_COMMAND = re.compile(r"</([\w -]+):\d+>")
_QUIET_LINK = re.compile(r"<(https?://[^<>\s]+)>")


def text_of(message: discord.Message) -> str:
    """The words of a message, on as many lines as it has."""
    text = message.content or _passed_on(message)
    text = _USER.sub("@somebody", named(text, message))
    text = _ROLE.sub(lambda m: f"@{_role(message, int(m[1]))}", text)
    text = _CHANNEL.sub(lambda m: f"#{_channel(message, int(m[1]))}", text)
    text = _EMOJI.sub(r":\1:", text)
    text = _TIME.sub(lambda m: date(int(m[1]) * 1000, "UTC"), text)
    text = _COMMAND.sub(r"/\1", text)
    return _QUIET_LINK.sub(r"\1", text).strip()


def files_of(message: discord.Message) -> tuple[tuple[str, str], ...]:
    """What came with a message, by name, each with the message's address: the file's own would open
    to anybody who has it."""
    names = [a.title or a.filename for a in message.attachments]
    names += [f"sticker {s.name}" for s in message.stickers]
    return tuple((name, message.jump_url) for name in names)


def named(text: str, message: discord.Message) -> str:
    """The words with people's names instead of their numbers."""
    names = {str(user.id): f"@{user.display_name}" for user in message.mentions}
    return _USER.sub(lambda m: names.get(m[1], m[0]), text)


def _role(message: discord.Message, role: int) -> str:
    found = message.guild.get_role(role) if message.guild else None
    return found.name if found is not None else "a role"


def _channel(message: discord.Message, channel: int) -> str:
    found = message.guild.get_channel_or_thread(channel) if message.guild else None
    return found.name if found is not None else "a channel"


def _passed_on(message: discord.Message) -> str:
    """The words of a message that was passed on without any of one's own."""
    snapshots = getattr(message, "message_snapshots", ())
    return "\n".join(filter(None, (snapshot.content for snapshot in snapshots)))
