"""``slack manifest``: the app to make in Slack, for what it is to be used for."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.settings import Settings, load
from bot.slack.features import CORE, DEFAULT, REGISTRY, UnknownFeature, chosen
from bot.slack.manifest import as_json, as_yaml, manifest
from bot.workspaces import SlackSettings

_MOST_URL = 3_500


def _parser() -> argparse.ArgumentParser:
    lines = [f"  {f.name:<11} {f.use}{_needs(f.scopes)}" for f in (CORE, *REGISTRY.values())]
    parser = argparse.ArgumentParser(
        prog="pv slack manifest",
        description="Print the Slack app's manifest: paste it at https://api.slack.com/apps, "
        "Create New App, From a manifest.",
        epilog="features (core is always in; all is everything):\n" + "\n".join(lines),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", type=Path, help="the settings file (default: pixelview.yaml)")
    parser.add_argument(
        "--features", help="names with commas (default: slack.features of the settings, else "
        f"{','.join(DEFAULT)})",
    )  # fmt: skip
    parser.add_argument("--workspace", default="", help="whose settings; the first by itself")
    parser.add_argument("--url", help="the public address of the service, for --http")
    parser.add_argument("--command", help="the slash command (default: the settings', else /pv)")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--socket", action="store_true", help="Socket Mode: no public address")
    way.add_argument("--http", action="store_true", help="Slack calls <url>/slack/events")
    parser.add_argument("--json", action="store_true", help="as JSON, not YAML")
    return parser


def _needs(scopes: dict[str, str]) -> str:
    return f"\n{' ' * 14}needs {', '.join(scopes)}" if scopes else ""


def run(argv: Sequence[str]) -> int:
    """Print it; the exit status."""
    if list(argv[:1]) != ["manifest"]:
        print("pv slack manifest prints the app to make in Slack", file=sys.stderr)
        return 2
    args = _parser().parse_args(list(argv[1:]))
    settings = load(args.config)
    try:
        features = chosen(_wanted(args, settings))
        url = _address(args, settings)
        command = _command(args, settings)
    except (UnknownFeature, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    made = manifest(features, url=url, command=command)
    print(as_json(made) if args.json else as_yaml(made, features), end="")
    return 0


def _workspace(args: argparse.Namespace, settings: Settings) -> SlackSettings | None:
    if settings.slack is None:
        return None
    name = f"slack-{args.workspace}" if args.workspace else "slack"
    found = settings.slack.each().get(name)
    if found is None:
        raise ValueError(f"{args.workspace} is not one of the workspaces in slack.workspaces")
    return found


def _wanted(args: argparse.Namespace, settings: Settings) -> Sequence[str]:
    if args.features is not None:
        return str(args.features).split(",")
    own = _workspace(args, settings)
    return DEFAULT if own is None or own.features is None else own.features


def _command(args: argparse.Namespace, settings: Settings) -> str:
    own = _workspace(args, settings)
    command = str(args.command or (own.command if own else "/pv"))
    command = command if command.startswith("/") else f"/{command}"
    if not re.fullmatch(r"/[a-z0-9_-]{1,31}", command):
        raise ValueError(f"{command}: a command is a slash and at most 31 lower-case letters")
    return command


def _address(args: argparse.Namespace, settings: Settings) -> str:
    """Where Slack calls, "" over Socket Mode."""
    own = _workspace(args, settings)
    by_http = args.http or (args.url and not args.socket)
    if not by_http and not args.socket and own is not None:
        by_http = bool(own.signing_secret) and not own.app_token
    if not by_http:
        return ""
    url = str(args.url or settings.url)
    if not url.startswith("https://") and not url.startswith("http://"):
        raise ValueError(f"{url}: write the address with https://")
    if len(url) > _MOST_URL:
        raise ValueError("that address is too long for Slack")
    return url
