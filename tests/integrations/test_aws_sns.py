"""Amazon SNS: what a topic carries, who signed it, and which addresses are ever asked."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from integrations import aws_sns
from integrations.base import FETCHED, Malformed, Misconfigured, Request
from store.clock import DAY
from store.model import AlertReading, AlertStatus, Severity
from tests.support import sns

PINNED = {"certificate": sns.certificate().decode()}


def request(body: Any, **settings: Any) -> Request:
    """As SNS posts it: JSON under text/plain."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Request(sent, "text/plain", received_at=1_795_313_340_000, settings=settings)


def one(body: Any) -> AlertReading:
    """The only alert of a body."""
    (found,) = aws_sns.read(request(body)).alerts
    return found


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("ALARM", AlertStatus.FIRING),
        ("OK", AlertStatus.RESOLVED),
        ("INSUFFICIENT_DATA", AlertStatus.INFO),
        ("SOMETHING", AlertStatus.INFO),
    ],
)
def test_an_alarm_keeps_its_key_through_its_states(value: str, status: AlertStatus) -> None:
    found = one(sns.message(sns.alarm(value)))
    assert (found.status, found.resource) == (status, "orders")
    assert found.key == sns.alarm()["AlarmArn"]
    assert found.title == "orders queue is long"
    assert found.labels["topic"] == sns.TOPIC and found.labels["namespace"] == "AWS/SQS"
    assert found.links[0].url.startswith("https://eu-central-1.console.aws.amazon.com/cloudwatch/")


def test_without_an_arn_account_region_and_name_are_the_key() -> None:
    bare = {k: v for k, v in sns.alarm().items() if k != "AlarmArn"}
    assert one(sns.message(bare)).key == "111122223333 EU (Frankfurt) orders queue is long"


def test_a_metric_expression_names_the_dimensions_of_its_first_metric() -> None:
    trigger = {
        "Metrics": [
            {"Id": "e1", "Expression": "m1*1"},
            {"Id": "m1", "MetricStat": {"Metric": {
                "Dimensions": [{"name": "InstanceId", "value": "i-0a"}],
                "MetricName": "NetworkOut", "Namespace": "AWS/EC2"}}},
        ]
    }  # fmt: skip
    assert one(sns.message(sns.alarm(Trigger=trigger))).resource == "i-0a"


def test_raw_delivery_and_lambda_wrapped_messages_are_the_same_alarm() -> None:
    wrapped = {"Records": [{"EventSource": "aws:sns", "Sns": sns.message(sns.alarm())}]}
    assert one(sns.alarm()).key == one(wrapped).key == one(sns.message(sns.alarm())).key


def test_text_for_people_is_titled_by_its_subject_or_its_first_line() -> None:
    found = one(sns.message("The budget is spent\n\nSee the console.", Subject="AWS Budgets"))
    assert (found.title, found.status) == ("AWS Budgets", AlertStatus.FIRING)
    assert "See the console." in found.description
    assert one(sns.message("The budget is spent\nmore")).title == "The budget is spent"


def test_services_notices_are_read_in_their_own_words() -> None:
    event = {
        "Event Source": "db-instance", "Event Time": "2026-11-22 02:08:00.000",
        "Identifier Link": "https://console.aws.amazon.com/rds/home#dbinstance:id=orders-db",
        "Source ID": "orders-db", "Event Message": "Multi-AZ instance failover started.",
    }  # fmt: skip
    assert one(sns.message(event)).resource == "orders-db"
    launched = {"AutoScalingGroupName": "web", "Event": "autoscaling:EC2_INSTANCE_LAUNCH"}
    assert one(sns.message(launched)).status is AlertStatus.INFO
    failed = {**launched, "Event": "autoscaling:EC2_INSTANCE_LAUNCH_ERROR"}
    found = one(sns.message(failed))
    assert found.status is AlertStatus.FIRING
    assert found.title == "Auto Scaling group web: ec2 instance launch error"
    bounce = {"notificationType": "Bounce", "mail": {"source": "a@b.example"}}
    assert one(sns.message(bounce)).status is AlertStatus.FIRING
    moved = {"ElastiCache:FailoverComplete": "sessions"}
    assert one(sns.message(moved)).title == "ElastiCache:FailoverComplete: sessions"


def test_an_event_of_eventbridge_through_a_topic_is_read_as_one() -> None:
    event = {
        "detail-type": "GuardDuty Finding", "source": "aws.guardduty", "account": "1",
        "region": "eu-central-1",
        "detail": {"id": "f-1", "severity": 8, "title": "Unusual console login", "type": "x"},
    }  # fmt: skip
    found = one(sns.message(event))
    assert (found.key, found.severity, found.severity_raw) == ("f-1", Severity.ERROR, "8")


def test_a_subscription_is_confirmed_at_aws_and_nowhere_else() -> None:
    found = aws_sns.read(request(sns.confirmation()))
    assert found.follow_up == {"get": sns.CONFIRM}
    assert found.alerts[0].status is AlertStatus.INFO
    for url in (
        "http://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription",
        "https://sns.eu-central-1.amazonaws.com.evil.example/?Action=ConfirmSubscription",
        "https://sns.eu-central-1.amazonaws.com@evil.example/?Action=ConfirmSubscription",
        "https://sns.eu-central-1.amazonaws.com:8443/?Action=ConfirmSubscription",
        "https://evil.example/sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription",
        "https://sns.eu-central-1.amazonaws.com/?Action=Unsubscribe",
        "https://SNS.eu-central-1.amazonaws.com/\n?Action=ConfirmSubscription",
        "http://169.254.169.254/latest/meta-data/?Action=ConfirmSubscription",
        "",
    ):
        with pytest.raises(Malformed) as refused:
            aws_sns.read(request(sns.confirmation(SubscribeURL=url)))
        assert refused.value.where == "SubscribeURL"


