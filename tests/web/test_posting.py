"""What channels show, in the console: read, tried, changed."""

from __future__ import annotations

import pytest

from tests.support.world import YAML
from tests.web.site import Site

RULE = """
channels:
  "slack:#ops": {severity: error, quiet: {from: "22:00", to: "07:00"}}
"""
ROLE = """
roles:
  runner: {permissions: ["action:*", self], help: Runs actions}
"""


@pytest.fixture
def yaml() -> str:
    """A channel whose rule the file owns, and a role."""
    return YAML + RULE + ROLE


async def test_the_rules_of_channels_stand_among_the_definitions(site: Site) -> None:
    ana = await site.visitor("ana")
    page = await ana.get("/definitions")
    assert "What channels show" in page.words
    assert "slack:#ops error and above · quiet 22:00-07:00, but for criticals" in page.words
    one = await ana.get("/definitions/channel/slack%3A%23ops")
    assert one.status == 200
    assert "slack:#ops" in one.words


async def test_roles_made_of_permissions_stand_there_too(site: Site) -> None:
    ana = await site.visitor("ana")
    assert "runner Runs actions · action:*, self" in (await ana.get("/definitions")).words
    assert (await ana.get("/definitions/role/runner")).status == 200
    assert (await ana.get("/definitions/role/new")).status == 200


async def test_a_new_rule_is_tried_and_put_in_force(site: Site) -> None:
    ana = await site.visitor("ana")
    page = await ana.get("/definitions/channel/new")
    hidden = page.fields("/definitions/channel/new")
    given = {**hidden, "name": "slack:#web", "text": "severity: critical\n"}
    tried = await ana.post("/definitions/channel/new", {**given, "deed": "try"})
    assert "it would have posted 0 cards instead of 0" in tried.words
    done = await ana.post("/definitions/channel/new", {**given, "deed": "save"})
    assert done.status == 303
    assert [c.name for c in site.world.door.definitions().channels] == ["slack:#ops", "slack:#web"]
    wrong = {**given, "name": "web", "key": "other", "deed": "save"}
    answer = await ana.post("/definitions/channel/new", wrong)
    assert "write the chat and the channel, such as slack:#ops" in answer.words
