"""What AWS can have and moto can't: told by a front in the services' own wire protocols."""

from __future__ import annotations

import json

import pytest

from integrations.base import Permanent, Transient
from store.clock import SystemClock
from store.model import Severity
from store.model.resource import Health
from tests.aws.conftest import Opener
from tests.aws.telling import told
from tests.support.aws.front import Call, Front, Refusal
from tests.support.aws.seed import MAIN, OTHER, ROLE, Seeded

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

WEST = f"{MAIN}/eu-west-1"
STATUS = """<DescribeInstanceStatusResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
<instanceStatusSet><item><instanceId>{ident}</instanceId>
<availabilityZone>eu-west-1a</availabilityZone>
<eventsSet><item><instanceEventId>instance-event-1</instanceEventId>
<code>instance-retirement</code><description>The instance runs on degraded hardware</description>
<notBefore>2026-12-01T10:00:00.000Z</notBefore></item>
<item><code>system-reboot</code><description>[Completed] Rebooted</description></item></eventsSet>
<instanceState><code>16</code><name>running</name></instanceState>
<systemStatus><status>{system}</status><details><item><name>reachability</name>
<status>failed</status><impairedSince>2026-11-26T08:00:00.000Z</impairedSince></item></details>
</systemStatus><instanceStatus><status>ok</status></instanceStatus></item></instanceStatusSet>
</DescribeInstanceStatusResponse>"""
VOLUME = """<DescribeVolumeStatusResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
<volumeStatusSet><item><volumeId>{ident}</volumeId><volumeStatus><status>impaired</status>
</volumeStatus><eventsSet><item><eventType>potential-data-inconsistency</eventType>
<description>I/O is off</description></item></eventsSet></item></volumeStatusSet>
</DescribeVolumeStatusResponse>"""


async def test_an_impaired_server_is_down_until_its_check_is_well_again(
    opened: Opener, front: Front, seeded: Seeded
) -> None:
    ident, connector = seeded.servers["eu-west-1"][3], opened()
    front.answers["ec2:DescribeInstanceStatus"] = lambda _: STATUS.format(
        ident=ident, system="impaired"
    )
    found = await told(connector, f"{WEST}/servers")
    kinds = {each.kind: each for each in found.faults}
    assert set(kinds) == {"StatusCheckFailedSystem", "ScheduledEvent"}
    assert kinds["StatusCheckFailedSystem"].severity is Severity.CRITICAL
    assert "instance retirement from 2026-12-01 10:00 UTC" in kinds["ScheduledEvent"].title
    one = next(each for each in found.resources if ident in each.ids)
    assert one.health is Health.DOWN
    assert "status check fails" in one.why
    front.answers["ec2:DescribeInstanceStatus"] = lambda _: STATUS.format(ident=ident, system="ok")
    healed = await told(connector, f"{WEST}/servers", cursor=found.cursor)
    assert [each.kind for each in healed.faults] == ["ScheduledEvent"]


async def test_an_impaired_volume_is_a_fault(opened: Opener, front: Front, seeded: Seeded) -> None:
    ident = seeded.ids["eu-west-1/free-volume-50"]
    front.answers["ec2:DescribeVolumeStatus"] = lambda _: VOLUME.format(ident=ident)
    found = await told(opened(), f"{WEST}/volumes")
    (one,) = found.faults
    assert (one.kind, one.severity) == ("VolumeImpaired", Severity.CRITICAL)
    assert one.resource.endswith(ident)
    assert not found.notes


async def test_sick_targets_are_counted_and_none_healthy_is_critical(
    opened: Opener, front: Front
) -> None:
    name, connector = "elasticloadbalancing:DescribeTargetHealth", opened()
    front.edits[name] = lambda xml: xml.replace(">healthy<", ">unhealthy<", 1)
    (one,) = (await told(connector, f"{WEST}/balancers")).faults
    assert one.title == "shop: 1 of 3 targets unhealthy in shop-web"
    assert one.severity is Severity.WARNING
    front.edits[name] = lambda xml: xml.replace(">healthy<", ">unhealthy<")
    worse = await told(connector, f"{WEST}/balancers")
    assert worse.faults[0].key == one.key
    assert worse.faults[0].severity is Severity.CRITICAL
    assert worse.named("shop").health is Health.DOWN


