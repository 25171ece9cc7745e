"""A group of Amazon is too busy, gets more machines by itself, and is well: against moto, with the
measures that CloudWatch has of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from bot.inventory.ledger import Ledger
from bot.inventory.taking import Taking
from bot.inventory.words import Page
from integrations import aws
from integrations.base import Acted, Connector
from store import automation_runs, executions
from store.clock import SystemClock, to_datetime
from store.model import MINUTE, IncidentStatus
from store.model.resource import Resource, Sample
from tests.aws.telling import told
from tests.support.aws.front import before
from tests.support.aws.moto import running
from tests.support.aws.seed import MAIN
from tests.support.world import ObedientClock, World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

REGION, SOURCE, GROUP = "eu-central-1", "aws-prod", "web"
YAML = f"""
people:
  ana: {{name: Ana Petrova, roles: [admin], slack: U0ANA}}
teams: {{web: {{members: [ana], oncall: ana}}}}
routes: [{{name: web, team: web, channels: ["slack:#ops"]}}]
inventory:
  sources:
    {SOURCE}: {{kind: aws, access_key: testing, secret_key: testing, regions: [{REGION}]}}
  rules:
    - name: web-busy
      kind: autoscaler
      if: cpu > 80% for 5m
      clear: < 60% for 5m
      severity: error
automations:
  scale-out:
    on: {{metric: web-busy}}
    when: {{kind: autoscaler}}
    mode: on
    cooldown: 2h
    limit: 3/6h
    do:
      - run: aws.scale
        params: {{by: 1}}
        else: {{escalate: "it could not be scaled: {{result}}"}}
      - check: cleared
        within: 30m
        then: {{note: "{{result}} That was enough."}}
        else: {{escalate: "one machine more was not enough"}}
"""


class Amazon:
    """One group behind moto, the connector that looks at it, and the port by which it is asked."""

    def __init__(self, address: str, connector: Connector) -> None:
        self.connector = connector
        session = boto3.Session("testing", "testing")
        self._made = {
            name: session.client(name, region_name=REGION, endpoint_url=address)
            for name in ("autoscaling", "cloudwatch")
        }

    def close(self) -> None:
        """Its clients are let go of."""
        for each in self._made.values():
            each.close()

    def begin(self) -> None:
        """Two machines of at most three."""
        scaling = self._made["autoscaling"]
        scaling.create_launch_configuration(
            LaunchConfigurationName=GROUP, ImageId="ami-12c6146b", InstanceType="t3.micro"
        )
        scaling.create_auto_scaling_group(
            AutoScalingGroupName=GROUP, LaunchConfigurationName=GROUP, MinSize=1, MaxSize=3,
            DesiredCapacity=2, AvailabilityZones=[f"{REGION}a"],
            Tags=[{"Key": "team", "Value": "web"}],
        )  # fmt: skip

    @property
    def desired(self) -> int:
        """How many machines the group is to have."""
        groups = self._made["autoscaling"].describe_auto_scaling_groups()["AutoScalingGroups"]
        return int(next(g["DesiredCapacity"] for g in groups if g["AutoScalingGroupName"] == GROUP))

    def busy(self, value: float) -> None:
        """CloudWatch measured so much, minute by minute, up to now."""
        now = to_datetime(SystemClock().now())
        self._made["cloudwatch"].put_metric_data(
            Namespace="AWS/EC2",
            MetricData=[
                {"MetricName": "CPUUtilization", "Value": value, "Unit": "Percent",
                 "Dimensions": [{"Name": "AutoScalingGroupName", "Value": GROUP}],
                 "Timestamp": now - timedelta(minutes=each)}
                for each in range(30)
            ],
        )  # fmt: skip

    async def act(
        self,
        source: str,
        action: str,
        resource: Resource,
        params: Mapping[str, Any],
        dry_run: bool,
    ) -> Acted:
        """As the inventory's engine asks it."""
        assert source == SOURCE
        return await self.connector.act(action, resource, params, dry_run)

    async def ask(
        self, source: str, what: str, resource: Resource, params: Mapping[str, Any]
    ) -> Any:
        """As the inventory's engine asks it."""
        return await self.connector.ask(what, resource, params)


class Story:
    """The world, the group, and what is told of it."""

    def __init__(self, world: World, amazon: Amazon) -> None:
        self.world, self.amazon = world, amazon
        self._taking = Taking(world.door, Ledger(world.door))

    async def looks(self, *more: Sample) -> Resource:
        """The connector looks at the group and its measures; ``more`` is measured beside."""
        found = await told(self.amazon.connector, f"{MAIN}/{REGION}/scaling")
        group = found.named(GROUP)
        measures = await told(self.amazon.connector, f"{MAIN}/{REGION}/metrics")
        page = Page(SOURCE, f"{MAIN}/{REGION}/scaling", {group.key: group})
        await self._taking.tell(page)
        samples = [one for one in (*measures.samples, *more) if one.resource == group.key]
        await self._taking.tell(Page(SOURCE, f"{MAIN}/{REGION}/metrics", samples=samples))
        await self.world.settle()
        return group

    async def said(self, number: int) -> list[str]:
        """What the timeline says of automation."""
        lines = (await self.world.detail(number)).timeline
        return [one.say for one in lines if one.kind in ("automation", "action")]


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    with running() as address:
        async with before(address) as front:
            connector = aws.inventory(SOURCE, {
                "access_key": "testing", "secret_key": "testing", "endpoint_url": front.address,
                "regions": [REGION], "rate": 500, "pricing_api": False,
            })  # fmt: skip
            amazon = Amazon(address, connector)
            clock = ObedientClock(SystemClock().now())
            world = await World.build(f"sqlite:///{tmp_path}/s.db", tmp_path, YAML, clock)
            world.door.infra = amazon
            yield Story(world, amazon)
            await world.end()
            amazon.close()
            await connector.close()


async def test_a_busy_group_is_scaled_once_and_its_incident_says_that_automation_did_it(
    story: Story,
) -> None:
    world, amazon = story.world, story.amazon
    amazon.begin()
    amazon.busy(94.0)
    group = await story.looks()
    (run,) = await world.app.reader.read(executions.last)
    number = run.incident_id
    assert (run.automation, run.state, run.params) == ("scale-out", "done", {"by": 1})
    assert amazon.desired == 3, "the group at Amazon has one more"
    assert number is not None and await world.status(number) is IncidentStatus.TRIGGERED

    world.clock.at += 5 * MINUTE
    await story.looks(Sample(group.key, "cpu", world.clock.at, 91.0))
    assert amazon.desired == 3, "it fires still, and is given time"

    for _ in range(3):
        world.clock.at += 5 * MINUTE
        await story.looks(Sample(group.key, "cpu", world.clock.at, 41.0))
    one = await world.incident(number)
    assert one.status is IncidentStatus.RESOLVED and one.holder is None
    assert one.summary == f"Automation scale-out: {run.says}."
    assert run.says == f"aws.scale by=1 on autoscaler {GROUP} in {SOURCE}"
    assert (await story.said(number))[-2:] == [
        "web goes from 2 to 3 instances. That was enough.",
        f"Automation scale-out did it: {run.says}.",
    ]
    report = await world.asks("ana", "automation-report")
    assert report.facts["whole"]["without_a_person"] == 1

    for _ in range(3):
        world.clock.at += 5 * MINUTE
        await story.looks(Sample(group.key, "cpu", world.clock.at, 95.0))
    held = (await world.app.reader.read(automation_runs.last))[0]
    assert held.state == "held" and "the cool-down lasts" in held.why
    assert amazon.desired == 3
