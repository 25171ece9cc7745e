"""Monitors of hosts and services: every kind of notification, under every set of names."""

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
FORM = "application/x-www-form-urlencoded"


def read(tool: str, body: Any, content_type: str = "application/json") -> tuple[AlertReading, ...]:
    """What a tool's reader makes of a body: an object, or bytes as they are."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    if content_type == FORM:
        sent = urlencode(body).encode()
    found: Reading = import_module(f"integrations.{tool}").read(Request(sent, content_type))
    return found.alerts


def one(tool: str, body: Any, content_type: str = "application/json") -> AlertReading:
    (alert,) = read(tool, body, content_type)
    return alert


# ---- Nagios and its children -------------------------------------------------------------------


def disk(kind: str, state: str = "CRITICAL", **more: str) -> dict[str, str]:
    return {"type": kind, "host": "db-3", "service": "Disk /", "state": state,
            "output": "DISK CRITICAL - 3% free", **more}  # fmt: skip


KINDS = [
    ("PROBLEM", "CRITICAL", FIRING), ("PROBLEM", "WARNING", FIRING), ("PROBLEM", "UNKNOWN", FIRING),
    ("RECOVERY", "OK", RESOLVED), ("ACKNOWLEDGEMENT", "CRITICAL", ACKNOWLEDGED),
    ("FLAPPINGSTART", "CRITICAL", INFO), ("FLAPPINGSTOP", "CRITICAL", INFO),
    ("FLAPPINGSTOP", "OK", RESOLVED), ("FLAPPINGEND", "OK", RESOLVED),
    ("FLAPPINGDISABLED", "CRITICAL", INFO), ("DOWNTIMESTART", "CRITICAL", INFO),
    ("DOWNTIMEEND", "CRITICAL", INFO), ("DOWNTIMEEND", "OK", RESOLVED),
    ("DOWNTIMECANCELLED", "OK", RESOLVED), ("DOWNTIMEREMOVED", "CRITICAL", INFO),
    ("DOWNTIMESTART", "OK", INFO), ("CUSTOM", "CRITICAL", INFO), ("", "CRITICAL", FIRING),
    ("", "OK", RESOLVED),
]  # fmt: skip


@pytest.mark.parametrize("tool", ["nagios", "icinga", "checkmk"])
@pytest.mark.parametrize(("kind", "state", "due"), KINDS)
def test_the_kind_of_a_notification_decides(
    tool: str, kind: str, state: str, due: AlertStatus
) -> None:
    alert = one(tool, disk(kind, state))
    assert (alert.status, alert.severity_raw) == (due, state)
    assert (alert.key, alert.resource, alert.type) == ("db-3!Disk /", "db-3", AlertType.SERVICE)
    assert alert.title == "Disk / on db-3: DISK CRITICAL - 3% free"


SAME = [
    {"NAGIOS_NOTIFICATIONTYPE": "PROBLEM", "NAGIOS_HOSTNAME": "db-3",
     "NAGIOS_SERVICEDESC": "Disk /", "NAGIOS_SERVICESTATE": "CRITICAL",
     "NAGIOS_SERVICEOUTPUT": "full"},
    {"NOTIFY_NOTIFICATIONTYPE": "PROBLEM", "NOTIFY_HOSTNAME": "db-3", "NOTIFY_WHAT": "SERVICE",
     "NOTIFY_SERVICEDESC": "Disk /", "NOTIFY_SERVICESTATE": "CRIT", "NOTIFY_SERVICEOUTPUT": "full"},
    {"notification_type": "PROBLEM", "host_name": "db-3", "service_name": "Disk /",
     "service_state": "CRITICAL", "service_output": "full"},
    {"event_type": "trigger", "incident_key": "x", "details": {
        "HOSTNAME": "db-3", "SERVICEDESC": "Disk /", "SERVICESTATE": "CRITICAL",
        "SERVICEOUTPUT": "full"}},
    {"type": "StateChange", "host": "db-3", "service": "Disk /", "state": 2.0,
     "check_result": {"output": "full", "exit_status": 0}},
    {"host": {"name": "db-3"}, "service": {"name": "Disk /"},
     "check_result": {"state": 2, "output": "full"}},
]  # fmt: skip


@pytest.mark.parametrize("body", SAME)
def test_every_set_of_names_is_the_same_alert(body: Any) -> None:
    alert = one("icinga", body)
    assert (alert.key, alert.status, alert.severity) == ("db-3!Disk /", FIRING, Severity.CRITICAL)
    assert alert.title == "Disk / on db-3: full"


def test_a_host_is_an_alert_of_its_own() -> None:
    down = {"type": "PROBLEM", "host_name": "db-3", "host_state": "DOWN", "host_output": "no ping"}
    up = {**down, "type": "RECOVERY", "host_state": "UP"}
    fired, over = one("nagios", down), one("nagios", up, FORM)
    assert (fired.key, fired.status, fired.type) == ("db-3", FIRING, AlertType.HOST)
    assert (over.key, over.status) == ("db-3", RESOLVED)


def test_a_comment_is_told_and_what_a_team_added_is_kept() -> None:
    more = {"author": "sam", "comment": "on it", "long_output": "a\\nb", "_SERVICETEAM": "dba"}
    alert = one("nagios", disk("ACKNOWLEDGEMENT", **more))
    assert alert.description == "DISK CRITICAL - 3% free\na\nb\nsam: on it"
    assert alert.labels["serviceteam"] == "dba"


def test_nagios_macros_left_unexpanded_are_no_alert() -> None:
    assert one("nagios", {"host": "$HOSTNAME$", "state": "$HOSTSTATE$"}).status is INFO


# ---- Zabbix ------------------------------------------------------------------------------------


def event(value: str, **more: Any) -> dict[str, Any]:
    return {"event_id": "31", "event_value": value, "event_name": "Disk full", "host": "db-3",
            "event_severity": "High", "update_status": "0", "trigger_id": "8",
            "recovery_id": "{EVENT.RECOVERY.ID}", "zabbix_url": "https://zbx.example/",
            "tags": [{"tag": "team", "value": "dba"}], **more}  # fmt: skip


@pytest.mark.parametrize(
    ("more", "due"),
    [({}, FIRING), ({"event_value": "0", "recovery_id": "44"}, RESOLVED),
     ({"update_status": "1", "update_action": "acknowledged, commented"}, ACKNOWLEDGED),
     ({"update_status": "1", "update_action": "unacknowledged"}, FIRING),
     ({"update_status": "1", "update_action": "changed severity from High to Warning"}, FIRING),
     ({"update_status": "1", "update_action": "commented"}, INFO),
     ({"update_status": "1", "update_action": "closed", "event_value": "0"}, RESOLVED)],
)  # fmt: skip
def test_what_an_event_of_zabbix_says(more: dict[str, str], due: AlertStatus) -> None:
    alert = one("zabbix", event("1", **more))
    assert (alert.status, alert.key, alert.resource) == (due, "31", "db-3")
    assert (alert.severity, alert.severity_raw) == (Severity.ERROR, "High")
    assert alert.labels["team"] == "dba" and "recovery_id" not in alert.labels
    assert alert.links[0].url == "https://zbx.example/tr_events.php?triggerid=8&eventid=31"


@pytest.mark.parametrize(
    ("number", "due"),
    [("0", Severity.INFO), ("2", Severity.WARNING), ("3", Severity.WARNING), ("4", Severity.ERROR),
     ("5", Severity.CRITICAL), ("99", Severity.ERROR)],
)  # fmt: skip
def test_severities_of_zabbix_may_be_numbers(number: str, due: Severity) -> None:
    body = {"event_id": "1", "event_value": "1", "name": "x", "event_nseverity": number}
    assert (one("zabbix", body).severity, one("zabbix", body).severity_raw) == (due, number)


def test_marks_of_message_templates_are_no_part_of_the_title() -> None:
    body = {"event_id": "1", "status": "RESOLVED", "subject": "Resolved in 5m 2s: Disk full"}
    assert one("zabbix", body).title == "Disk full"
    assert one("zabbix", {**body, "status": "OK"}).status is RESOLVED


def test_a_value_of_zabbix_that_is_no_text_is_named() -> None:
    with pytest.raises(Malformed) as refused:
        one("zabbix", event("1", event_value=[1]))
    assert refused.value.where == "event_value"


# ---- the others --------------------------------------------------------------------------------


def sensu(status: int, **more: Any) -> dict[str, Any]:
    return {"entity": {"metadata": {"name": "db-3", "namespace": "prod"}},
            "check": {"metadata": {"name": "disk"}, "status": status, "output": "full\n"},
            **more}  # fmt: skip


def test_an_event_of_sensu() -> None:
    fired, over = one("sensu", sensu(2)), one("sensu", {"spec": sensu(0)})
    assert (fired.status, over.status, fired.key) == (FIRING, RESOLVED, over.key)
    assert (fired.severity, one("sensu", sensu(1)).severity) == (
        Severity.CRITICAL, Severity.WARNING)  # fmt: skip
    core = {"client": {"name": "db-3"}, "check": {"name": "disk", "status": 2}, "action": "resolve"}
    assert one("sensu", core).status is RESOLVED
    assert read("sensu", {"entity": {}, "metrics": {"points": [1]}}) == ()


@pytest.mark.parametrize(
    ("status", "due"),
    [("Down", FIRING), ("Down (Acknowledged)", ACKNOWLEDGED), ("Warning", FIRING),
     ("Unusual", FIRING), ("Up", RESOLVED), ("Down ended (now: Up)", RESOLVED),
     ("Warning ended (now: Down)", FIRING), ("Down ended (now: Paused by parent)", INFO),
     ("Paused", INFO), ("Unknown", INFO)],
)  # fmt: skip
def test_states_of_prtg(status: str, due: AlertStatus) -> None:
    body = {"sensorid": "7", "sensor": "Ping", "device": "db-3", "status": status}
    alert = one("prtg", body, FORM)
    assert (alert.status, alert.key, alert.resource) == (due, "7", "db-3")


@pytest.mark.parametrize(
    ("state", "due"),
    [("0", RESOLVED), ("1", FIRING), ("2", ACKNOWLEDGED), ("3", FIRING), ("4", FIRING)],
)
def test_states_of_librenms(state: str, due: AlertStatus) -> None:
    body = {"title": "Alert for db-3", "name": "Device down", "hostname": "db-3", "rule_id": "4",
            "device_id": "9", "state": state, "severity": "critical", "status": "1"}  # fmt: skip
    alert = one("librenms", body)
    assert (alert.status, alert.key, alert.severity_raw) == (due, "4 9", "critical")


@pytest.mark.parametrize(
    ("severity", "due"), [("critical", FIRING), ("warning", FIRING), ("clear", RESOLVED)]
)
def test_an_alert_of_netdata(severity: str, due: AlertStatus) -> None:
    body = {"alert": "disk_full", "chart": "disk.space", "host": "db-3", "severity": severity}
    alert = one("netdata", body)
    assert (alert.status, alert.resource, alert.key) == (due, "db-3", "disk_full disk.space db-3")


def test_a_node_of_netdata_is_out_of_reach_and_back() -> None:
    gone = {"host": "db-3", "severity": "critical", "status": {"reachable": False}}
    back = {"host": "db-3", "severity": "info", "status": {"reachable": True}}
    fired, over = one("netdata", gone), one("netdata", back)
    assert (fired.status, over.status, fired.key) == (FIRING, RESOLVED, over.key)


def monit(*events: tuple[int, int]) -> bytes:
    inner = "".join(
        f"<event><service>größe</service><id>{number}</id><state>{state}</state>"
        "<message>failed</message></event>"
        for number, state in events
    )
    return (
        '<?xml version="1.0" encoding="ISO-8859-1"?><monit id="m1"><server><localhostname>db-3'
        f"</localhostname></server>{inner}</monit>"
    ).encode()


def test_events_of_monit_are_utf_8_whatever_they_say() -> None:
    fired, over, changed, started = read("monit", monit((1, 1), (1, 0), (4, 2), (65536, 2)),
                                         "text/xml")  # fmt: skip
    assert (fired.status, over.status, fired.key) == (FIRING, RESOLVED, over.key)
    assert (changed.severity, started.status) == (Severity.WARNING, INFO)
    assert fired.labels["service"] == "größe" and fired.resource == "db-3"
    assert read("monit", monit(), "text/xml") == ()


def test_entities_in_the_xml_are_refused() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><monit>&b;</monit>'
    for body in (bomb, b"<monit><event>", b"<other/>"):
        with pytest.raises(Malformed):
            read("monit", body, "text/xml")


@pytest.mark.parametrize(
    ("bad", "good"),
    [("Connection failed", "Connection succeeded"), ("Does not exist", "Exists"),
     ("Timeout", "Timeout recovery"), ("Resource limit matched", "Resource limit succeeded")],
)  # fmt: skip
def test_what_monit_executes_tells_its_event(bad: str, good: str) -> None:
    body = {"MONIT_HOST": "db-3", "MONIT_SERVICE": "nginx", "MONIT_EVENT": bad}
    fired, over = one("monit", body, FORM), one("monit", {**body, "MONIT_EVENT": good}, FORM)
    assert (fired.status, over.status, fired.key) == (FIRING, RESOLVED, over.key)
