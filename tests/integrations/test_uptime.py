"""Uptime checks: down and up of one check, expiring certificates, and what is no alert."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any
from urllib.parse import urlencode

import pytest

from integrations.base import Malformed, Reading, Request
from store.model import AlertReading, AlertStatus, AlertType, Severity

FIRING, RESOLVED, INFO = AlertStatus.FIRING, AlertStatus.RESOLVED, AlertStatus.INFO
ACKNOWLEDGED = AlertStatus.ACKNOWLEDGED
SITE = "https://shop.example/health"


def read(tool: str, body: Any, content_type: str = "application/json") -> tuple[AlertReading, ...]:
    """What a tool's reader makes of a body."""
    sent = urlencode(body) if "form" in content_type else json.dumps(body)
    found: Reading = import_module(f"integrations.{tool}").read(
        Request(sent.encode(), content_type)
    )
    return found.alerts


def one(tool: str, body: Any, content_type: str = "application/json") -> AlertReading:
    (alert,) = read(tool, body, content_type)
    return alert


def pingdom(state: str, **more: Any) -> dict[str, Any]:
    return {"check_id": 7, "check_name": "shop", "current_state": state, "description": "HTTP 503",
            "check_params": {"hostname": "shop.example", "full_url": SITE},
            "state_changed_timestamp": 1790000000, **more}  # fmt: skip


def kuma(status: int, **more: Any) -> dict[str, Any]:
    return {"heartbeat": {"status": status, "msg": "503"},
            "monitor": {"id": 3, "name": "shop", "url": SITE, **more}, "msg": "[shop]"}  # fmt: skip


def robot(number: str, word: str) -> dict[str, Any]:
    return {"monitorID": "9", "monitorURL": SITE, "monitorFriendlyName": "shop",
            "alertType": number, "alertTypeFriendlyName": word}  # fmt: skip


def checkly(kind: str, **more: Any) -> dict[str, Any]:
    return {"check_id": "c1", "check_name": "shop", "alert_type": kind, **more}


def snitch(event: str) -> dict[str, Any]:
    return {"type": f"snitch.{event}", "data": {"snitch": {"token": "t1", "name": "backup"}}}


def hyper(event: str) -> dict[str, Any]:
    check = {"monitorUuid": "m1", "url": SITE, "status": 502}
    return {"event": f"check.{event}", "check": check}


def updown(event: str, **more: Any) -> dict[str, Any]:
    check = {"token": "ab12", "url": SITE, "alias": "shop"}
    return {"event": f"check.{event}", "check": check, **more}


def freshping(state: str) -> dict[str, Any]:
    return {"webhook_event_data": {"check_id": 5, "check_name": "shop", "request_url": SITE,
                                   "check_state_name": state, "http_status_code": 503}}  # fmt: skip


def better(event: str, **more: Any) -> dict[str, Any]:
    inside = {"name": "shop", "url": SITE, "cause": "Status 503",
              "started_at": "2026-05-01T10:00:00Z", **more}  # fmt: skip
    return {"event": event, "data": {"id": "44", "type": "incident", "attributes": inside}}


def site(status: str) -> dict[str, Any]:
    return {"MONITOR_ID": 4, "MONITORNAME": "shop", "MONITORURL": SITE, "STATUS": status}


def gator(status: str) -> dict[str, Any]:
    return {"monitor": {"id": "g1", "display_name": "shop", "host": SITE}, "status": status}


def pulsetic(kind: str) -> dict[str, Any]:
    return {"alert_type": kind, "monitor": {"id": 1, "url": SITE}, "days_left": 5}


def hetrix(state: str) -> dict[str, Any]:
    return {"monitor_id": "h1", "monitor_name": "shop", "monitor_target": SITE,
            "monitor_status": state, "monitor_errors": {"Oslo": "timeout"}}  # fmt: skip


def cake(status: str) -> dict[str, str]:
    return {"Name": "shop", "URL": SITE, "Status": status, "StatusCode": "503", "Token": "secret"}


def health(status: str) -> dict[str, Any]:
    return {"name": "shop", "code": "u1", "status": status, "tags": "prod db", "url": SITE}


def hydrozen(ok: int) -> dict[str, Any]:
    return {"monitor_id": "2", "name": "shop", "type": "website", "target": SITE, "is_ok": ok}


