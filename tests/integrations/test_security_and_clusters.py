"""Security tools, clusters, clouds and what changes in an inventory."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from importlib import import_module
from typing import Any

import pytest

from integrations.base import Malformed, Reading, Request
from store.model import AlertReading, AlertStatus, AlertType, Severity

FIRING, RESOLVED, INFO = AlertStatus.FIRING, AlertStatus.RESOLVED, AlertStatus.INFO


def read(tool: str, body: Any, **headers: str) -> tuple[AlertReading, ...]:
    """What a tool's reader makes of a body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = Request(json.dumps(body).encode(), headers=named)
    found: Reading = import_module(f"integrations.{tool}").read(request)
    return found.alerts


def one(tool: str, body: Any, **headers: str) -> AlertReading:
    (alert,) = read(tool, body, **headers)
    return alert


@pytest.mark.parametrize(
    ("level", "due"),
    [(3, Severity.INFO), (7, Severity.WARNING), (12, Severity.ERROR), (15, Severity.CRITICAL)],
)
def test_levels_of_wazuh(level: int, due: Severity) -> None:
    rule = {"id": "5710", "level": level, "description": "Login as nobody"}
    alert = one("wazuh", {"id": "1.2", "rule": rule, "agent": {"id": "3", "name": "db-3"}})
    assert (alert.severity, alert.severity_raw) == (due, str(level))
    assert (alert.key, alert.resource) == ("rule 5710 db-3", "db-3")
    inside = {"pretext": "WAZUH Alert", "all_fields": {"rule": rule, "agent": {"name": "db-3"}}}
    assert one("wazuh", inside).key == alert.key


@pytest.mark.parametrize(
    ("priority", "status", "severity"),
    [("Emergency", FIRING, Severity.CRITICAL), ("Critical", FIRING, Severity.CRITICAL),
     ("Error", FIRING, Severity.ERROR), ("Warning", FIRING, Severity.WARNING),
     ("Notice", FIRING, Severity.INFO), ("Informational", INFO, Severity.INFO),
     ("Debug", INFO, Severity.INFO)],
)  # fmt: skip
def test_priorities_of_falco(priority: str, status: AlertStatus, severity: Severity) -> None:
    body = {"rule": "Shell in container", "priority": priority, "hostname": "node-1",
            "output": "A shell", "output_fields": {"k8s.pod.name": "api-7"}}  # fmt: skip
    alert = one("falco", body)
    assert (alert.status, alert.severity, alert.resource) == (status, severity, "node-1")
    assert alert.key == "Shell in container node-1 api-7"
    assert alert.labels["k8s.pod.name"] == "api-7"


def test_falco_in_the_form_of_alertmanager() -> None:
    alert = one("falco", [{"labels": {"rule": "Shell", "hostname": "node-1"}}])
    assert (alert.status, alert.type, alert.resource) == (FIRING, AlertType.SECURITY, "node-1")


def test_detections_of_crowdstrike_have_one_key_for_each_place() -> None:
    event = {"DetectName": "Malware", "ComputerName": "pc-1", "Severity": 4, "SeverityName": "High",
             "DetectId": "ldt:1"}  # fmt: skip
    first = one("crowdstrike", {"metadata": {"eventType": "DetectionSummaryEvent"}, "event": event})
    again = one("crowdstrike", {"event": {**event, "DetectId": "ldt:2"}})
    assert (first.key, first.severity, first.resource) == (again.key, Severity.ERROR, "pc-1")
    audit = {"metadata": {"eventType": "AuthActivityAuditEvent"}, "event": {"OperationName": "x"}}
    assert one("crowdstrike", audit).status is INFO


def test_a_token_that_was_touched_is_critical_and_a_new_webhook_is_not() -> None:
    body = {"memo": "aws key on db-3", "channel": "HTTP", "manage_url": "https://c.example/m?t=1",
            "additional_data": {"src_ip": "192.0.2.9"}}  # fmt: skip
    alert = one("canarytokens", body)
    assert (alert.status, alert.severity) == (FIRING, Severity.CRITICAL)
    assert alert.title == "Canarytoken touched: aws key on db-3 from 192.0.2.9"
    new = {**body, "memo": "Congrats! The newly saved webhook works"}
    assert one("canarytokens", new).status is INFO
    bird = {"AlertType": "CanaryIncident", "Description": "SSH login attempt", "CanaryPort": "22",
            "CanaryName": "bird-1", "IncidentHash": "h1"}  # fmt: skip
    assert (one("thinkst", bird).key, one("thinkst", bird).resource) == ("h1", "bird-1")


def flare(kind: str, data: dict[str, Any], **more: str) -> dict[str, Any]:
    return {"name": "policy", "text": f"{kind} happened", "data": data, "policy_id": "p1",
            "alert_type": kind, **more}  # fmt: skip


