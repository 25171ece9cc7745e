"""Every verb of the catalog as a command of Discord, with nothing filled in, answered by a running
service: its form, its answer, or words that say what is wrong."""

from __future__ import annotations

import pytest

from bot.discord import slash
from commands.registry import CATALOG
from tests.discord_surface.test_end_to_end import House, _catalog, build, house
from tests.support.discord.command_line import command_help

__all__ = ["_catalog", "build", "house"]

pytestmark = pytest.mark.slow
BROKEN = ("fault of ours", "is in the log")


async def test_every_verb_is_offered_with_nothing_that_must_be_filled_in(house: House) -> None:
    offered = {c["line"]: c for c in command_help(house.fake.state, house.fake.channel("ops"))}
    wanted = {f"{slash.GROUPS[v.group][0]} {v.name}" for v in CATALOG.values() if v.listed}
    assert wanted == set(offered)
    assert not any(o["required"] for c in offered.values() for o in c["options"])


async def test_every_verb_is_answered_with_nothing_filled_in(house: House) -> None:
    await house.fires()
    ana, ops = house.person("Ana"), house.fake.channel("ops")
    silent: list[str] = []
    for verb in sorted((v for v in CATALOG.values() if v.listed), key=lambda v: v.name):
        house.clock.at += 3
        line = f"{slash.GROUPS[verb.group][0]} {verb.name}"
        seen = await house.fake.command(ana, ops, line)
        if seen.kind not in ("modal", "message", "deferred"):
            silent.append(f"{line}: {seen.kind}")
        elif any(words in seen.text for words in BROKEN):
            silent.append(f"{line}: {seen.text}")
    assert silent == []
    assert house.fake.violations == []


async def test_everything_that_is_completed_is_completed_in_time(house: House) -> None:
    incident, _ = await house.fires()
    ana, ops = house.person("Ana"), house.fake.channel("ops")
    empty: list[str] = []
    for verb in sorted((v for v in CATALOG.values() if v.listed), key=lambda v: v.name):
        line = f"{slash.GROUPS[verb.group][0]} {verb.name}"
        for field in verb.fields:
            option = slash._option(field)
            if not option.get("autocomplete"):
                continue
            house.clock.at += 1
            found = await house.fake.autocomplete(ana, ops, line, field.name, "")
            if field.kind in ("incident", "who", "person", "duty") and not found:
                empty.append(f"{line} {field.name}")
    allowed = {f"pv {name} incident" for name in ("reopen", "postmortem")}
    assert set(empty) <= allowed and incident
    assert house.fake.violations == []
