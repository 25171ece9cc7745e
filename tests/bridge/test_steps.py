"""Steps that follow each other faster than a thread can say them are said together."""

from __future__ import annotations

from pathlib import Path

from integrations.base import Permanent, Transient
from tests.support.engines import migrated_url
from tests.support.world import World

YAML = """
people:
  ana: {name: Ana Petrova, zone: Europe/Berlin, roles: [admin], slack: U0ANA}
  omar: {name: Omar Haddad, zone: Asia/Dubai, slack: U0OMAR}
  mei: {name: Mei Lin, zone: UTC, slack: U0MEI}
teams:
  db: {members: [ana, omar, mei], oncall: ana, lead: omar}
policies:
  db:
    steps:
      - {targets: ["person:ana"], delay: 1}
      - {targets: ["person:omar"], delay: 1}
      - {targets: ["person:mei"], delay: 5}
routes:
  - {name: db, team: db, policy: db, channels: ["slack:#ops"]}
"""


async def test_a_slow_thread_gets_one_message_for_several_steps(tmp_path: Path) -> None:
    world = await World.build(migrated_url("sqlite", tmp_path), tmp_path, YAML)
    try:
        await world.fires()
        world.pad.said.clear()
        world.pad.refuse["say"] = Transient("Slack asks to wait", 300.0)
        await world.does("ana", "note", 1, surface="web", text="in front")
        await world.advance(minutes=3)
        world.pad.refuse.clear()
        await world.advance(minutes=6)
        said = [text for _, text in world.pad.said if "you are next" in text]
        assert len(said) == 1
        assert "Mei you are next" in said[0] and "Omar you are next" not in said[0]
        assert "Ana did not answer" in said[0] and "Omar did not answer" in said[0]
    finally:
        await world.end()


async def test_the_same_failure_of_a_page_is_said_once(tmp_path: Path) -> None:
    yaml = YAML.replace("policies:\n  db:\n", "policies:\n  db:\n    repeat: 2\n")
    world = await World.build(migrated_url("sqlite", tmp_path), tmp_path, yaml)
    try:
        world.pad.refuse["page"] = Permanent("the account is gone")
        await world.fires()
        await world.advance(minutes=30)
        failed = [text for _, text in world.pad.said if " failed: " in text]
        assert sorted(failed) == [
            f"Slack message to {name} failed: the account is gone"
            for name in ("Ana", "Mei", "Omar")
        ]
        assert (await world.history(1)).count("page_failed") > 3
    finally:
        await world.end()
