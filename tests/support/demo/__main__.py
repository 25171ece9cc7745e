"""``make demo``: everything on this machine, a few addresses to open, until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import signal
import sys

from tests.support.demo import story
from tests.support.demo.demo import Demo, DidNotStart
from tests.support.demo.service import free_or_any

GREETING = """
PixelView runs here with a Slack, a Discord, a mail server, telephones and a StackStorm that are
not real.
Open these side by side; what you press in one shows in all.

  Console   {link}
            (one use, for {admin}; then {url})
  Slack     {slack}
  Discord   {discord}
  Mail      {mail}
  Phones    {phones}

Three incidents come by themselves. Acknowledge one anywhere, be somebody else in a chat (Bob may
only look), type /pv list, write in a card's thread. Run… on a card offers what fixes it. In the
threads of the full disk and of the lagging replica an automation waits for a word of yours (/asked
in the console), the slow checkout was restarted by one. Fire another:

{curl}

Ctrl-C ends everything and leaves nothing behind.
"""


PORTS = {
    "port": 8080, "slack-port": 9001, "discord-port": 9002, "mail-port": 9003, "phone-port": 9004,
}  # fmt: skip


def main() -> int:
    """Reads the arguments; 0 after Ctrl-C or the seconds asked for."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    for name, usual in PORTS.items():
        said = f"(default: {usual}, or any free one)"
        parser.add_argument(f"--{name}", type=int, default=free_or_any(usual), help=said)
    parser.add_argument("--seconds", type=float, help="end after so many seconds")
    parser.add_argument("--no-story", action="store_true", help="let nothing happen by itself")
    args = parser.parse_args()
    try:
        return asyncio.run(_run(args))
    except DidNotStart as error:
        print(f"The service did not start: {error}", file=sys.stderr)
    except OSError as error:
        print(f"{error.strerror or error}", file=sys.stderr)
    return 1


def _is_a_fault(record: logging.LogRecord) -> bool:
    """Whoever hung up before the answer came, as the service does when it ends, is none."""
    return not (record.exc_info and isinstance(record.exc_info[1], ConnectionError))


async def _run(args: argparse.Namespace) -> int:
    told = asyncio.Event()
    logging.getLogger("aiohttp.server").addFilter(_is_a_fault)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    demo = Demo(
        port=args.port, slack_port=args.slack_port, discord_port=args.discord_port,
        mail_port=args.mail_port, phone_port=args.phone_port,
    )  # fmt: skip
    async with demo:
        _greet(demo)
        happens = None if args.no_story else asyncio.create_task(story.tell(demo.fire))
        ended = asyncio.create_task(demo.service.ended())
        over = asyncio.create_task(told.wait())
        await asyncio.wait({ended, over}, timeout=args.seconds, return_when="FIRST_COMPLETED")
        if happens is not None:
            happens.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await happens
        if ended.done():
            raise DidNotStart(f"it ended by itself:\n{demo.service.words}")
        for task in (ended, over):
            task.cancel()
        print(f"\nOver: {len(demo.mail.mails)} mails were sent.", flush=True)
    return 0


def _greet(demo: Demo) -> None:
    service = demo.service
    said = GREETING.format(
        link=service.link, url=service.url, admin="Ana Petrova", curl=service.curl,
        slack=f"{demo.slack.url}/", discord=f"{demo.discord.url}/", mail=f"{demo.mail.url}/",
        phones=f"{demo.phones.url}/",
    )  # fmt: skip
    print(said, flush=True)


if __name__ == "__main__":
    sys.exit(main())
