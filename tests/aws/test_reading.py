"""What is read from what AWS answers: small answers of our own, odd ones among them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.aws import (
    alarms,
    balancers,
    calls,
    containers,
    cost,
    databases,
    disks,
    edges,
    functions,
    others,
    prices,
    savings,
    scaling,
    servers,
    trail,
    usage,
)  # fmt: skip
from integrations.aws.place import Account, Memory, Place
from integrations.aws.settings import source
from store.clock import from_datetime
from store.model import DAY, HOUR, Severity
from store.model.resource import Health

NOW = from_datetime(datetime(2026, 11, 26, 12, tzinfo=UTC))
ACCOUNT = "111122223333"


def place(**settings: Any) -> Place:
    """A place where nothing is asked."""
    account = Account(ACCOUNT, regions=("eu-west-1",))
    none: Any = None
    return Place(source("aws", settings), account, "eu-west-1", none, Memory(), NOW)


def when(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)


@pytest.mark.parametrize("raw", [{}, {"State": None, "Tags": None, "Placement": "x", "Events": 1}])
def test_half_answers_are_read_all_the_same(raw: dict[str, Any]) -> None:
    here = place()
    read = [
        servers.server(here, raw, raw), disks.volume(here, raw, raw),
        databases.cluster(here, raw, {}),
        databases.instance(here, raw, {}), balancers.balancer(here, raw, [], {}),
        balancers.classic(here, raw, [], {}), scaling.group(here, raw, raw),
        functions.function(here, raw, {}), edges.certificate(here, raw, {}), edges.stack(here, raw),
        databases.table(here, raw, {}), containers.eks_thing(here, raw, "pool", "x"),
        alarms.alarm(here, raw, {}),
    ]  # fmt: skip
    assert all(not faults for _, faults in read)


@pytest.mark.parametrize(
    ("state", "health", "kind"),
    [
        ("available", Health.OK, ""), ("backing-up", Health.OK, ""), ("", Health.OK, ""),
        ("stopped", Health.OK, ""), ("rebooting", Health.DEGRADED, ""),
        ("storage-full", Health.DOWN, "StorageFull"),
        ("failed", Health.DOWN, "DatabaseNotAvailable"),
        ("incompatible-network", Health.DOWN, "DatabaseNotAvailable"),
        ("inaccessible-encryption-credentials", Health.DOWN, "DatabaseNotAvailable"),
    ],
)  # fmt: skip
def test_states_of_databases(state: str, health: Health, kind: str) -> None:
    raw = {"DBInstanceIdentifier": "orders", "DBInstanceStatus": state}
    one, faults = databases.instance(place(), raw, {})
    assert one.health is health
    assert [each.kind for each in faults] == ([kind] if kind else [])


def test_a_group_that_is_short_or_can_not_launch_is_a_fault() -> None:
    raw = {"AutoScalingGroupName": "web", "DesiredCapacity": 3, "Instances": [
        {"LifecycleState": "InService", "HealthStatus": "Healthy"},
        {"LifecycleState": "Pending", "HealthStatus": "Healthy"},
    ]}  # fmt: skip
    failed = {"StatusCode": "Failed", "StartTime": when(NOW - HOUR),
              "StatusMessage": "insufficient capacity"}  # fmt: skip
    one, faults = scaling.group(place(), raw, failed)
    assert {each.kind: each.severity for each in faults} == {
        "InstancesMissing": Severity.WARNING, "ScalingFailed": Severity.ERROR,
    }  # fmt: skip
    assert one.health is Health.DEGRADED
    assert not scaling.group(place(), {}, {**failed, "StartTime": when(NOW - DAY)})[1]


def test_a_deployment_of_ecs_that_failed_says_why() -> None:
    failed = {"rolloutState": "FAILED", "rolloutStateReason": "circuit breaker"}
    raw = {"serviceName": "cart", "status": "ACTIVE", "desiredCount": 2, "runningCount": 2,
           "deployments": [failed]}  # fmt: skip
    cluster = containers.ecs_cluster(place(), {"clusterArn": "arn:x", "clusterName": "shop"})
    one, (fault,) = containers.ecs_service(place(), raw, cluster)
    assert (fault.kind, fault.description) == ("DeploymentFailed", "circuit breaker")
    assert one.parents == ("arn:x",)


def test_what_eks_says_is_wrong() -> None:
    raw = {"nodegroupArn": "arn:n", "nodegroupName": "pool", "status": "DEGRADED", "health": {
        "issues": [{"code": "AsgInstanceLaunchFailures", "message": "no capacity",
                    "resourceIds": ["asg-1"]}]}}  # fmt: skip
    one, (fault,) = containers.eks_thing(place(), raw, "pool", "arn:c")
    assert (one.health, fault.kind) == (Health.DEGRADED, "AsgInstanceLaunchFailures")


@pytest.mark.parametrize(
    ("days", "used", "severity"),
    [(40, True, None), (20, True, Severity.WARNING), (3, True, Severity.CRITICAL),
     (-1, True, Severity.CRITICAL), (3, False, None)],
)  # fmt: skip
def test_certificates_are_warned_of_in_time(
    days: int, used: bool, severity: Severity | None
) -> None:
    raw = {"CertificateArn": "arn:c", "DomainName": "shop.example.com", "Status": "ISSUED",
           "InUse": used, "NotAfter": when(NOW + days * DAY + HOUR)}  # fmt: skip
    _, faults = edges.certificate(place(), raw, {})
    assert [each.severity for each in faults] == ([severity] if severity else [])


def test_alarms_that_only_scale_something_are_none() -> None:
    scale = "arn:aws:autoscaling:eu-west-1:1:scalingPolicy:x"
    page = "arn:aws:sns:eu-west-1:1:pages"
    assert alarms.steers({"AlarmActions": [scale]})
    assert alarms.steers({"AlarmName": "TargetTracking-table/x-AlarmLow-1"})
    assert not alarms.steers({"AlarmActions": [scale, page]})
    assert not alarms.steers({"AlarmActions": []})


def test_an_alarm_has_the_severity_of_its_tag_its_name_or_the_setting() -> None:
    here = place(alarm_severity="warning", alarm_severities={"*disk*": "critical"})
    raw = {"AlarmArn": "arn:a", "AlarmName": "db-disk", "StateValue": "ALARM"}
    assert alarms.alarm(here, raw, {})[1][0].severity is Severity.CRITICAL
    assert alarms.alarm(here, raw, {"Severity": "info"})[1][0].severity is Severity.INFO
    assert alarms.alarm(here, {**raw, "AlarmName": "x"}, {})[1][0].severity is Severity.WARNING
    assert not alarms.alarm(here, {**raw, "ActionsEnabled": False}, {})[1]


def test_an_alarm_of_a_metric_of_several_is_about_the_first_that_has_a_name() -> None:
    metric = {"Dimensions": [{"Name": "DBInstanceIdentifier", "Value": "orders"}]}
    raw = {"AlarmName": "x", "StateValue": "ALARM", "Metrics": [
        {"Expression": "m1"}, {"MetricStat": {"Metric": metric}}]}  # fmt: skip
    (fault,) = alarms.alarm(place(), raw, {})[1]
    assert fault.resource == f"arn:aws:rds:eu-west-1:{ACCOUNT}:db:orders"


@pytest.mark.parametrize(
    ("answer", "following"),
    [
        ({}, {}), ({"NextToken": ""}, {}), ({"NextToken": "a"}, {"NextToken": "a"}),
        ({"nextToken": "a"}, {"nextToken": "a"}), ({"NextMarker": "a"}, {"Marker": "a"}),
        ({"Marker": "old", "IsTruncated": False}, {}), ({"Marker": "a"}, {"Marker": "a"}),
        ({"Marker": "old", "NextMarker": "b", "IsTruncated": True}, {"Marker": "b"}),
        ({"DistributionList": {"NextMarker": "a", "IsTruncated": True}}, {"Marker": "a"}),
        ({"LastEvaluatedTableName": "t"}, {"ExclusiveStartTableName": "t"}),
        ({"PaginationToken": "a"}, {"PaginationToken": "a"}),
    ],
)  # fmt: skip
def test_every_service_names_its_next_page_in_its_own_way(
    answer: dict[str, Any], following: dict[str, str]
) -> None:
    assert calls.next_page(answer) == following


@pytest.mark.parametrize(
    ("said", "region", "used"),
    [
        ("EUW1-BoxUsage:m5.4xlarge", "eu-west-1", "m5.4xlarge"),
        ("BoxUsage:t3.micro", "", "t3.micro"),
        ("EUC1-SpotUsage:c5.large", "eu-central-1", "c5.large (spot)"),
        ("EU-EBS:VolumeUsage.gp3", "eu-west-1", "gp3 disks"),
        ("NatGateway-Hours", "", "NAT gateways"),
        ("APN1-TimedStorage-ByteHrs", "ap-northeast-1", "storage"), ("Requests", "", "Requests"),
        ("USE1-EUW1-AWS-Out-Bytes", "us-east-1", "traffic"), ("", "", ""),
    ],
)  # fmt: skip
def test_usage_types_name_region_and_use(said: str, region: str, used: str) -> None:
    assert (usage.region_of(said), usage.usage_of(said)) == (region, used)


def test_a_bill_is_read_whichever_way_it_is_grouped() -> None:
    money = {"UnblendedCost": {"Amount": "1.5", "Unit": "EUR"}}
    day = {"TimePeriod": {"Start": "2026-11-20"}}
    asked = ["SERVICE", "USAGE_TYPE"]
    (line,) = cost.lines_of({**day, "Groups": [{"Keys": ["AmazonS3", "222222222222"],
                                                "Metrics": money}]}, asked)  # fmt: skip
    one = cost.cost(place(), line)
    assert (one.service, one.account, one.currency) == ("Amazon S3", "222222222222", "EUR")
    (line,) = cost.lines_of({**day, "Groups": [{"Keys": ["Tax"], "Metrics": money}]}, asked)
    assert cost.cost(place(), line).account == ACCOUNT
    (line,) = cost.lines_of({**day, "Total": {"BlendedCost": {"Amount": "3"}}}, asked)
    assert (cost.cost(place(), line).service, line.amount) == ("AWS", 3.0)
    assert not list(cost.lines_of({**day, "Groups": [{"Keys": [], "Metrics": None}]}, asked))
    assert not list(cost.lines_of({}, asked))


def test_small_amounts_are_one_line_and_the_sum_stays() -> None:
    lines = [cost.Line("2026-11-20", {"SERVICE": "S", "USAGE_TYPE": f"u{n}"}, much, "USD")
             for n, much in enumerate((0.004, 0.003, 5.0, -1.0))]  # fmt: skip
    found = cost.gathered(cost.cost(place(), each) for each in lines)
    assert [each.usage for each in found] == ["", "u2", "u3"]
    assert sum(each.amount for each in found) == pytest.approx(4.007)


def test_who_called() -> None:
    role = {"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/Deploy/ci-7"}
    said = [
        ({"userIdentity": {"type": "IAMUser", "userName": "ana"}}, "ana"),
        ({"userIdentity": role}, "ci-7 (Deploy)"), ({"userIdentity": {"type": "Root"}}, "root"),
        ({"userIdentity": {"invokedBy": "autoscaling.amazonaws.com"}}, "autoscaling"), ({}, ""),
    ]  # fmt: skip
    assert [trail.author(full) for full, _ in said] == [who for _, who in said]


def test_a_call_that_failed_changed_nothing_and_dull_ones_are_left_out() -> None:
    raw = {"EventId": "e", "EventName": "TerminateInstances", "CloudTrailEvent": json.dumps(
        {"errorCode": "AccessDenied"}), "Resources": [{"ResourceName": "i-1"}]}  # fmt: skip
    (one,) = trail.happened(place(), raw)
    assert (one.change, one.warning) == (False, True)
    assert one.resource.endswith("instance/i-1")
    for name in ("AssumeRole", "DescribeInstances", "GenerateDataKey", "CreateLogStream"):
        assert trail.happened(place(), {**raw, "EventName": name}) == []
    assert trail.happened(place(), {**raw, "CloudTrailEvent": "{"})


def test_each_of_the_servers_that_one_call_started_knows_who_it_was() -> None:
    around = [("AWS::EC2::VPC", "vpc-1"), ("AWS::EC2::Ami", "ami-1"), ("AWS::EC2::Subnet", "s-1")]
    servers = [("AWS::EC2::Instance", f"i-{n}") for n in range(12)]
    full = json.dumps({"requestParameters": {"instanceType": "m5.4xlarge"}})
    about = [{"ResourceType": kind, "ResourceName": name} for kind, name in around + servers]
    raw = {"EventId": "e", "EventName": "RunInstances", "Username": "ana", "Resources": about,
           "CloudTrailEvent": full}  # fmt: skip
    found = trail.happened(place(), raw)
    assert [each.resource.rpartition("/")[2] for each in found] == [f"i-{n}" for n in range(12)]
    assert {each.who for each in found} == {"ana"}
    assert found[0].text == "RunInstances i-0 (m5.4xlarge)"
    assert len({each.key for each in found}) == 12
    stopped = {"EventId": "e", "EventName": "StopDBCluster", "Resources": [
        {"ResourceType": "AWS::RDS::DBCluster", "ResourceName": "books"}]}  # fmt: skip
    assert trail.happened(place(), stopped)[0].resource.endswith(":cluster:books")


@pytest.mark.parametrize(
    ("arn", "kind"),
    [
        ("arn:aws:kms:eu-west-1:1:key/abc", "key"), ("arn:aws:sns:eu-west-1:1:pages", "other"),
        ("arn:aws:es:eu-west-1:1:domain/logs", "database"),
        ("arn:aws:ec2:eu-west-1:1:volume/v", ""),
        ("arn:aws:logs:eu-west-1:1:log-group:/aws/lambda/x", "other"), ("arn:aws:s3:::bucket", ""),
        ("arn:aws:apigateway:eu-west-1::/restapis/x", "gateway"), ("arn:aws:sqs:eu-west-1:1:q", ""),
        ("arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/x/1", ""),
        ("arn:aws:secretsmanager:eu-west-1:1:secret:db-1", "other"), ("nonsense", ""), ("", ""),
        ("arn:aws:lambda:eu-west-1:1:function:x", ""), ("arn:aws:iam::1:role/x", ""),
    ],
)  # fmt: skip
def test_only_what_is_described_nowhere_else_is_other(arn: str, kind: str) -> None:
    one = others.other(place(), arn, {})
    assert (one.kind if one else "") == kind


def test_prices_by_size_family_and_region() -> None:
    assert prices.monthly("m5.4xlarge", "us-east-1") == pytest.approx(0.768 * 730)
    assert prices.monthly("t3.micro", "us-east-1") == pytest.approx(0.0104 * 730)
    assert prices.monthly("m5.large", "eu-central-1") == pytest.approx(0.096 * 730 * 1.2)
    assert prices.monthly("zz9.large", "us-east-1") is None
    assert prices.monthly("nonsense", "us-east-1") is None
    listed = {"terms": {"OnDemand": {"a": {"priceDimensions": {"b": {
        "unit": "Hrs", "pricePerUnit": {"USD": "0.1070000000"}}}}}}}  # fmt: skip
    assert prices.hourly(json.dumps(listed)) == 0.107
    assert prices.hourly("{") is None


def test_few_days_of_metrics_prove_nothing() -> None:
    raw = {"InstanceId": "i-1", "InstanceType": "m5.large"}
    points = [(NOW - day * DAY, 1.0) for day in range(14)]
    found = savings.server(place(), raw, points, points, 70.0, "list price of x")
    assert [each.rule for each in found] == ["idle-server"]
    assert "CPU never above 1.0 % in 14 d; the rule: below 5 % for 14 d" in found[0].why
    assert not savings.server(place(), raw, points[:6], points[:6], 70.0, "")
    busy = [(at, 10.0 if index else 90.0) for index, (at, _) in enumerate(points * 3)]
    (large,) = savings.server(place(), raw, busy, busy, 70.0, "")
    assert (large.rule, large.saving) == ("oversized-server", 35.0)


def test_snapshots_of_images_and_of_volumes_that_are_there_are_kept() -> None:
    raw = {"SnapshotId": "snap-1", "VolumeId": "vol-1", "VolumeSize": 100,
           "StartTime": when(NOW - 200 * DAY), "OwnerId": ACCOUNT}  # fmt: skip
    (found,) = savings.snapshot(place(), raw, set())
    assert "200 d old" in found.title
    assert not savings.snapshot(place(), raw, {"vol-1"})
    assert not savings.snapshot(place(), {**raw, "OwnerId": "999999999999"}, set())
    assert not savings.snapshot(place(), {**raw, "Description": "Created by CreateImage(i)"}, set())
    assert not savings.snapshot(place(), {**raw, "StartTime": when(NOW - 10 * DAY)}, set())


def test_a_load_balancer_without_targets_or_requests_is_idle() -> None:
    old, new = NOW - 60 * DAY, NOW - DAY
    for targets, requests, created, idle in (
        (0, None, new, True), (2, 0.0, old, True), (2, 0.0, new, False), (2, None, old, False),
        (2, 5.0, old, False),
    ):  # fmt: skip
        found = savings.balancer(place(), "k", "x", "application", targets, requests, created)
        assert bool(found) is idle
