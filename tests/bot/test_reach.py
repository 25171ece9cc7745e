"""Whom a page can reach: contacts of the file, accounts linked later, accounts found by e-mail."""

from __future__ import annotations

from pathlib import Path

from tests.support.world import World

YAML = """
people:
  ana:
    name: Ana Petrova
    email: ana@example.eu
    rules: [{after: 0, via: slack}, {after: 2, via: email}]
  omar: {name: Omar Haddad, rules: [{after: 0, via: discord}]}
teams:
  db: {members: [ana, omar], oncall: ana, lead: omar}
slack: {bot_token: xoxb-1}
"""


async def build(folder: Path, yaml: str) -> World:
    return await World.build(f"sqlite:///{folder}/pixelview.db", folder, yaml)


async def test_a_slack_account_is_found_by_the_e_mail_address(tmp_path: Path) -> None:
    world = await build(tmp_path, YAML)
    world.pad.members["ana@example.eu"] = "U0ANA"
    await world.fires()
    assert world.paged() == ["U0ANA"]
    assert world.app.identity.known("slack", "U0ANA") == world.door.definitions().people["ana"]
    await world.advance(minutes=2)
    assert world.paged() == ["U0ANA", "ana"]
    await world.end()


async def test_who_is_not_in_slack_is_asked_by_the_next_rule_at_once(tmp_path: Path) -> None:
    world = await build(tmp_path, YAML)
    incident = await world.fires()
    assert world.paged() == ["ana"]
    assert "page_failed" in await world.history(incident)
    await world.end()


async def test_without_a_slack_its_rules_are_passed_over_in_silence(tmp_path: Path) -> None:
    world = await build(tmp_path, YAML.replace("slack: {bot_token: xoxb-1}\n", ""))
    incident = await world.fires()
    await world.advance(minutes=2)
    assert world.paged() == ["ana"]
    assert "page_failed" not in await world.history(incident)
    await world.end()