# ---- signatures --------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1", "2"])
def test_both_versions_of_the_signature_are_checked(version: str) -> None:
    for good in (
        sns.message(sns.alarm(), version=version),
        sns.message(sns.alarm(), version=version, Subject="ALARM: orders"),
        sns.confirmation(SignatureVersion=version) if version == "2" else sns.confirmation(),
    ):
        aws_sns.verify(request(good, **PINNED), PINNED)
        for name in ("Message", "TopicArn", "Timestamp", "MessageId"):
            with pytest.raises(Malformed) as refused:
                aws_sns.verify(request({**good, name: "else"}, **PINNED), PINNED)
            assert (refused.value.status, refused.value.where) == (401, "Signature")


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"Signature": ""}, "Signature"),
        ({"Signature": "!!!"}, "Signature"),
        ({"Signature": "AAAA"}, "Signature"),
        ({"SignatureVersion": "3"}, "SignatureVersion"),
    ],
)
def test_what_is_not_signed_as_aws_does_is_refused(change: dict[str, str], where: str) -> None:
    with pytest.raises(Malformed) as refused:
        aws_sns.verify(request({**sns.message(sns.alarm()), **change}, **PINNED), PINNED)
    assert (refused.value.status, refused.value.where) == (401, where)


def test_certificates_come_from_aws_alone() -> None:
    good = sns.message(sns.alarm())
    assert aws_sns.wanted(request(good)) == (sns.CERTIFICATE,)
    old = {k: v for k, v in good.items() if k != "SigningCertURL"}
    renamed = {"Records": [{"Sns": {**old, "SigningCertUrl": sns.CERTIFICATE}}]}
    assert aws_sns.wanted(request(renamed)) == (sns.CERTIFICATE,)
    for url in (
        "http://sns.eu-central-1.amazonaws.com/a.pem",
        "https://sns.eu-central-1.amazonaws.com.evil.example/a.pem",
        "https://sns.eu-central-1.amazonaws.com@evil.example/a.pem",
        "https://evil.amazonaws.com/a.pem",
        "https://sns.eu-central-1.amazonaws.com/../a.pem",
        "https://sns.eu-central-1.amazonaws.com/a.pem?x",
        "https://sns-bucket.s3.amazonaws.com/a.pem",
        "",
    ):
        with pytest.raises(Malformed) as refused:
            aws_sns.wanted(request({**good, "SigningCertURL": url}))
        assert (refused.value.status, refused.value.where) == (401, "SigningCertURL")


def test_a_certificate_out_of_reach_stops_alarms_only_where_that_is_asked_for() -> None:
    good = sns.message(sns.alarm())
    missing = {FETCHED: {sns.CERTIFICATE: None}}
    aws_sns.verify(request(good), missing)
    with pytest.raises(Malformed) as refused:
        aws_sns.verify(request(good), {**missing, "signature": "required"})
    assert refused.value.status == 503
    there = {FETCHED: {sns.CERTIFICATE: sns.certificate()}, "signature": "required"}
    aws_sns.verify(request(good), there)


def test_raw_delivery_needs_the_check_switched_off_and_topics_can_be_named() -> None:
    with pytest.raises(Malformed, match="raw message delivery"):
        aws_sns.wanted(request(sns.alarm()))
    for off in ("off", False):
        assert aws_sns.wanted(request(sns.alarm(), signature=off)) == ()
        aws_sns.verify(request(sns.alarm(), signature=off), {"signature": off})
    ours = {**PINNED, "topics": [sns.TOPIC]}
    aws_sns.verify(request(sns.message("x"), **ours), ours)
    with pytest.raises(Malformed) as refused:
        aws_sns.verify(request(sns.message("x", TopicArn="arn:other"), **ours), ours)
    assert refused.value.where == "TopicArn"


def test_settings_that_can_not_work_are_named() -> None:
    aws_sns.check({"signature": "required", **PINNED})
    aws_sns.check({"signature": False})
    for bad, where in (
        ({"signature": "maybe"}, "signature"),
        ({"certificate": "x"}, "certificate"),
    ):
        with pytest.raises(Misconfigured) as refused:
            aws_sns.check(bad)
        assert refused.value.setting == where


def test_where_signatures_are_required_what_is_a_day_old_is_refused() -> None:
    """The time is signed: what was overheard can't be sent again for ever."""
    body = sns.message(sns.alarm())
    sent = json.dumps(body).encode()
    at = int(datetime.fromisoformat(body["Timestamp"]).timestamp() * 1000)
    strict = {**PINNED, "signature": "required"}
    for later, right in ((0, True), (DAY - 2000, True), (DAY + 2000, False)):
        asked = Request(sent, "text/plain", received_at=at + later, settings=strict)
        if right:
            assert aws_sns.verify(asked, strict)
        else:
            with pytest.raises(Malformed, match="too old"):
                aws_sns.verify(asked, strict)


def test_what_could_not_be_checked_is_never_taken_for_a_repeat() -> None:
    asked = request(sns.message(sns.alarm()))
    assert aws_sns.verify(asked, {FETCHED: {}}) == ""
    assert aws_sns.verify(asked, PINNED) == aws_sns.verify(asked, PINNED) != ""
    assert [aws_sns.proof(given) for given in ({}, PINNED, {"signature": "required"},
            {"signature": False})] == [
        "signed where AWS can be asked", "signed", "signed", "token only",
    ]  # fmt: skip
