"""Runs the stand-in by itself: `python -m tests.support.discord --port 9002`, then look at it with
a browser and point a bot's `discord.api_base` at it."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from pathlib import Path

from tests.support.discord.fake import TOKEN, FakeDiscord

INTENTS = ("message_content", "guild_members", "guild_presences")


def main() -> None:
    """Reads the arguments and serves until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.discord", description=__doc__)
    parser.add_argument("--port", type=int, default=9002)
    parser.add_argument("--token", default=TOKEN, help="the bot's token (default: %(default)s)")
    parser.add_argument("--user", action="append", help="a person; again for more")
    parser.add_argument("--channel", action="append", help="a channel; again for more")
    parser.add_argument(
        "--intent", action="append", choices=INTENTS, help="enable a privileged one"
    )
    parser.add_argument("--openapi", type=Path, help="Discord's OpenAPI document, to check against")
    parser.add_argument("--no-limits", action="store_true", help="no rate limits")
    args = parser.parse_args()
    fake = FakeDiscord(
        port=args.port,
        token=args.token,
        rate_limits=not args.no_limits,
        enabled_intents=args.intent or (),
        openapi=args.openapi,
        patience=15.0,
    )
    for name in args.user or ("Ana", "Bob", "Omar", "Mei"):
        fake.add_user(name)
    for name in args.channel or ("ops-alerts", "db", "general"):
        fake.add_channel(name)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(fake))


async def _serve(fake: FakeDiscord) -> None:
    async with fake:
        print(f"Look:       {fake.url}/")
        print(f"api_base:   {fake.api_base}")
        print(f"gateway:    {fake.gateway_url}")
        print(f"token:      {fake.token}")
        print(f"guild:      {fake.guild_id} ({fake.state.guild_name})")
        for channel in fake.channels:
            print(f"channel:    {channel.id} #{channel.name}")
        for user in fake.state.users.values():
            print(f"person:     {user.id} {user.name}{' (the bot)' if user.bot else ''}")
        await asyncio.Event().wait()


if __name__ == "__main__":
    main()
