"""Monitors of devices, sites and databases with bodies of their own."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

import pytest

from integrations import mongodbatlas
from integrations.base import Malformed, Request
from store.model import Severity
from tests.integrations.reading import ACKNOWLEDGED, FIRING, INFO, RESOLVED, one, read, states


def ninja(status: str) -> dict[str, Any]:
    return {"id": 1, "seriesUid": "s1", "statusCode": status, "severity": "MAJOR",
            "sourceName": "CPU", "subject": "CPU is high",
            "device": {"displayName": "ws-1"}}  # fmt: skip


def central(state: str) -> dict[str, Any]:
    return {"device": {"name": "srv-1"}, "service": {"name": "Disk", "task": "C"},
            "state": {"new": state}, "alert": {"id": "77"}}  # fmt: skip


def atlas(status: str, **more: Any) -> dict[str, Any]:
    return {"id": "a1", "eventTypeName": "OUTSIDE_METRIC_THRESHOLD", "status": status,
            "metricName": "CONNECTIONS", "currentValue": {"number": 950, "units": "RAW"},
            "hostnameAndPort": "db-1:27017", **more}  # fmt: skip


def alarm(**more: Any) -> dict[str, Any]:
    return {"scope": "SERVICE", "name": "shop", "id0": "x", "ruleName": "resp_time_rule",
            "alarmMessage": "shop is slow", "tags": [{"key": "level", "value": "WARNING"}],
            **more}  # fmt: skip


def oracle(kind: str, status: str) -> dict[str, Any]:
    detail = {"id": "ocid1.alarm.1", "status": status, "severity": "CRITICAL",
              "namespace": "oci_computeagent",
              "dimensions": [{"resourceDisplayName": "web-1"}]}  # fmt: skip
    return {"title": "CPU is high", "type": kind, "alarmMetaData": [detail]}


PROBLEMS: dict[str, list[Any]] = {
    "oci": [oracle("OK_TO_FIRING", "FIRING"), oracle("FIRING_TO_OK", "OK")],
    "nodeping": [
        {"label": "Shop", "target": "https://shop.example", "event": event, "message": "timeout"}
        for event in ("down", "up")
    ],
    "ninjaone": [ninja("TRIGGERED"), ninja("RESET")],
    "nable": [central("Failed"), central("Normal")],
    "logzio": [
        {"alert_title": "Errors", "account_id": "1", "alert_severity": "HIGH", "status": status}
        for status in ("triggered", "resolved")
    ],
    "openstatus": [
        {"monitor": {"id": 1, "name": "Shop", "url": "https://shop.example"}, "status": status,
         "statusCode": code} for status, code in (("error", 500), ("recovered", 200))
    ],
    "onlineornot": [
        {"event": f"uptime.{said}", "trigger": said, "name": "Shop", "url": "https://shop.example"}
        for said in ("down", "up")
    ],
    "squadcast": [
        {"id": "i1", "event_type": f"incident_{said}", "status": said, "message": "CPU is high",
         "service": {"name": "Shop"}, "tags": {"severity": {"value": "critical"}}}
        for said in ("triggered", "resolved")
    ],
    "mongodbatlas": [atlas("OPEN"), atlas("CLOSED")],
    "skywalking": [[alarm()], [alarm(recoveryTime=1_700_000_000_000)]],
}  # fmt: skip


@pytest.mark.parametrize("tool", PROBLEMS)
def test_a_problem_begins_and_ends_under_one_key(tool: str) -> None:
    assert states(tool, *PROBLEMS[tool]) == [FIRING, RESOLVED]


@pytest.mark.parametrize(
    ("tool", "title", "resource", "word"),
    [
        ("nodeping", "Shop: timeout", "https://shop.example", None),
        ("ninjaone", "CPU is high on ws-1", "ws-1", "MAJOR"),
        ("nable", "Disk on srv-1", "srv-1", "Failed"),
        ("logzio", "Errors", None, "HIGH"),
        ("openstatus", "Shop: HTTP 500", "https://shop.example", None),
        ("onlineornot", "Shop is down", "https://shop.example", None),
        ("squadcast", "CPU is high", "Shop", "critical"),
        ("mongodbatlas", "Connections is 950 on db-1:27017", "db-1:27017", None),
        ("skywalking", "shop is slow", "shop", "WARNING"),
        ("oci", "CPU is high on web-1", "web-1", "CRITICAL"),
    ],
)
def test_what_people_read_first(
    tool: str, title: str, resource: str | None, word: str | None
) -> None:
    alert = one(tool, PROBLEMS[tool][0])
    assert (alert.title, alert.resource, alert.severity_raw) == (title, resource, word)


def test_an_alert_of_atlas_that_somebody_took_is_acknowledged() -> None:
    taken = atlas("OPEN", acknowledgingUsername="ana@shop.example")
    assert one("mongodbatlas", taken).status is ACKNOWLEDGED
    assert one("mongodbatlas", atlas("INFORMATIONAL")).status is INFO
    down = {**atlas("OPEN"), "eventTypeName": "HOST_DOWN", "metricName": None}
    assert one("mongodbatlas", down).severity is Severity.CRITICAL


def test_atlas_signs_with_sha1_in_base64() -> None:
    body = json.dumps(atlas("OPEN")).encode()
    signature = base64.b64encode(hmac.digest(b"s3cret", body, "sha1")).decode()
    header = {"x-mms-signature": signature}
    mongodbatlas.verify(Request(body, headers=header), {"secret": "s3cret"})
    with pytest.raises(Malformed):
        mongodbatlas.verify(Request(body, headers={"x-mms-signature": "?"}), {"secret": "s3cret"})


def test_skywalking_sends_several_alarms_in_one_list() -> None:
    first, second = read("skywalking", [alarm(), alarm(name="cart", id0="y")])
    assert first.key != second.key


def test_an_incident_of_squadcast_in_its_second_version() -> None:
    body = {"event": "incident.acknowledged", "data": {"incident": {"id": "i1", "title": "CPU",
            "status": "acknowledged"}}}  # fmt: skip
    assert one("squadcast", body).status is ACKNOWLEDGED


def test_a_slow_monitor_of_openstatus_is_a_warning() -> None:
    body = {**PROBLEMS["openstatus"][0], "status": "degraded"}
    alert = one("openstatus", body)
    assert (alert.status, alert.severity) == (FIRING, Severity.WARNING)


def test_a_heartbeat_of_onlineornot_is_none_of_its_checks() -> None:
    beat = {"event": "heartbeat.down", "trigger": "down", "name": "Shop"}
    assert one("onlineornot", beat).key != one("onlineornot", PROBLEMS["onlineornot"][0]).key


def test_an_alarm_of_oracle_may_be_wrapped() -> None:
    body = {"type": "CHRONOS_NOTIFICATION", "data": {"alarmId": "ocid1.alarm.2",
            "alarmName": "Disk is full", "severity": "WARNING", "status": "RESET"}}  # fmt: skip
    alert = one("oci", body)
    assert (alert.status, alert.title, alert.severity_raw) == (RESOLVED, "Disk is full", "WARNING")
