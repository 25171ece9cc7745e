"""The Slack surface. slack_bolt and slack_sdk are imported when it starts, not before."""

from __future__ import annotations

from collections.abc import Callable

from bot.cards.model import Desk
from bot.settings import SlackSettings
from bot.slack.surface import SlackSurface

__all__ = ["SlackSurface", "connect"]


def connect(
    settings: SlackSettings, desk: Desk, account_of: Callable[[str], str | None]
) -> SlackSurface:
    """The surface, not started yet; ``account_of`` gives the Slack id of a person's handle."""
    return SlackSurface(settings, desk, account_of)
