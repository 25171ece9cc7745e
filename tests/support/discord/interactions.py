"""What a press, a command or a form becomes: an interaction with a token, three seconds for the
first answer and fifteen minutes for the rest, and what its person gets to see of it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.support.discord import messages, wire
from tests.support.discord.check_commands import STRING, check_choices
from tests.support.discord.check_modal import check_modal
from tests.support.discord.errors import ApiError, Problems
from tests.support.discord.model import (
    DM,
    EPHEMERAL,
    JSON,
    LOADING,
    Attachment,
    Channel,
    Message,
    User,
)
from tests.support.discord.state import State
from tests.support.discord.text import visible_text

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
SAY, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
FIRST_ANSWER, TOKEN_LIFE = 3.0, 900.0
Kind = Literal["message", "updated", "modal", "thinking", "deferred", "choices", "failed", "link"]


@dataclass(eq=False)
class Interaction:
    """One interaction and everything that was answered to it."""

    id: int
    token: str
    type: int
    user: User
    channel: Channel
    data: JSON
    created_at: float
    message: Message | None = None
    came_from: Interaction | None = None
    answer: int | None = None
    answered_at: float | None = None
    failed: bool = False
    original: Message | None = None
    modal: JSON | None = None
    choices: list[JSON] = field(default_factory=list)
    seen: list[tuple[Kind, Message | None]] = field(default_factory=list)


@dataclass
class Seen:
    """What a person sees after doing something.

    `kind` is message (an answer; `message.ephemeral` tells for whom), updated (the message that
    was pressed changed), modal, thinking, deferred (taken without a visible answer), choices
    (autocomplete), link or failed ("This interaction failed").
    """

    kind: Kind
    user: User
    state: State
    interaction: Interaction | None = None
    message: Message | None = None
    modal: JSON | None = None
    choices: list[JSON] = field(default_factory=list)
    url: str = ""
    told: int = 0

    @property
    def text(self) -> str:
        """The words of it."""
        if self.kind == "failed":
            return "This interaction failed"
        if self.modal is not None:
            return str(self.modal["title"])
        if self.kind == "choices":
            return "\n".join(c["name"] for c in self.choices)
        return visible_text(self.state, self.message) if self.message else ""

    async def more(self, timeout: float = 30.0) -> Seen:
        """What comes next of the same interaction: a follow-up or an edit; TimeoutError if none."""
        if self.interaction is None:
            raise TimeoutError("nothing can follow")
        one = self.interaction
        await self.state.until(lambda: len(one.seen) > self.told, timeout)
        kind, message = one.seen[self.told]
        more = Seen(kind, self.user, self.state, one, message)
        more.told = self.told + 1
        return more


def start(
    state: State,
    kind: int,
    user: User,
    channel: Channel,
    data: JSON,
    *,
    message: Message | None = None,
    came_from: Interaction | None = None,
) -> Interaction:
    """A new interaction, not sent yet."""
    number = state.new_id()
    token = f"interaction-token-{number}-{user.id}"
    now = state.clock()
    made = Interaction(number, token, kind, user, channel, data, now, message, came_from)
    state.interactions[token] = made
    return made


def payload(state: State, one: Interaction) -> JSON:
    """INTERACTION_CREATE as Discord sends it, over the gateway or as an HTTP body."""
    where = wire.channel_json(state, one.channel) | {"permissions": wire.ALL_PERMISSIONS}
    body: JSON = {
        "id": str(one.id), "application_id": str(state.application_id), "type": one.type,
        "token": one.token, "version": 1, "data": one.data, "channel": where,
        "channel_id": str(one.channel.id), "locale": "en-US", "entitlements": [],
        "app_permissions": wire.ALL_PERMISSIONS, "entitlement_sku_ids": [],
        "attachment_size_limit": 10 * 1024 * 1024,
    }  # fmt: skip
    if one.channel.type == DM:
        body |= {"user": wire.user_json(one.user), "context": 1}
        body["authorizing_integration_owners"] = {"0": "0"}
    else:
        guild = str(one.channel.guild_id)
        body |= {"guild_id": guild, "guild_locale": "en-US", "context": 0}
        body["guild"] = {"id": guild, "locale": "en-US", "features": []}
        body["member"] = wire.member_json(one.user, permissions=True)
        body["authorizing_integration_owners"] = {"0": guild}
    if one.message:
        body["message"] = wire.message_json(state, one.message)
    return body


def respond(
    state: State, one: Interaction | None, kind: Any, data: JSON, files: list[Attachment]
) -> None:
    """The first answer to an interaction; ApiError when it comes late, twice or doesn't fit."""
    if one is None:
        raise ApiError(10062)
    if one.answer is not None:
        raise ApiError(40060, because=f"interaction {one.id} of {one.user.name}")
    late = state.clock() - one.created_at
    if one.failed or late > FIRST_ANSWER:
        one.failed = True
        state.touch()
        raise ApiError(10062, because=f"answered {late:.1f} s after it was sent")
    _fits(one, kind)
    flags = data.get("flags") or 0
    to = one.user if flags & EPHEMERAL else None
    if kind == SAY:
        body = data | {"flags": flags & ~EPHEMERAL}
        one.original = _say(state, one, body, files, to)
        _saw(state, one, "message", one.original)
    elif kind == DEFER:
        one.original = _loading(state, one, to)
    elif kind == DEFER_UPDATE:
        one.original = one.message
    elif kind == UPDATE and one.message:
        one.original = messages.edit(state, one.message, data, files)
        _saw(state, one, "updated", one.original)
    elif kind == CHOICES:
        problems = Problems()
        check_choices(problems, "data.choices", data.get("choices"), _focused_type(one))
        problems.raise_any()
        one.choices = data["choices"]
    elif kind == MODAL:
        check_modal(data)
        one.modal = data
    one.answer, one.answered_at = kind, time.monotonic()
    state.touch()


