"""Steps that tell channels, start actions, ask managers and duties; steps with conditions."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.settings import BadSettings, parse
from integrations.base import Permanent
from store.model import MINUTE
from tests.support.world import World, alert

YAML = """
people:
  ana: {name: Ana Petrova, roles: [admin], slack: U0ANA}
  omar: {name: Omar Haddad, slack: U0OMAR}
  lina: {name: Lina Berg, slack: U0LINA}
schedules:
  dba: {zone: UTC, layers: [{people: [lina]}]}
teams:
  db:
    members: [ana, omar]
    oncall: ana
    manager: omar
    duties: {dba: "schedule:dba"}
    zone: Asia/Dubai
policies:
  duties: {steps: [{targets: [manager], delay: 5}, {targets: ["duty:dba"], delay: 5}]}
  channel:
    steps:
      - {targets: ["channel:slack:#help"], delay: 5}
      - {targets: [person:omar], delay: 5}
  here: {steps: [{targets: [person:ana, "channel:slack:#ops"], delay: 5}]}
  many:
    steps:
      - {targets: [person:ana], delay: 5, alerts: {more_than: 2}}
      - {targets: [person:omar], delay: 5, alerts: {more_than: 1, within: 3}}
      - {targets: [person:lina], delay: 5}
    repeat: 1
  working:
    steps:
      - {targets: [person:ana], delay: 5, hours: {start: "06:00", end: "07:00"}}
      - {targets: [person:omar], delay: 5}
  hook:
    steps:
      - {targets: ["action:restart"], delay: 5}
      - {targets: [person:omar], delay: 5}
routes:
  - {name: duties, match: {p: duties}, policy: duties, team: db}
  - {name: channel, match: {p: channel}, policy: channel, team: db, channels: ["slack:#ops"]}
  - {name: here, match: {p: here}, policy: here, team: db, channels: ["slack:#ops"]}
  - {name: many, match: {p: many}, policy: many, team: db}
  - {name: working, match: {p: working}, policy: working, team: db}
  - {name: hook, match: {p: hook}, policy: hook, team: db}
  - {name: rest, team: db}
"""


def hooked(url: str) -> str:
    """The house with an action at an address."""
    return (
        YAML + f"actions: {{restart: {{url: '{url}', secret: s3cret, headers: {{X-Team: db}}}}}}\n"
    )


@pytest.fixture
async def house(url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A house with targets of every kind; nobody listens where its action goes."""
    made = await World.build(url, tmp_path, hooked("http://127.0.0.1:9/none"))
    yield made
    await made.end()


def paged(house: World) -> list[str]:
    """Who was paged about an incident."""
    return [a for a, card in house.pad.direct if card.head.id]


async def fires(house: World, policy: str, key: str = "k1") -> int:
    """An alert that goes to a policy."""
    return await house.fires(key, labels={"p": policy})


async def lines(house: World, incident: int, *kinds: str) -> list[tuple[str, str]]:
    """The timeline's sentences of some kinds, with why."""
    found = (await house.detail(incident)).timeline
    return [(e.say, e.why) for e in found if e.kind in kinds]


async def test_a_manager_is_asked_and_a_duty_may_be_held_by_a_schedule(house: World) -> None:
    incident = await fires(house, "duties")
    await house.advance(minutes=5)
    assert paged(house) == ["U0OMAR", "U0LINA"]
    whys = [p.why for p in (await house.detail(incident)).pages]
    assert whys[0] == "Omar Haddad is manager of team db; step 1 of duties"
    assert whys[1].startswith("Lina Berg is dba of team db in schedule dba")


# channels


async def test_a_channel_is_shown_the_card_and_told_and_its_delay_passes(house: World) -> None:
    incident = await fires(house, "channel")
    assert sorted(channel for channel, _ in house.pad.posts) == ["#help", "#ops"]
    told = [said for _, said in house.pad.said if "tells this channel" in said]
    assert told == ["⏫ Nobody has it after 0 s. Step 1 of channel tells this channel."]
    assert (await lines(house, incident, "step"))[0][0] == "Telling #help in Slack (step 1 of 2)."
    await house.advance(minutes=4, seconds=59)
    assert paged(house) == []
    await house.advance(seconds=1)
    assert paged(house) == ["U0OMAR"]


async def test_the_card_in_that_channel_follows_the_incident(house: World) -> None:
    incident = await fires(house, "channel")
    house.pad.edits.clear()
    await house.does("ana", "ack", incident)
    assert len(house.pad.edits) == 2


async def test_where_the_card_stands_already_it_is_not_posted_again(house: World) -> None:
    await fires(house, "here")
    assert [channel for channel, _ in house.pad.posts] == ["#ops"]
    assert paged(house) == ["U0ANA"]


async def test_a_channel_that_refuses_was_not_told(house: World) -> None:
    house.pad.refuse["post"] = Permanent("channel_not_found")
    incident = await fires(house, "channel")
    assert paged(house) == ["U0OMAR"]  # at once
    said = await lines(house, incident, "unreachable")
    assert said == [("Nobody was told.", "What follows comes at once.")]


# conditions


async def test_a_step_for_many_alerts_is_skipped_at_once_while_there_are_few(house: World) -> None:
    incident = await fires(house, "many")
    assert paged(house) == ["U0LINA"]
    skipped = [why for _, why in await lines(house, incident, "skip")]
    assert skipped == [
        "It is for more than 2 alerts; there is 1.",
        "It is for more than 1 alert in 3 min; there is 1.",
    ]


