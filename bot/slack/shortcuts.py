"""Shortcuts: an incident, or a line of a timeline, out of a message; an incident from anywhere.

Each opens the form of a verb, filled in; what the form does is the desk's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.cards.model import Account, Answer, Desk, Form, Note, Private, Span
from bot.quote import Quote, as_incident, as_note
from bot.slack.reply import SHORTCUT, Ask
from bot.slack.wording import text_of

Body = Mapping[str, Any]
NameOf = Callable[[str], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Shortcut:
    """What an entry of Slack's menus does: the ``verb`` whose form opens below ``title``, and how a
    message fills its field ``text`` in. ``anew`` says that it is not for what is an incident
    already; else the incident that a message belongs to is filled in."""

    verb: str
    title: str
    words: Callable[[Quote], str] | None = None
    anew: bool = False


SHORTCUTS = {
    "pv_declare": Shortcut("declare", "Declare an incident…"),
    "pv_incident": Shortcut("declare", "Make an incident…", as_incident, anew=True),
    "pv_note": Shortcut("note", "Add to the timeline…", as_note),
}
"""By callback id."""


def ask_of(body: Body, account: Account, shortcut: Shortcut) -> Ask:
    """The entry that was chosen, as the listener takes it."""
    message, channel = body.get("message") or {}, str((body.get("channel") or {}).get("id") or "")
    ts = str(message.get("ts") or body.get("message_ts") or "")
    thread = str(message.get("thread_ts") or "")
    return Ask(
        SHORTCUT, str(body.get("trigger_id") or ""), account, label=shortcut.title,
        trigger=str(body.get("trigger_id") or ""), channel=channel,
        response_url=str(body.get("response_url") or ""),
        below=(thread or ts) if shortcut.anew and channel else "",
    )  # fmt: skip


async def filled(
    desk: Desk, body: Body, account: Account, shortcut: Shortcut, name_of: NameOf
) -> Answer:
    """The form, with the words of the message in it."""
    if shortcut.words is None:
        return _titled(await desk.ask(shortcut.verb, {}, account), shortcut)
    incident = await _incident(desk, body, account, alone=shortcut.anew)
    if shortcut.anew and incident is not None:
        if not isinstance(refused := await desk.ask(shortcut.verb, {}, account), Form):
            return refused
        return Private(Note(((Span(f"That is #{incident} already."),),)))
    values: dict[str, Any] = {"text": shortcut.words(await quote_of(body, name_of))}
    if incident is not None:
        values["incident"] = incident
    return _titled(await desk.ask(shortcut.verb, values, account), shortcut)


def _titled(answer: Answer, shortcut: Shortcut) -> Answer:
    """A form is called what was chosen."""
    if isinstance(answer, Form):
        return replace(answer, title=shortcut.title.rstrip("…"))
    return answer


async def _incident(desk: Desk, body: Body, account: Account, *, alone: bool) -> int | None:
    """The incident whose card or thread a message is; ``alone`` asks for the card itself."""
    message, channel = body.get("message") or {}, str((body.get("channel") or {}).get("id") or "")
    ts, thread = str(message.get("ts") or ""), str(message.get("thread_ts") or "")
    if alone and (thread not in ("", ts) or not await desk.keeps(account.surface, ts)):
        return None
    return await desk.incident_at(account.surface, channel, thread or ts)


async def quote_of(body: Body, name_of: NameOf) -> Quote:
    """A message as words: who wrote them, where and when."""
    message, channel = body.get("message") or {}, body.get("channel") or {}
    ts = str(message.get("ts") or body.get("message_ts") or "")
    name = str(channel.get("name") or "")
    return Quote(
        await _author(message, name_of), (await text_of(message, name_of)) or _blocks(message),
        "" if name in ("", "directmessage") else "a private channel" if name == "privategroup"
        else f"#{name}",
        _link(body, channel, ts, str(message.get("thread_ts") or "")), _instant(ts),
    )  # fmt: skip


async def _author(message: Body, name_of: NameOf) -> str:
    profile = message.get("bot_profile") or {}
    if message.get("bot_id") and (said := message.get("username") or profile.get("name")):
        return str(said)
    user = str(message.get("user") or "")
    return await name_of(user) if user else str(message.get("username") or "")


def _link(body: Body, channel: Body, ts: str, thread: str) -> str:
    """The message's own address, which Slack does not send along."""
    domain, where = (body.get("team") or {}).get("domain"), channel.get("id")
    if not (domain and where and ts):
        return ""
    link = f"https://{domain}.slack.com/archives/{where}/p{ts.replace('.', '')}"
    return f"{link}?thread_ts={thread}&cid={where}" if thread and thread != ts else link


def _instant(ts: str) -> int:
    try:
        return int(float(ts) * 1000)
    except ValueError:
        return 0


def _blocks(message: Body) -> str:
    """The words of blocks, of a message that has no others."""
    found: list[str] = []

    def walk(part: Any) -> None:
        if isinstance(part, Mapping):
            text = part.get("text")
            if isinstance(text, str) and part.get("type") in ("mrkdwn", "plain_text", "text"):
                found.append(text)
            for inner in part.values():
                walk(inner)
        elif isinstance(part, list):
            for inner in part:
                walk(inner)

    walk([message.get("blocks"), message.get("attachments")])
    return "\n".join(found)