async def test_a_database_that_is_full_is_down(opened: Opener, front: Front) -> None:
    front.edits["rds:DescribeDBInstances"] = lambda xml: xml.replace(
        "<DBInstanceStatus>available<", "<DBInstanceStatus>storage-full<", 1
    )
    found = await told(opened(), f"{MAIN}/eu-central-1/databases")
    (one,) = found.faults
    assert (one.kind, one.severity) == ("StorageFull", Severity.CRITICAL)


async def test_what_aws_says_of_its_own_health(
    opened: Opener, front: Front, seeded: Seeded
) -> None:
    ident = seeded.servers["eu-west-1"][1]
    arn = "arn:aws:health:eu-west-1::event/EC2/AWS_EC2_OPERATIONAL_ISSUE/1"
    event = {"arn": arn, "service": "EC2", "eventTypeCode": "AWS_EC2_OPERATIONAL_ISSUE",
             "eventTypeCategory": "issue", "region": "eu-west-1", "startTime": 1795000000.0,
             "statusCode": "open", "eventScopeCode": "ACCOUNT_SPECIFIC"}  # fmt: skip
    notice = {**event, "arn": f"{arn}2", "eventTypeCategory": "accountNotification"}
    far = {**event, "arn": f"{arn}3", "region": "ap-south-1", "eventScopeCode": "PUBLIC"}
    front.answers["health:DescribeEvents"] = lambda call: (
        {"events": [event, notice], "nextToken": "more"}
        if "nextToken" not in call.body else {"events": [far]}
    )  # fmt: skip
    front.answers["health:DescribeEventDetails"] = lambda _: {
        "successfulSet": [
            {"event": event, "eventDescription": {"latestDescription": "We look into it."}}
        ]
    }
    front.answers["health:DescribeAffectedEntities"] = lambda _: {
        "entities": [{"eventArn": arn, "entityValue": ident, "statusCode": "IMPAIRED"}]
    }
    found = await told(opened(), f"{MAIN}/health")
    (one,) = found.faults
    assert one.title == f"AWS EC2: ec2 operational issue: {ident}"
    assert one.resource.endswith(ident)
    assert "We look into it." in one.description
    assert len(found.happenings) == 1


async def test_changes_are_told_once_with_who_made_them(
    opened: Opener, front: Front, seeded: Seeded
) -> None:
    ident, connector = seeded.servers["eu-west-1"][0], opened()
    now = SystemClock().now() / 1000
    who = {"type": "AssumedRole", "arn": f"arn:aws:sts::{MAIN}:assumed-role/Admin/ana@example.com"}
    full = {"userIdentity": who, "awsRegion": "eu-west-1", "sourceIPAddress": "192.0.2.1"}
    events = [
        {"EventId": "e1", "EventName": "RunInstances", "EventTime": now - 60,
         "ReadOnly": "false", "Username": "ana", "EventSource": "ec2.amazonaws.com",
         "Resources": [{"ResourceType": "AWS::EC2::Instance", "ResourceName": ident}],
         "CloudTrailEvent": json.dumps(full)},
        {"EventId": "e2", "EventName": "AssumeRole", "EventTime": now - 50},
    ]  # fmt: skip
    front.answers["cloudtrail:LookupEvents"] = lambda _: {"Events": events}
    found = await told(connector, f"{WEST}/trail")
    (one,) = found.happenings
    assert (one.who, one.reason, one.change) == ("ana@example.com (Admin)", "RunInstances", True)
    assert one.resource.endswith(ident)
    assert found.changes
    assert not (await told(connector, f"{WEST}/trail", cursor=found.cursor)).happenings


