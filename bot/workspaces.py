"""What the settings say of Slack: one workspace or several, and what the app is used for there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator

from bot.yamlfile import Place
from store.model.chats import CHATS, chat_of, workspace_of

FeatureName = Literal[
    "home", "shortcuts", "threads", "mentions", "rooms", "usergroups", "roles", "presence",
    "channels", "public", "pictures",
]  # fmt: skip
FEATURES: tuple[str, ...] = get_args(FeatureName)

_NAME = re.compile(r"[a-z0-9][a-z0-9_]{0,30}")


class WorkspaceSettings(BaseModel):
    """One workspace: its bot token, with an app token (Socket Mode) or a signing secret (HTTP).
    Without ``features`` it does what its token allows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bot_token: str
    app_token: str | None = None
    signing_secret: str | None = None
    command: str = "/pv"
    features: tuple[FeatureName, ...] | None = None

    @field_validator("command")
    @classmethod
    def _with_a_slash(cls, value: str) -> str:
        if not re.fullmatch(r"/[a-z0-9_-]{1,31}", value):
            raise ValueError(f"{value}: write a slash and lower-case letters, such as /pv")
        return value


class SlackSettings(WorkspaceSettings):
    """Slack: the first workspace, and further ones by name; what they leave out is as in the
    first, so that one app may be installed in all of them. ``connections`` are those of Socket
    Mode, for each app."""

    base_url: str = "https://slack.com/api/"
    connections: int = Field(2, ge=1, le=10)
    workspaces: dict[str, WorkspaceSettings] = {}

    @field_validator("workspaces", mode="before")
    @classmethod
    def _as_the_first(cls, value: Any) -> Any:
        if isinstance(value, dict):
            for name in value:
                if not _NAME.fullmatch(str(name)):
                    raise ValueError(
                        f"{name}: name a workspace with lower-case letters and digits, such as acme"
                    )
        return value

    def each(self) -> dict[str, SlackSettings]:
        """Surface → its settings: ``slack``, ``slack-acme``."""
        found = {"slack": self.model_copy(update={"workspaces": {}})}
        for name, own in self.workspaces.items():
            given = {k: v for k, v in own.model_dump().items() if k in own.model_fields_set}
            if own.app_token or own.signing_secret:
                # An app of its own: nothing of the first one's belongs to it.
                given = {"app_token": None, "signing_secret": None} | given
            found[f"slack-{name}"] = found["slack"].model_copy(update=given)
        return found


def wrong_place(place: str) -> str:
    """What is wrong with a place of a chat (``slack:#ops``), "" where nothing is."""
    surface, colon, channel = place.partition(":")
    if colon and channel and chat_of(surface) in CHATS:
        return ""
    return f"{place}: write slack:#channel or discord:#channel"


def mistakes(
    slack: SlackSettings | None, places: Iterable[tuple[Place, str]]
) -> Iterator[tuple[Place, str]]:
    """Places in workspaces that are not among the settings."""
    known = {"", *(slack.workspaces if slack else ())}
    for where, place in places:
        surface = place.partition(":")[0]
        name = workspace_of(surface)
        if chat_of(surface) == "slack" and name not in known:
            yield where, f"{name} is not one of the workspaces in slack.workspaces"
        elif name and chat_of(surface) == "discord":
            yield where, f"{place}: a server of Discord is named as discord:{name}/#channel"
