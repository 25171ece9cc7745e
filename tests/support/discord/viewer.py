"""The page for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from tests.support.discord.fake import FakeDiscord


class Viewer:
    """Serves the page."""

    def __init__(self, fake: FakeDiscord) -> None:
        self.fake = fake

    def add_to(self, app: web.Application) -> None:
        """Registers the routes."""

    def stop(self) -> None:
        """Ends what waits."""
