"""Points discord.py, whose addresses are class attributes, at the stand-in and back again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import discord.asset
import discord.gateway
import discord.http
import yarl

from tests.support.discord.fake import FakeDiscord


@contextmanager
def pointed_at(fake: FakeDiscord) -> Iterator[None]:
    """Within it every discord.py client of this process talks to `fake`."""
    route, socket = discord.http.Route, discord.gateway.DiscordWebSocket
    asset = discord.asset.Asset
    before = (route.BASE, socket.DEFAULT_GATEWAY, asset.BASE)
    route.BASE = fake.api_base
    socket.DEFAULT_GATEWAY = yarl.URL(fake.gateway_url)
    asset.BASE = fake.url
    try:
        yield
    finally:
        route.BASE, socket.DEFAULT_GATEWAY, asset.BASE = before
