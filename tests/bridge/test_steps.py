"""Steps that follow each other faster than a thread can say them are said together."""

from __future__ import annotations

from pathlib import Path

from integrations.base import Transient
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