async def test_the_bill_is_read_by_service_region_and_use_and_shared_by_tag(
    opened: Opener, front: Front
) -> None:
    def bill(call: Call) -> dict[str, object]:
        by = [each["Key"] for each in call.body["GroupBy"]]
        rows = [(["AmazonEC2", "EUW1-BoxUsage:m5.4xlarge"], 30.0), (["AmazonEC2", "USW2-X"], 10.0)]
        if "team" in by:
            rows = [(["AmazonEC2", "team$web"], 30.0), (["AmazonEC2", "team$"], 10.0)]
        groups = [
            {"Keys": keys, "Metrics": {"UnblendedCost": {"Amount": str(much), "Unit": "USD"}}}
            for keys, much in rows
        ]  # fmt: skip
        span = {"Start": "2026-11-20", "End": "2026-11-21"}
        return {"ResultsByTime": [{"TimePeriod": span, "Groups": groups}]}

    front.answers["ce:GetCostAndUsage"] = bill
    found = await told(opened(cost_tag="team"), f"{MAIN}/cost")
    assert sum(each.amount for each in found.costs) == pytest.approx(40.0)
    web = [each for each in found.costs if each.tags == {"team": "web"}]
    assert sum(each.amount for each in web) == pytest.approx(30.0)
    one = next(each for each in web if each.usage == "m5.4xlarge")
    assert (one.service, one.region, one.account) == ("Amazon EC2", "eu-west-1", MAIN)
    asked = front.seen["ce:GetCostAndUsage"]
    await told(opened(cost_tag="team"), f"{MAIN}/cost", cursor=found.cursor)
    assert (asked, front.seen["ce:GetCostAndUsage"]) == (2, 4)


async def test_recommenders_and_rules_say_it_once(
    opened: Opener, front: Front, seeded: Seeded
) -> None:
    idle, large, third = seeded.servers["eu-west-1"][:3]
    arn = f"arn:aws:ec2:eu-west-1:{MAIN}:instance/"

    def optimizer(call: Call) -> dict[str, object]:
        if call.region != "eu-west-1":
            return {"instanceRecommendations": []}
        saving = {"estimatedMonthlySavings": {"currency": "USD", "value": 31.5}}
        option = {"instanceType": "m5.medium", "savingsOpportunity": saving}
        each = {"finding": "OVER_PROVISIONED", "currentInstanceType": "m5.large",
                "recommendationOptions": [option]}  # fmt: skip
        return {"instanceRecommendations": [
            {**each, "instanceArn": arn + ident} for ident in (idle, large, third)
        ]}  # fmt: skip

    front.answers["compute-optimizer:GetEC2InstanceRecommendations"] = optimizer
    front.answers["compute-optimizer:GetEBSVolumeRecommendations"] = lambda _: {}
    front.answers["compute-optimizer:GetIdleRecommendations"] = lambda _: {}
    front.answers["ce:GetRightsizingRecommendation"] = lambda _: {"RightsizingRecommendations": [
        {"AccountId": MAIN, "RightsizingType": "Terminate",
         "CurrentInstance": {"ResourceId": idle, "ResourceDetails": {
             "EC2ResourceDetails": {"Region": "EU (Ireland)"}}},
         "TerminateRecommendationDetail": {"EstimatedMonthlySavings": "70.1"}}
    ]}  # fmt: skip
    found = await told(opened(), f"{MAIN}/findings")
    by = {(each.rule, each.resource): each for each in found.findings}
    assert by["idle-server", arn + idle].saving == 70.1
    assert "Cost Explorer says so too" in by["idle-server", arn + idle].why
    assert ("oversized-server", arn + idle) not in by
    assert by["oversized-server", arn + large].saving == 31.5
    assert by["oversized-server", arn + large].origin == "rule"
    assert by["oversized-server", arn + third].origin == "Compute Optimizer"


# ---- refusals ------------------------------------------------------------------------------------


async def test_throttling_is_waited_out(opened: Opener, front: Front) -> None:
    front.refusals["ec2:DescribeInstances"] = [Refusal(503, "RequestLimitExceeded")] * 2
    found = await told(opened(), f"{WEST}/servers")
    assert len(found.resources) == 10
    front.always["ec2:DescribeInstances"] = Refusal(503, "RequestLimitExceeded")
    with pytest.raises(Transient, match="throttled"):
        await told(opened(), f"{WEST}/servers")


