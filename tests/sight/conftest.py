"""A world with a private incident and a sensitive value planted in another one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.engines import fresh_url
from tests.support.world import World

YAML = """
people:
  ana: {name: Ana Petrova, email: ana@example.eu, roles: [admin], slack: U0ANA}
  omar: {name: Omar Haddad, email: omar@example.eu, slack: U0OMAR}
  mei: {name: Mei Lin, email: mei@example.eu, zone: UTC, roles: [viewer], slack: U0MEI}
  bob: {name: Bob Ross, email: bob@example.eu, roles: [responder], slack: U0BOB}
teams:
  db: {members: [omar], oncall: omar, lead: ana}
  web: {members: [mei, bob], lead: bob}
routes:
  - {name: vault, match: {service: vault}, team: db, channels: ["slack:#ops"], private: true}
  - {name: db, match: {team: db}, team: db, channels: ["slack:#ops"]}
  - {name: rest, team: db, channels: ["slack:#ops"]}
rules:
  - {name: hr, match: "service=payroll", private: true}
sensitive:
  labels: [customer, user_*]
  patterns: ['\\bDE\\d{20}\\b']
"""


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A world whose incidents are not for everybody."""
    made = await World.build(fresh_url("sqlite", tmp_path), tmp_path, YAML)
    yield made
    await made.end()