def follow_up(state: State, one: Interaction, body: JSON, files: list[Attachment]) -> Message:
    """A further message of an answered interaction; the first one fills a "thinking…"."""
    original = one.original
    if original and original.flags & LOADING:
        return change(state, one, original, body | {"flags": None}, files)
    flags = body.get("flags") or 0
    to = one.user if flags & EPHEMERAL else None
    made = _say(state, one, body | {"flags": flags & ~EPHEMERAL}, files, to)
    _saw(state, one, "message", made)
    return made


def change(
    state: State, one: Interaction, message: Message, body: JSON, files: list[Attachment]
) -> Message:
    """An edit through the interaction's token."""
    loading = bool(message.flags & LOADING)
    body = {k: v for k, v in body.items() if k != "flags" or v is not None}
    messages.edit(state, message, body, files)
    if loading:
        message.edits.clear()
        message.edited_at = None
    _saw(state, one, "updated" if message is one.message else "message", message)
    return message


def alive(state: State, token: str) -> Interaction:
    """The answered interaction of a token, or what Discord says instead."""
    one = state.interactions.get(token)
    if one is None or state.clock() - one.created_at > TOKEN_LIFE:
        if one is not None:
            state.complain(f"interaction token of {one.user.name} used after 15 minutes")
        raise ApiError(50027)
    if one.answer is None:
        raise ApiError(10015)
    return one


def _fits(one: Interaction, kind: Any) -> None:
    allowed: dict[int, tuple[int, ...]] = {
        COMMAND: (SAY, DEFER, MODAL),
        COMPONENT: (SAY, DEFER, DEFER_UPDATE, UPDATE, MODAL),
        AUTOCOMPLETE: (CHOICES,),
        MODAL_SUBMIT: (SAY, DEFER, DEFER_UPDATE, UPDATE) if one.message else (SAY, DEFER),
    }
    if kind not in allowed[one.type]:
        problems = Problems()
        problems.choices("type", allowed[one.type])
        problems.raise_any()


def _say(
    state: State, one: Interaction, body: JSON, files: list[Attachment], to: User | None
) -> Message:
    about = {
        "id": str(one.id), "type": one.type, "user": wire.user_json(one.user),
        "authorizing_integration_owners": {"0": str(one.channel.guild_id or 0)},
    }  # fmt: skip
    if one.message:
        about["interacted_message_id"] = str(one.message.id)
    if one.type == MODAL_SUBMIT and one.came_from:
        source = one.came_from
        inner = about | {"id": str(source.id), "type": source.type}
        about["triggering_interaction_metadata"] = inner
    return messages.create(
        state, one.channel, state.bot, body, files, ephemeral_to=to, interaction=about, webhook=True
    )


def _loading(state: State, one: Interaction, to: User | None) -> Message:
    body = {"content": f"{state.bot.name} is thinking…", "allowed_mentions": {"parse": []}}
    message = _say(state, one, body, [], to)
    message.content, message.push = "", ""
    message.flags |= LOADING
    return message


def _focused_type(one: Interaction) -> int:
    pending = list(one.data.get("options") or [])
    while pending:
        option = pending.pop()
        if option.get("focused"):
            return int(option["type"])
        pending += option.get("options") or []
    return STRING


def _saw(state: State, one: Interaction, kind: Kind, message: Message) -> None:
    one.seen.append((kind, message))
    state.touch()


async def outcome(state: State, one: Interaction, patience: float) -> Seen:
    """Waits for the first answer (and for what fills a "thinking…"), as its person would."""
    try:
        await state.until(lambda: one.answer is not None or one.failed, patience)
    except TimeoutError:
        one.failed = True
    if one.answer is None:
        state.complain(f"{_what(one)} of {one.user.name} was not answered in time")
        return Seen("failed", one.user, state, one)
    if one.answer == MODAL:
        return Seen("modal", one.user, state, one, modal=one.modal)
    if one.answer == CHOICES:
        return Seen("choices", one.user, state, one, choices=one.choices)
    seen = Seen("deferred", one.user, state, one)
    if one.answer == DEFER_UPDATE:
        return seen
    try:
        await state.until(lambda: one.seen or _taken_back(one), patience)
    except (TimeoutError, asyncio.CancelledError):
        return Seen("thinking", one.user, state, one, one.original)
    return await seen.more(0) if one.seen else seen


def _taken_back(one: Interaction) -> bool:
    """The "thinking…" was removed: it was taken, and there is nothing to say."""
    return one.original is not None and one.original.is_deleted


def _what(one: Interaction) -> str:
    return {2: "command", 3: "press", 4: "autocomplete", 5: "form"}[one.type] + (
        f" {one.data.get('name') or one.data.get('custom_id')}"
    )