async def test_expired_credentials_of_a_role_are_got_anew(opened: Opener, front: Front) -> None:
    connector = opened(accounts=[{"id": OTHER, "role_arn": ROLE}])
    found = await told(connector, f"{OTHER}/eu-west-1/servers")
    assert len(found.resources) == 5
    assumed = front.seen["sts:AssumeRole"]
    front.expired |= {key for key in front.keys if key != "testing"}
    again = await told(connector, f"{OTHER}/eu-west-1/servers")
    assert len(again.resources) == 5
    assert front.seen["sts:AssumeRole"] == assumed + 1


async def test_what_is_never_allowed_is_left_out_and_said_once(
    opened: Opener, front: Front
) -> None:
    front.always["ec2:DescribeVolumeStatus"] = Refusal(403, "UnauthorizedOperation")
    connector = opened()
    found = await told(connector, f"{WEST}/volumes")
    assert found.resources
    assert found.notes == ["left out: ec2:DescribeVolumeStatus: UnauthorizedOperation"]
    await told(connector, f"{WEST}/volumes", cursor=found.cursor)
    assert front.seen["ec2:DescribeVolumeStatus"] == 1


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        (Refusal(403, "UnauthorizedOperation"), Permanent),
        (Refusal(503, "", html=True), Transient),
        (Refusal(500, "InternalError"), Transient),
    ],
)
async def test_what_was_told_before_is_not_gone_because_it_is_refused_now(
    opened: Opener, front: Front, refusal: Refusal, error: type[Exception]
) -> None:
    found = await told(opened(), f"{WEST}/volumes")
    front.always["ec2:DescribeVolumes"] = refusal
    with pytest.raises(error):
        await told(opened(), f"{WEST}/volumes", cursor=found.cursor)


async def test_a_region_that_is_off_and_support_that_is_not_bought_are_left_out(
    opened: Opener, front: Front
) -> None:
    front.always["ec2:DescribeInstances"] = Refusal(401, "AuthFailure")
    front.always["health:DescribeEvents"] = Refusal(400, "SubscriptionRequiredException")
    found = await told(opened(), f"{WEST}/servers", f"{MAIN}/health")
    assert not found.resources
    assert "health:DescribeEvents: SubscriptionRequiredException" in found.notes[-1]


async def test_a_role_that_may_not_be_assumed_leaves_the_other_accounts_alone(
    opened: Opener, front: Front
) -> None:
    front.always["sts:AssumeRole"] = Refusal(403, "AccessDenied")
    connector = opened(accounts=[{"id": MAIN}, {"id": OTHER, "role_arn": ROLE}])
    names = [each.name for each in await connector.parts()]
    assert [each for each in names if each.startswith(OTHER)] == [f"{OTHER}/account"]
    assert (await told(connector, f"{WEST}/servers")).resources
    with pytest.raises(Permanent, match="may not be assumed"):
        await told(connector, f"{OTHER}/account")


async def test_the_accounts_of_an_organization_are_found(opened: Opener, front: Front) -> None:
    front.answers["organizations:ListAccounts"] = lambda _: {"Accounts": [
        {"Id": MAIN, "Name": "main", "Status": "ACTIVE"},
        {"Id": OTHER, "Name": "lab", "Status": "ACTIVE"},
        {"Id": "333333333333", "Name": "old", "Status": "SUSPENDED"},
        {"Id": "444444444444", "Name": "out", "Status": "ACTIVE"},
    ]}  # fmt: skip
    connector = opened(organization_role="PixelView", exclude_accounts="444444444444")
    names = {each.name.partition("/")[0] for each in await connector.parts()}
    assert names == {MAIN, OTHER}
    assert len((await told(connector, f"{OTHER}/eu-west-1/servers")).resources) == 5


async def test_nobody_there_is_no_reason_to_believe_that_nothing_is_there(opened: Opener) -> None:
    connector = opened(endpoint_url="http://127.0.0.1:9", connect_timeout=1)
    with pytest.raises(Transient, match="not answered"):
        await connector.parts()
