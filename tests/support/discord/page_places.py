"""The viewer's list of channels and the head of one: servers, categories, threads, pins."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.discord import access
from tests.support.discord.markup import inline
from tests.support.discord.model import CATEGORY, DM, PRIVATE_THREAD, Channel, Guild, Message, User
from tests.support.discord.page import avatar
from tests.support.discord.page_components import esc
from tests.support.discord.state import State
from tests.support.discord.text import visible_text

WORDS = 160


def sidebar(state: State, me: User, here: Channel | None) -> str:
    """The servers with the channels this person sees, then the conversation with the bot."""
    rows = []
    for guild in state.guilds.values():
        if guild.joined and me in state.members(guild.id):
            rows += [f"<h1>{esc(guild.name)}</h1>", *_channels(state, guild, me, here)]
    rows.append("<h2>Direct messages</h2>")
    direct = state.dm_with(me)
    last = direct.messages[-1].id if direct.messages else 0
    chosen = " here" if direct is here else ""
    name = f"{avatar(state.bot)}<span>{esc(state.bot.name)}</span>"
    act = f'data-open="{direct.id}" data-last="{last}"'
    rows.append(f'<a class="channel dm{chosen}" {act}>{name}</a>')
    return "".join(rows)


def _channels(state: State, guild: Guild, me: User, here: Channel | None) -> Iterator[str]:
    there = [c for c in state.channels.values() if c.guild_id == guild.id and not c.is_thread]
    yield "<h2>Text channels</h2>"
    for channel in there:
        if channel.type != CATEGORY and channel.parent is None:
            yield from _with_threads(state, channel, me, here)
    for category in (c for c in there if c.type == CATEGORY):
        yield f"<h2>{esc(category.name)}</h2>"
        for channel in (c for c in there if c.parent is category):
            yield from _with_threads(state, channel, me, here)


def _with_threads(state: State, channel: Channel, me: User, here: Channel | None) -> Iterator[str]:
    if not access.sees(state, channel, me):
        return
    hidden = any(
        o["id"] == str(channel.guild_id) and int(o["deny"]) & access.VIEW
        for o in channel.overwrites
    )
    yield _entry(channel, "🔒" if hidden else "#", here)
    for thread in state.threads():
        mine = thread.parent is channel and access.sees(state, thread, me)
        if mine and not state.archived(thread):
            yield _entry(thread, "🔒" if thread.type == PRIVATE_THREAD else "↳", here)


def _entry(channel: Channel, sign: str, here: Channel | None) -> str:
    public = channel.public
    last = public[-1].id if public else 0
    kind = "channel thread" if channel.is_thread else "channel"
    kind += " here" if channel is here else ""
    act = f'data-open="{channel.id}" data-last="{last}"'
    return f'<a class="{kind}" {act}><i>{sign}</i><span>{esc(channel.name)}</span></a>'


def head(state: State, channel: Channel) -> str:
    """The channel's name, topic and pins."""
    sign = "@" if channel.type == DM else "🧵" if channel.is_thread else "#"
    name = state.bot.name if channel.type == DM else channel.name
    parts = [f"<b><i>{sign}</i> {esc(name)}</b>"]
    if channel.is_thread and channel.parent:
        parent = channel.parent
        parts.append(f'<a data-open="{parent.id}">in #{esc(parent.name)}</a>')
    if channel.topic:
        parts.append(f'<span class="topic">{inline(state, channel.topic)}</span>')
    if channel.pins:
        pinned = "".join(_pinned(state, m) for m in channel.pins)
        count = f"<summary>📌 {len(channel.pins)}</summary>"
        parts.append(f'<details class="pins">{count}<div>{pinned}</div></details>')
    return "".join(parts)


def _pinned(state: State, message: Message) -> str:
    words = esc(visible_text(state, message)[:WORDS])
    return f'<a href="#m{message.id}"><b>{esc(message.author.name)}</b> {words}</a>'