CLOUDFLARE = [
    (flare("http_alert_origin_error", {"zone_name": "shop.example"}), FIRING),
    (flare("dos_attack_l7", {"hostname": "a"}, alert_event="ALERT_STATE_EVENT_START"), FIRING),
    (flare("dos_attack_l7", {"hostname": "a"}, alert_event="ALERT_STATE_EVENT_END"), RESOLVED),
    (flare("health_check_status_notification", {"status": "Unhealthy", "name": "api"}), FIRING),
    (flare("health_check_status_notification", {"status": "Healthy", "name": "api"}), RESOLVED),
    (flare("tunnel_health_event", {"new_status": "TUNNEL_STATUS_TYPE_DOWN"}), FIRING),
    (flare("tunnel_health_event", {"new_status": "TUNNEL_STATUS_TYPE_HEALTHY"}), RESOLVED),
    (flare("load_balancing_health_alert", {"new_health": "Unhealthy"}), FIRING),
    (flare("maintenance_event_notification", {"a": 1}), INFO),
    ({"text": "Hello World! This is a test message sent from https://cloudflare.com."}, INFO),
]


@pytest.mark.parametrize(("body", "due"), CLOUDFLARE)
def test_notifications_of_cloudflare(body: dict[str, Any], due: AlertStatus) -> None:
    assert one("cloudflare", body).status is due


def test_start_and_end_of_an_attack_share_what_correlates_them() -> None:
    start, end = (
        one("cloudflare", flare("dos_attack_l4", {}, alert_correlation_id="c1", alert_event=event))
        for event in ("ALERT_STATE_EVENT_START", "ALERT_STATE_EVENT_END")
    )
    assert start.key == end.key == "c1" and start.type is AlertType.SECURITY


def kube(kind: str, reason: str, **more: Any) -> dict[str, Any]:
    about = {"kind": "Pod", "name": "api-7", "namespace": "shop", "uid": "u-1"}
    return {"type": kind, "reason": reason, "message": "m", "involvedObject": about, **more}


def test_events_of_kubernetes_are_one_alert_for_object_and_reason() -> None:
    first, again = one("kubernetes", kube("Warning", "BackOff", count=1)), one(
        "kubernetes", kube("Warning", "BackOff", count=9))  # fmt: skip
    assert (first.key, first.status, first.severity) == (again.key, FIRING, Severity.WARNING)
    assert (first.resource, first.labels["namespace"]) == ("api-7", "shop")
    assert one("kubernetes", kube("Normal", "Pulled")).status is INFO
    assert one("kubernetes", kube("Warning", "OOMKilling")).severity is Severity.ERROR
    many = {"kind": "EventList", "items": [kube("Warning", "BackOff"), kube("Normal", "Started")]}
    assert [each.status for each in read("kubernetes", many)] == [FIRING, INFO]
    assert one("kubernetes", {"type": "ADDED", "object": kube("Warning", "X")}).resource == "api-7"


def test_only_the_title_says_that_a_finding_of_robusta_is_over() -> None:
    body = {"title": "Pod crashes", "severity": "HIGH", "fingerprint": "f1",
            "subject": {"name": "api-7", "namespace": "shop"}}  # fmt: skip
    fired = one("robusta", body)
    over = one("robusta", {**body, "title": "[RESOLVED] Pod crashes"})
    assert (fired.status, over.status, fired.key) == (FIRING, RESOLVED, over.key)
    assert fired.title == over.title == "Pod crashes on api-7"
    zero = one("robusta", {**body, "ends_at": "0001-01-01T00:00:00Z"})
    assert (zero.status, fired.severity) == (FIRING, Severity.ERROR)


# ---- OpenStack ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "due"), [("alarm", FIRING), ("ok", RESOLVED), ("insufficient data", INFO)]
)
def test_states_of_aodh(state: str, due: AlertStatus) -> None:
    alert = one("openstack", {"alarm_id": "a1", "alarm_name": "cpu", "current": state,
                              "severity": "moderate"})  # fmt: skip
    assert (alert.status, alert.key, alert.severity) == (due, "a1", Severity.WARNING)


def test_alarms_of_vitrage_open_and_close() -> None:
    alarm = {"vitrage_id": "v1", "name": "Host down", "vitrage_operational_severity": "SEVERE",
             "resource": {"name": "compute-1"}}  # fmt: skip
    fired, over = (
        one("openstack", {"notification": f"vitrage.alarm.{verb}", "payload": alarm})
        for verb in ("activate", "deactivate")
    )
    assert (fired.status, over.status, fired.key) == (FIRING, RESOLVED, over.key)
    assert (fired.severity, fired.resource) == (Severity.ERROR, "compute-1")


def test_what_masakari_reports_comes_back() -> None:
    def said(event: str) -> AlertReading:
        payload = {"process_name": "nova-compute", "event": event}
        return one("openstack", {"notification": {"type": "PROCESS", "hostname": "compute-1",
                                                  "payload": payload}})  # fmt: skip

    assert (said("STOPPED").status, said("STARTED").status) == (FIRING, RESOLVED)
    assert said("STOPPED").key == said("STARTED").key


