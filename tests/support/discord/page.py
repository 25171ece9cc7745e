"""The viewer's page in pieces: the messages of one channel."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.support.discord.command_line import MESSAGE, in_scope
from tests.support.discord.markup import inline, to_html
from tests.support.discord.model import JSON, LOADING, Attachment, Channel, Message, User
from tests.support.discord.page_components import components_html, esc
from tests.support.discord.state import State
from tests.support.discord.wire import attachment_json

COLORS = ("#5865f2", "#3ba55c", "#faa61a", "#ed4245", "#eb459e", "#00a8fc")
MARK = '<svg viewBox="0 0 24 24"><path fill="#fff" d="M2 2h9v9H2z"/><path fill="#8a94a3" '
MARK += 'd="M13 2h9v9h-9zM2 13h9v9H2z"/><path fill="#f2c230" d="M13 13h9v9h-9z"/></svg>'
SHOWN = 100
SYSTEM = {6: "pinned a message to this channel.", 18: "started a thread: ", 21: ""}


def avatar(user: User) -> str:
    """The round picture of a person, or the bot's mark."""
    if user.bot:
        return f'<span class="avatar bot">{MARK}</span>'
    color = COLORS[user.id % len(COLORS)]
    return f'<span class="avatar" style="background:{color}">{esc(user.name[:1])}</span>'


def messages(state: State, channel: Channel, me: User) -> str:
    """The newest hundred messages this person sees here."""
    shown = [m for m in channel.messages if m.ephemeral_to in (None, me)][-SHOWN:]
    if not shown:
        return '<p class="empty">Nothing here yet.</p>'
    parts, before = [], None
    for message in shown:
        parts.append(_message(state, message, me, before))
        before = message
    return "".join(parts)


def _message(state: State, message: Message, me: User, before: Message | None) -> str:
    if message.type in SYSTEM:
        said = f"<b>{esc(message.author.name)}</b> {SYSTEM[message.type]}{esc(message.content)}"
        return f'<div class="system">→ {said} {_clock(message.created_at)}</div>'
    joined = (
        before is not None and before.author is message.author and before.type == 0
        and message.created_at - before.created_at < 420 and not message.reference
        and before.ephemeral_to is message.ephemeral_to and not message.ephemeral
        and not message.components and not before.components
    )  # fmt: skip
    classes = ["message"]
    classes += ["joined"] * bool(joined)
    classes += ["pinged"] * (me in message.mentions or me in message.highlights)
    classes += ["ephemeral"] * message.ephemeral
    start = "" if joined else f"{avatar(message.author)}{_byline(message)}"
    body = f"{_asked(state, message)}{start}<div class='body'>{_body(state, message, me)}</div>"
    body += _menu(state, message)
    return f'<article class="{" ".join(classes)}" id="m{message.id}">{body}</article>'


def _menu(state: State, message: Message) -> str:
    """What bots offer for one message (Apps)."""
    if message.ephemeral:
        return ""
    names = [c["name"] for c in in_scope(state, message.channel) if c["type"] == MESSAGE]
    entries = [
        f'<a data-menu="{esc(name)}" data-message="{message.id}">{esc(name)}</a>' for name in names
    ]
    title = '<summary title="Apps" aria-label="Apps">⋯</summary>'
    return f'<details class="apps">{title}{"".join(entries)}</details>' if entries else ""


def _byline(message: Message) -> str:
    app = '<span class="app">APP</span>' if message.author.bot else ""
    quiet = ' <span title="posted without a notification">🔕</span>' if message.silent else ""
    name = f"<b>{esc(message.author.name)}</b>{app}"
    return f'<div class="byline">{name}{_clock(message.created_at)}{quiet}</div>'


def _asked(state: State, message: Message) -> str:
    if message.reference:
        original = state.messages.get(int(message.reference["message_id"]))
        if original:
            words = esc(original.content[:80]) or "a message"
            return f'<div class="asked">↱ {esc(original.author.name)}: {words}</div>'
    asked = message.interaction
    if asked and asked["type"] == 2:
        who = esc(asked["user"]["global_name"])
        return f'<div class="asked">↱ <b>{who}</b> used a command</div>'
    return ""


def _body(state: State, message: Message, me: User) -> str:
    if message.flags & LOADING:
        return f'<div class="thinking">● ● ● {esc(state.bot.name)} is thinking…</div>'
    parts = [to_html(state, message.content)] if message.content else []
    if message.edited_at is not None and message.content:
        parts.append('<span class="edited">(edited)</span>')
    parts += [_embed(state, e) for e in message.embeds]
    used = str(message.components)
    parts += [
        _attachment(state, message, a)
        for a in message.attachments
        if f"attachment://{a.filename}" not in used
    ]
    parts.append(components_html(state, message))
    parts += [_reaction(message, emoji, users, me) for emoji, users in message.reactions.items()]
    if message.thread:
        count = sum(m.type == 0 for m in message.thread.public)
        name = f"<b>{esc(message.thread.name)}</b> {count} message{'s' if count != 1 else ''} ›"
        parts.append(f'<a class="branch" data-open="{message.thread.id}">🧵 {name}</a>')
    if message.ephemeral:
        close = f'<a data-dismiss="{message.id}">Dismiss message</a>'
        parts.append(f'<div class="only">👁 Only you can see this · {close}</div>')
    return "".join(parts)


def _embed(state: State, embed: JSON) -> str:
    color = embed.get("color")
    bar = f' style="--bar:#{color:06x}"' if color is not None else ""
    parts = []
    if embed.get("author"):
        parts.append(f'<div class="author">{esc(embed["author"]["name"])}</div>')
    if embed.get("title"):
        title = inline(state, embed["title"])
        url = embed.get("url")
        link = f'<a href="{esc(url)}" target="_blank" rel="noopener">{title}</a>' if url else title
        parts.append(f'<div class="title">{link}</div>')
    if embed.get("description"):
        parts.append(f"<div>{to_html(state, embed['description'])}</div>")
    for field in embed.get("fields") or []:
        kind = "field inline" if field.get("inline") else "field"
        name, value = inline(state, field["name"]), to_html(state, field["value"])
        parts.append(f'<div class="{kind}"><b>{name}</b>{value}</div>')
    pictures = [(n, esc(embed[n]["url"])) for n in ("image", "thumbnail") if embed.get(n)]
    parts += [f'<img class="{name}" src="{url}" alt="">' for name, url in pictures]
    if embed.get("footer"):
        parts.append(f"<small>{esc(embed['footer']['text'])}</small>")
    return f'<div class="embed"{bar}>{"".join(parts)}</div>'


def _attachment(state: State, message: Message, attachment: Attachment) -> str:
    url = esc(attachment_json(state, message, attachment)["url"])
    if attachment.content_type.startswith("image/"):
        words = esc(attachment.description or attachment.filename)
        return f'<img class="picture" src="{url}" alt="{words}" title="{words}">'
    return f'<a class="file" href="{url}">📄 {esc(attachment.filename)}</a>'


def _reaction(message: Message, emoji: str, users: list[User], me: User) -> str:
    mine = " mine" if me in users else ""
    names = esc(", ".join(u.name for u in users))
    act = f'data-react="{esc(emoji)}" data-message="{message.id}" title="{names}"'
    return f'<button class="reaction{mine}" {act}>{esc(emoji)} {len(users)}</button>'


def _clock(at: float) -> str:
    moment = datetime.fromtimestamp(at, UTC)
    words = moment.strftime("%d/%m/%Y %H:%M")
    return f'<time class="at" data-at="{int(at)}" data-style="when">{words}</time>'