CHECKS = [
    ("pingdom", pingdom("DOWN"), pingdom("UP")),
    ("pingdom", pingdom("FAILING"), pingdom("SUCCESS")),
    ("uptimekuma", kuma(0), kuma(1)),
    ("uptimerobot", robot("1", "Down"), robot("2", "Up")),
    ("checkly", checkly("ALERT_FAILURE"), checkly("ALERT_RECOVERY")),
    ("checkly", checkly("ALERT_DEGRADED"), checkly("ALERT_DEGRADED_RECOVERY")),
    ("cronitor", {"id": "a", "monitor": "x", "type": "ALERT"},
     {"id": "a", "monitor": "x", "type": "RECOVERY"}),
    ("deadmanssnitch", snitch("missing"), snitch("reporting")),
    ("deadmanssnitch", snitch("errored"), snitch("reporting")),
    ("hetrixtools", hetrix("offline"), hetrix("online")),
    ("hydrozen", hydrozen(0), hydrozen(1)),
    ("hyperping", hyper("down"), hyper("up")),
    ("freshping", freshping("Not Responding"), freshping("Available")),
    ("freshping", freshping("Performance Degraded"), freshping("Available")),
    ("insping", freshping("Not Responding"), freshping("Available")),
    ("apexping", {"state": "triggered", "check": {"id": 1, "name": "x"}},
     {"state": "resolved", "check": {"id": 1, "name": "x"}}),
    ("pulsetic", pulsetic("monitor_offline"), pulsetic("monitor_online")),
    ("runscope", {"test_id": "r", "test_name": "x", "result": "fail"},
     {"test_id": "r", "test_name": "x", "result": "pass"}),
    ("serverguard24", {"server_name": "a", "service_name": "b", "check_result": "UNKNOWN"},
     {"server_name": "a", "service_name": "b", "check_result": "OK"}),
    ("site24x7", site("DOWN"), site("UP")),
    ("site24x7", site("TROUBLE"), site("UP")),
    ("statusgator", gator("down"), gator("up")),
    ("statusgator", gator("warn"), gator("up")),
    ("betterstack", better("started"), better("resolved")),
    ("betteruptime", better("started"), better("resolved")),
    ("updown", [updown("down")], [updown("up")]),
    ("updown", [updown("ssl_expiration")], [updown("ssl_renewed")]),
    ("healthchecks", health("down"), health("up")),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "down", "up"), CHECKS)
def test_down_fires_and_up_resolves_the_same_check(tool: str, down: Any, up: Any) -> None:
    fired, over = one(tool, down), one(tool, up)
    assert (fired.status, over.status) == (FIRING, RESOLVED)
    assert fired.key == over.key and fired.resource == over.resource


@pytest.mark.parametrize("tool", ["statuscake", "uptimerobot"])
def test_forms_are_read_as_json_is(tool: str) -> None:
    body = cake("Down") if tool == "statuscake" else robot("1", "Down")
    alert = one(tool, body, "application/x-www-form-urlencoded")
    assert (alert.status, alert.resource) == (FIRING, SITE)
    assert "secret" not in alert.labels.values()


def test_fields_in_the_address_are_read_where_there_is_no_body() -> None:
    reader = import_module("integrations.uptimerobot")
    asked = Request(b"", "", query={"token": "s3", **robot("2", "Up")})
    (alert,) = reader.read(asked).alerts
    assert alert.status is RESOLVED and "s3" not in alert.labels.values()


QUIET = [
    ("uptimekuma", kuma(2)), ("uptimekuma", kuma(3)),
    ("uptimekuma", {"heartbeat": None, "monitor": None, "msg": "Uptime Kuma Test"}),
    ("statusgator", gator("maintenance")), ("deadmanssnitch", snitch("paused")),
    ("healthchecks", health("new")), ("healthchecks", health("paused")),
    ("betterstack", {"event": "paused", "data": {"id": "1", "type": "monitor",
                                                 "attributes": {"pronounceable_name": "shop"}}}),
    ("uptimerobot", {"monitorID": "*monitorID*", "monitorFriendlyName": "*monitorFriendlyName*"}),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "body"), QUIET)
def test_what_is_neither_down_nor_up_is_information(tool: str, body: Any) -> None:
    assert one(tool, body).status is INFO