async def test_the_next_pass_asks_when_there_are_enough(house: World) -> None:
    await fires(house, "many")
    for key in ("k2", "k3"):
        await house.hears(alert(key, labels={"p": "many"}))
    house.pad.direct.clear()
    await house.advance(minutes=5)
    assert paged(house) == ["U0ANA"]


async def test_a_rate_is_counted_back_from_the_last_alert(house: World) -> None:
    await fires(house, "many")
    await house.advance(minutes=4)
    await house.hears(alert("k2", labels={"p": "many"}))  # the first is four minutes older
    house.pad.direct.clear()
    await house.advance(minutes=1)
    assert paged(house) == ["U0LINA"]


async def test_hours_without_a_zone_are_those_of_the_team(house: World) -> None:
    await fires(house, "working")  # 06:09 in Dubai
    assert paged(house) == ["U0ANA"]


# actions


class Hook:
    """Takes in what an action posts."""

    def __init__(self) -> None:
        self.bodies: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[tuple[int, str]] = []
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        """Write a request down."""
        self.bodies.append((dict(request.headers), await request.read()))
        status, said = self.answers.pop(0) if self.answers else (204, "")
        more = {"Location": "http://127.0.0.1:9/"} if status == 302 else {}
        return web.Response(status=status, text=said or None, headers=more)


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    """An address on this machine."""
    made, app = Hook(), web.Application()
    app.router.add_post("/restart", made.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/restart"
    yield made
    await runner.cleanup()


@pytest.fixture
async def hooks(url: str, tmp_path: Path, hook: Hook) -> AsyncIterator[World]:
    """A house whose action is heard."""
    made = await World.build(url, tmp_path, hooked(hook.url))
    yield made
    await made.end()


async def sent(house: World, incident: int, kind: str, times: int = 1) -> list[tuple[str, str]]:
    """The lines of a kind, once there are so many: a real request takes its time."""
    async with asyncio.timeout(10):
        while len(found := await lines(house, incident, kind)) < times:
            await house.app.outbox.pump()
            await asyncio.sleep(0.01)
    return found


async def test_an_action_posts_the_incident_signed(hooks: World, hook: Hook) -> None:
    incident = await fires(hooks, "hook")
    done = await sent(hooks, incident, "action", 2)
    assert [say for say, _ in done] == ["Action restart started.", "Action restart was taken."]
    [(headers, body)] = hook.bodies
    said: dict[str, Any] = json.loads(body)
    assert (said["action"], said["step"], said["why"]) == ("restart", 0, "Step 1 of hook.")
    assert (said["incident"]["id"], said["incident"]["status"]) == (str(incident), "triggered")
    assert said["incident"]["alerts"][0]["title"] == "Disk 94 % full on db-3"
    at = headers["X-PixelView-Timestamp"]
    made = hmac.new(b"s3cret", at.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["X-PixelView-Signature"] == f"v1={made}"
    assert headers["X-Team"] == "db" and "X-PixelView-Repeat" not in headers
    await hooks.advance(minutes=4)
    assert paged(hooks) == []
    await hooks.advance(minutes=1)
    assert paged(hooks) == ["U0OMAR"]


async def test_an_action_that_is_refused_asks_nobody_to_wait(hooks: World, hook: Hook) -> None:
    hook.answers = [(403, "no\nentry")]
    incident = await fires(hooks, "hook")
    [(say, why)] = await sent(hooks, incident, "action_failed")
    assert (say, why) == ("Action restart failed.", "403 no entry")
    await hooks.settle()
    assert paged(hooks) == ["U0OMAR"]


async def test_an_action_is_tried_three_times(hooks: World, hook: Hook) -> None:
    hook.answers = [(503, ""), (429, ""), (500, "")]
    incident = await fires(hooks, "hook")
    for _ in range(3):
        await sent(hooks, incident, "action", 1)
        hooks.clock.at += MINUTE
        await hooks.settle()
    failed = await sent(hooks, incident, "action_failed")
    assert len(hook.bodies) == 3 and failed[0][1].endswith("three times.")
    deliveries = {headers["X-PixelView-Delivery"] for headers, _ in hook.bodies}
    assert len(deliveries) == 1


async def test_no_redirect_is_followed(hooks: World, hook: Hook) -> None:
    hook.answers = [(302, "")]
    incident = await fires(hooks, "hook")
    [(_, why)] = await sent(hooks, incident, "action_failed")
    assert why.startswith("302")


@pytest.mark.parametrize(
    ("policy", "mistake"),
    [
        ("['action:reboot']", "reboot is not one of the actions"),
        ("['channel:#ops']", "write channel:slack:#<name>"),
        ("['manager:web']", "web is not one of the teams"),
        ("['duty:oracle']", "oracle is none of the duties"),
    ],
)
def test_targets_that_lead_nowhere_are_told(policy: str, mistake: str) -> None:
    text = f"{YAML}actions: {{restart: {{url: 'http://x.test/'}}}}\n"
    text = text.replace("policies:\n", f"policies:\n  bad: {{steps: [{{targets: {policy}}}]}}\n")
    with pytest.raises(BadSettings, match=mistake):
        parse(text, "p.yaml")
