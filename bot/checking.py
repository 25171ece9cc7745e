"""``check``: whether Slack and Discord allow what is wanted of them, before somebody needs it."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

from bot.abilities import WRONG, Finding
from bot.settings import Settings, load
from commands.words import headed

_MARKS = {"good": "ok", "note": "note", "wrong": "WRONG"}

Found = list[tuple[str, list[Finding]]]
"""Surface, and what was found there."""


def run(argv: Sequence[str]) -> int:
    """Look and tell; 1 where something is wrong."""
    parser = argparse.ArgumentParser(
        prog="pv check", description="Whether Slack and Discord allow what is wanted of them."
    )
    parser.add_argument("--config", type=Path, help="the settings file (default: pixelview.yaml)")
    parser.add_argument("--json", action="store_true", help="facts for programs")
    args = parser.parse_args(list(argv))
    found = asyncio.run(look(load(args.config)))
    if args.json:
        print(json.dumps(as_facts(found), indent=2, ensure_ascii=False))
    else:
        print("\n".join(in_words(found)))
    return 1 if any(f.level == WRONG for _, findings in found for f in findings) else 0


async def look(settings: Settings) -> Found:
    """What is found at each chat that is configured."""
    found: Found = []
    for name, own in (settings.slack.each() if settings.slack else {}).items():
        from bot.slack.check import check as slack

        channels, groups = channels_of(settings, name), groups_of(settings, name)
        found.append((name, await slack(own, channels, settings.url, groups)))
    if settings.discord:
        from bot.discord.check import check as discord

        channels, groups = channels_of(settings, "discord"), groups_of(settings, "discord")
        found.append(("discord", await discord(settings.discord, channels, groups)))
    return found


def channels_of(settings: Settings, surface: str) -> list[str]:
    """The channels of a chat that routes and policies name."""
    places = [place for _, place in settings.places()]
    places += [place for route in settings.definitions().routes for place in route.channels]
    split = (place.partition(":") for place in places)
    mine = (channel for chat, _, channel in split if chat == surface)
    return list(dict.fromkeys(c for c in mine if c and not c.startswith("@")))


def groups_of(settings: Settings, surface: str) -> list[str]:
    """The groups that follow who is on call there: named for that chat, or for all of them."""
    named = [group for team in settings.teams.values() for group in team.usergroup]
    split = (group.rpartition(":") for group in named)
    return list(dict.fromkeys(name for via, _, name in split if via in ("", surface)))


def as_facts(found: Found) -> dict[str, object]:
    """For programs."""
    findings = [
        {"surface": name, **dataclasses.asdict(finding)}
        for name, several in found
        for finding in several
    ]
    return {"ok": all(f["level"] != WRONG for f in findings), "findings": findings}


def in_words(found: Found) -> list[str]:
    """For people: what is wrong stands out, and says what to do."""
    if not found:
        return ["Neither Slack nor Discord is configured: nothing to check."]
    lines = []
    for name, findings in found:
        lines.append(f"{headed(name)}")
        for each in findings:
            lines.append(f"  {_MARKS[each.level]:<6} {each.what}: {each.words}")
            if each.fix and each.level != "good":
                lines.append(f"         → {each.fix}")
    wrong = sum(f.level == WRONG for _, findings in found for f in findings)
    lines.append("All is well." if not wrong else f"{wrong} wrong.")
    return lines
