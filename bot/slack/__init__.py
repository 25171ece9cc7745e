"""The Slack surface. slack_bolt and slack_sdk are imported when it starts, not before."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.cards.model import Desk
from bot.once import Once
from bot.slack.board import Board
from bot.slack.surface import SlackSurface
from bot.workspaces import SlackSettings

__all__ = ["SlackSurface", "connect", "connect_all"]

AccountOf = Callable[[str], str | None]


def connect(
    settings: SlackSettings, desk: Desk, account_of: AccountOf, once: Once | None = None
) -> SlackSurface:
    """The surface of the first workspace, not started yet; ``account_of`` gives the Slack id of a
    person's handle."""
    return SlackSurface(settings, desk, account_of, once=once)


def connect_all(
    settings: SlackSettings, desk: Desk, accounts: Callable[[str], AccountOf], once: Once
) -> Mapping[str, SlackSurface]:
    """A surface for each workspace by its name (``slack``, ``slack-acme``), not started yet;
    ``accounts`` gives for a surface's name how the accounts of people are found there."""
    board = Board()
    return {
        name: SlackSurface(own, desk, accounts(name), name=name, board=board, once=once)
        for name, own in settings.each().items()
    }