def test_notifications_of_the_message_bus() -> None:
    body = {"event_type": "compute.instance.create.error", "priority": "ERROR",
            "payload": {"display_name": "vm-1", "message": "No valid host"}}  # fmt: skip
    assert one("openstack", body).status is FIRING
    packed = {"oslo.message": json.dumps({**body, "event_type": "compute.instance.create.end",
                                          "priority": "INFO"})}  # fmt: skip
    over, change = read("openstack", packed)
    assert (over.status, over.key) == (RESOLVED, one("openstack", body).key)
    assert (change.status, change.type) == (INFO, AlertType.CHANGE)


# ---- changes and runs --------------------------------------------------------------------------


def test_what_changes_in_netbox_is_a_change() -> None:
    body = {"event": "deleted", "model": "device", "username": "sam", "data": {"id": 4,
            "display": "sw-2", "site": {"name": "Oslo"}}}  # fmt: skip
    alert = one("netbox", body)
    assert (alert.type, alert.status) == (AlertType.CHANGE, INFO)
    assert (alert.title, alert.labels["site"]) == ("Device sw-2 deleted by sam", "Oslo")


def test_a_job_of_ansible_tower() -> None:
    job = {"name": "Patch", "friendly_name": "Job", "id": 3, "inventory": "Prod",
           "hosts": {"db-3": {"failed": True}, "db-4": {"failed": False}}}  # fmt: skip
    fired = one("ansibletower", {**job, "status": "failed"})
    over = one("ansibletower", {**job, "status": "successful", "id": 4})
    assert (fired.status, over.status, fired.key) == (FIRING, RESOLVED, over.key)
    assert fired.title == "Job Patch failed on db-3"
    assert one("ansibletower", {**job, "status": "running"}).status is INFO
    assert one("ansibletower", {"body": "AWX Notification Test 1"}).status is INFO


def test_a_deploy_that_went_live_ends_the_failed_one_and_is_a_change() -> None:
    site = {"name": "shop", "site_id": "s1", "branch": "main", "context": "production"}
    fired = one("netlify", {**site, "id": "1", "state": "error", "error_message": "exit 1"})
    over, change = read("netlify", {**site, "id": "2", "state": "ready"})
    assert (fired.status, over.status, fired.key) == (FIRING, RESOLVED, over.key)
    assert change.type is AlertType.CHANGE
    locked = one("netlify", {**site, "state": "ready"}, x_netlify_event="deploy_locked")
    assert locked.status is INFO
    bad, good = (
        {"type": "deploy_ended", "data": {"serviceId": "srv-1", "serviceName": "shop", "status": s}}
        for s in ("failed", "succeeded")
    )
    over, change = read("render", good)
    assert (one("render", bad).key, change.type) == (over.key, AlertType.CHANGE)
    gone, back = (
        one("render", {"type": kind, "data": {"serviceId": "srv-1"}})
        for kind in ("server_failed", "server_available")
    )
    assert (gone.status, back.status, gone.key) == (FIRING, RESOLVED, back.key)


# ---- signatures --------------------------------------------------------------------------------


def _jwt(body: bytes) -> str:
    def packed(value: Any) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")

    claims = {"iss": "netlify", "sha256": hashlib.sha256(body).hexdigest()}
    head = packed({"alg": "HS256"}) + b"." + packed(claims)
    seal = base64.urlsafe_b64encode(hmac.digest(b"s3cret", head, "sha256")).rstrip(b"=")
    return (head + b"." + seal).decode()


def _standard(body: bytes) -> str:
    return base64.b64encode(hmac.digest(b"s3cret", b"m1.9." + body, "sha256")).decode()


BODY = b'{"a": 1}'
SIGNED = [
    ("checkly", {"x-checkly-signature": hmac.digest(b"s3cret", BODY, "sha256").hex()}),
    ("netbox", {"x-hook-signature": hmac.digest(b"s3cret", BODY, "sha512").hex()}),
    ("netlify", {"x-webhook-signature": _jwt(BODY)}),
    ("render", {"webhook-id": "m1", "webhook-timestamp": "9",
                "webhook-signature": f"v1,AAAA v1,{_standard(BODY)}"}),
    ("cloudflare", {"cf-webhook-auth": "s3cret"}),
    ("telegram", {"x-telegram-bot-api-secret-token": "s3cret"}),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "headers"), SIGNED)
def test_where_a_secret_is_set_only_its_sender_is_heard(tool: str, headers: dict[str, str]) -> None:
    verify = import_module(f"integrations.{tool}").verify
    verify(Request(BODY, headers=headers), {"secret": "s3cret"})
    verify(Request(BODY), {})
    for wrong in (Request(BODY), Request(BODY + b" ", headers={**headers, "cf-webhook-auth": "",
                  "x-telegram-bot-api-secret-token": "no"})):  # fmt: skip
        with pytest.raises(Malformed) as refused:
            verify(wrong, {"secret": "s3cret"})
        assert refused.value.status == 401