EXPIRING = [
    ("uptimerobot", robot("3", "SSL expires"), robot("1", "Down")),
    ("checkly", checkly("ALERT_SSL", ssl_days_remaining="6"), checkly("ALERT_FAILURE")),
    ("pulsetic", pulsetic("certificate_expires_soon"), pulsetic("monitor_offline")),
    ("updown", [updown("ssl_expiration", ssl={"days_before_expiration": 7})], [updown("down")]),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "soon", "down"), EXPIRING)
def test_a_certificate_that_expires_is_a_warning_of_its_own(
    tool: str, soon: Any, down: Any
) -> None:
    alert = one(tool, soon)
    assert (alert.status, alert.severity) == (FIRING, Severity.WARNING)
    assert alert.key != one(tool, down).key


def test_words_of_uptime_kuma_about_a_certificate_are_an_alert() -> None:
    body = {
        "heartbeat": None,
        "monitor": None,
        "msg": "[shop][https://shop.example] server certificate shop will expire in 6 days",
    }
    alert = one("uptimekuma", body)  # fmt: skip
    assert (alert.status, alert.severity, alert.resource) == (FIRING, Severity.WARNING, "shop")


def test_a_list_of_updown_holds_several_events() -> None:
    down, up = read("updown", [updown("down"), updown("up")])
    assert (down.status, up.status, down.key) == (FIRING, RESOLVED, up.key)


def test_a_blacklist_report_is_an_alert_for_each_address() -> None:
    report = [{"monitor": "192.0.2.1", "blacklisted_now": "2"},
              {"monitor": "192.0.2.2", "blacklisted_now": "0"}]  # fmt: skip
    on, off = read("hetrixtools", report)
    assert (on.status, off.status) == (FIRING, RESOLVED)
    assert on.key != off.key and on.type is AlertType.SECURITY


def test_better_stack_says_who_acknowledged_with_or_without_an_event() -> None:
    assert one("betterstack", better("acknowledged")).status is ACKNOWLEDGED
    bare = better("", acknowledged_at="2026-05-01T10:02:00Z")
    assert one("betterstack", bare).status is ACKNOWLEDGED


@pytest.mark.parametrize(
    ("status", "due"),
    [("investigating", FIRING), ("identified", FIRING), ("monitoring", FIRING),
     ("resolved", RESOLVED), ("postmortem", RESOLVED), ("scheduled", INFO), ("completed", INFO)],
)  # fmt: skip
def test_incidents_of_a_status_page(status: str, due: AlertStatus) -> None:
    body = {"page": {"id": "p"}, "incident": {"id": "i", "name": "Slow", "status": status,
                                              "impact": "major"}}  # fmt: skip
    alert = one("statuspage", body)
    assert (alert.status, alert.severity, alert.severity_raw) == (due, Severity.ERROR, "major")


@pytest.mark.parametrize(
    ("status", "due"),
    [("operational", RESOLVED), ("degraded_performance", FIRING), ("partial_outage", FIRING),
     ("major_outage", FIRING), ("under_maintenance", INFO)],
)  # fmt: skip
def test_components_of_a_status_page(status: str, due: AlertStatus) -> None:
    body = {"component": {"id": "c", "name": "API"}, "component_update": {"new_status": status}}
    alert = one("statuspage", body)
    assert (alert.status, alert.key, alert.resource) == (due, "c", "API")


def test_the_other_forms_of_healthchecks() -> None:
    duty = {"incident_key": "u1", "event_type": "trigger", "description": 'The check "db" is DOWN',
            "client": "healthchecks.io"}  # fmt: skip
    alert = one("healthchecks", duty)
    assert (alert.status, alert.key, alert.title) == (FIRING, "u1", 'The check "db" is DOWN')
    inside = {"check": json.dumps(health("up"))}
    assert one("healthchecks", inside).status is RESOLVED


@pytest.mark.parametrize("tool", sorted({tool for tool, *_ in CHECKS} | {"statuscake"}))
@pytest.mark.parametrize("body", [{}, [], {"a": 1}, "x", None])
def test_what_is_none_of_the_tools_bodies_is_refused(tool: str, body: Any) -> None:
    with pytest.raises(Malformed) as refused:
        read(tool, body)
    assert refused.value.where
