"""Reads the command line: serve, operator's commands, and every verb of the catalog."""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.cli import terminal
from bot.settings import BadSettings, Settings, load

EXIT_BAD_INPUT, EXIT_NO_KEY = 2, 3


def _parser() -> argparse.ArgumentParser:
    from bot.cli import record, tokens

    parser = argparse.ArgumentParser(
        prog="pv",
        description="PixelView: incidents as live cards, pages until somebody answers.",
        epilog="Any other word is a command of the catalog, run through the server: pv ack 1842. "
        "See pv help.",
    )
    parser.add_argument("--config", type=Path, help="the settings file (default: pixelview.yaml)")
    parts = parser.add_subparsers(dest="command", metavar="command")
    serve = parts.add_parser("serve", help="run the service")
    serve.add_argument("--config", type=Path, default=argparse.SUPPRESS)
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8080)
    serve.add_argument(
        "--insecure", action="store_true", help="plain HTTP, also where others can read along"
    )
    parts.add_parser("try", help="read one webhook body and print its alerts")
    parts.add_parser("inventory", help="inventory try SOURCE: look at a cluster or cloud once")
    parts.add_parser("stackstorm", help="stackstorm try [NAME]: ask StackStorm once, run nothing")
    parts.add_parser("import", help="settings from another on-call tool's export, compared with it")
    parts.add_parser("simulate", help="who would be paged how and why, minute by minute")
    parts.add_parser("prove", help="is there any instant at which nobody would be asked")
    parts.add_parser("shadow", help="shadow compare FILE: the old tool's pages against ours")
    tokens.arguments(parts)
    parts.add_parser("slack", help="slack manifest: the app to make in Slack")
    parts.add_parser("check", help="whether Slack and Discord allow what is wanted of them")
    record.arguments(parts)
    signin = parts.add_parser("signin", help="print a one-time sign-in link")
    signin.add_argument("person", nargs="?", help="whose; the first admin by itself")
    parts.add_parser("keys", help="keys list, add, rotate, remove: what seals the database")
    parts.add_parser("backup", help="backup FILE: everything, consistent and encrypted; verify")
    parts.add_parser("restore", help="restore FILE into an empty database")
    parts.add_parser("contact-card", help="print our numbers as a vCard for do not disturb")
    parts.add_parser("plan", help="what applying the settings file would change")
    parts.add_parser("apply", help="apply what the settings file defines")
    return parser


def run(argv: Sequence[str]) -> int:
    """Run one command; the exit status."""
    if argv and argv[0] in ("simulate", "prove"):
        from bot.cli import foresight

        return _guarded(lambda: foresight.run(argv))
    if (first := _config_last(argv))[:1] == ["slack"]:
        from bot import slackapp

        return _guarded(lambda: slackapp.run(first[1:]))
    if first[:1] == ["check"]:
        from bot import checking

        return _guarded(lambda: checking.run(first[1:]))
    if first[:1] == ["keys"]:
        from bot.cli import keys

        return _guarded(lambda: keys.run(first[1:]))
    if first[:1] in (["backup"], ["restore"]):
        from bot.cli import backup

        return _guarded(lambda: backup.run(first))
    looks = first[1:2] == ["try"] and first[0] in ("inventory", "stackstorm")
    if looks or (first[:1] == ["inventory"] and first != list(argv)):
        return _looked(first, argv)
    if argv[:2] == ["shadow", "compare"]:
        from bot.cli import shadowing

        return _guarded(lambda: shadowing.main(argv[2:]))
    known = {
        "serve",
        "try",
        "token",
        "audit",
        "signin",
        "plan",
        "apply",
        "contact-card",
        "-h",
        "--help",
    }
    words = [a for a in argv if not a.startswith("--config")]
    if words[:1] == ["signin"] and _as_oneself(words[1:]):
        known.discard("signin")
    if words and words[0] not in known and "--config" not in argv:
        from bot.cli.remote import verb

        return _with_settings(None, lambda settings: verb(settings, list(argv)))
    args = _parser().parse_args(list(argv))
    if args.command is None:
        _parser().print_help()
        return EXIT_BAD_INPUT
    return _with_settings(args.config, lambda settings: _local(settings, args))


def _looked(first: Sequence[str], argv: Sequence[str]) -> int:
    """``inventory try`` and ``stackstorm try`` look by themselves; the rest is the verb of the
    catalog."""
    if first[1:2] == ["try"]:
        from bot.cli import inventory, stackstorm

        asked = inventory if first[0] == "inventory" else stackstorm
        return _guarded(lambda: asked.run(first[2:]))
    from bot.cli.remote import verb

    given, rest = _parser().parse_known_args(list(argv))
    return _with_settings(given.config, lambda settings: verb(settings, ["inventory", *rest]))


def _as_oneself(rest: Sequence[str]) -> bool:
    """``signin`` with a code is asked of the server, as in chat; with a person's name it is what an
    operator does on the machine."""
    return any(re.fullmatch(r"[0-9A-Z]{4}-?[0-9A-Z]{4}", word) for word in rest)


def _config_last(argv: Sequence[str]) -> list[str]:
    """``--config X check`` is ``check --config X``."""
    words = list(argv)
    many = 2 if words[:1] == ["--config"] else int(words[:1] != [] and "--config=" in words[0])
    return [*words[many:], *words[:many]]


def _with_settings(path: Path | None, then: Callable[[Settings], int]) -> int:
    return _guarded(lambda: then(load(path)))


def _guarded(run: Callable[[], int]) -> int:
    from store.crypto import MissingKey

    try:
        with terminal.guarded():
            return run()
    except BadSettings as error:
        print(error, file=sys.stderr)
        return EXIT_BAD_INPUT
    except MissingKey as error:
        print(error, file=sys.stderr)
        return EXIT_NO_KEY
    except KeyboardInterrupt:
        return 130


def _local(settings: Settings, args: argparse.Namespace) -> int:
    if args.command == "serve":
        from bot.cli.serving import serve

        return asyncio.run(serve(settings, args.host, args.port, insecure=args.insecure))
    if args.command == "contact-card":
        from bot.numbers import card

        print(card(settings), end="")
        return 0
    if args.command == "signin" and not args.person and settings.cli_token:
        from bot.cli.remote import verb

        return verb(settings, ["signin"])
    from bot.cli import operator

    return asyncio.run(operator.run(settings, args))
