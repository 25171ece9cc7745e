"""Runs the stand-in by itself, for people: ``python -m tests.support.slack --port 9001``."""

from __future__ import annotations

import argparse
import asyncio

from .server import FakeSlack

PEOPLE = ("Ana Petrova", "Omar Haddad", "Bob Lang", "Mei Tanaka")
ZONES = ("Europe/London", "Africa/Cairo", "Europe/Berlin", "Asia/Tokyo")


async def serve(arguments: argparse.Namespace) -> None:
    """Seed a small workspace and answer until interrupted."""
    slack = FakeSlack(port=arguments.port, host=arguments.host)
    for name, tz in zip(PEOPLE, ZONES, strict=True):
        slack.add_user(name, tz=tz)
    slack.add_channel("ops-alerts", id="C1")
    slack.add_channel("ops-private", private=True)
    for command in arguments.command or ["/pv"]:
        slack.commands[command] = True
    async with slack:
        print(f"Slack stand-in for people: {slack.url}/")
        print(f"  base_url        {slack.base_url}")
        print(f"  bot token       {slack.bot_token}")
        print(f"  app token       {slack.app_token}")
        print(f"  signing secret  {slack.signing_secret}", flush=True)
        if arguments.request_url and not await slack.set_request_url(arguments.request_url):
            print(f"  {arguments.request_url} did not answer the challenge", flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.slack", description=__doc__)
    parser.add_argument("--port", type=int, default=9001)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--request-url", help="deliver over signed HTTP to this URL, not over websockets"
    )
    parser.add_argument(
        "--command", action="append", help="a slash command of the app (default /pv)"
    )
    try:
        asyncio.run(serve(parser.parse_args()))
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main()
