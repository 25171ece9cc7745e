"""Bodies of older versions, templates and media types of one's own, tools from l to z."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from store.model import AlertType, Severity
from tests.integrations.reading import ACKNOWLEDGED, FIRING, INFO, RESOLVED, one, read, states

FORM = "application/x-www-form-urlencoded"


# ---- New Relic ---------------------------------------------------------------------------------


def test_an_issue_of_new_relic_is_called_after_its_condition_without_a_title() -> None:
    body = {"id": "i1", "issueUrl": "https://one.example/i1", "condition_name": "Queue is long",
            "details": "More than 100", "state": "activated"}  # fmt: skip
    assert one("newrelic", body).title == "Queue is long"
    del body["condition_name"]
    assert one("newrelic", body).title == "More than 100"


def test_an_issue_of_new_relic_may_be_an_id_and_a_state() -> None:
    bodies = [{"id": "i1", "createdAt": 1, "state": each} for each in ("activated", "closed")]
    assert states("newrelic", *bodies) == [FIRING, RESOLVED]
    assert one("newrelic", bodies[0]).title == "New Relic issue i1"


@pytest.mark.parametrize(
    "body",
    [
        {"id": "i1", "title": "Slow", "state": "acknowledged", "owner": "Sam"},
        {"incident_id": 4, "condition_name": "Slow", "current_state": "acknowledged",
         "owner": "Sam"},
    ],
)  # fmt: skip
def test_who_took_an_issue_of_new_relic_is_known(body: dict[str, Any]) -> None:
    assert (one("newrelic", body).status, one("newrelic", body).by) == (ACKNOWLEDGED, "Sam")
    assert one("newrelic", {**body, "owner": "N/A"}).by == ""


def test_an_event_of_new_relic_nobody_knows_is_information() -> None:
    body = {"incident_id": 4, "condition_name": "Slow", "event_type": "INCIDENT_SEEN"}
    assert one("newrelic", body).status is INFO


# ---- messages ----------------------------------------------------------------------------------


def test_a_snapshot_of_librato_is_information() -> None:
    shared = {"fallback": "Queue depth by Sam", "image_url": "https://snap.example/1.png"}
    alert = one("librato", {"attachments": [shared]})
    assert (alert.status, alert.title) == (INFO, "Queue depth by Sam")


def test_a_button_that_asks_for_quiet_names_an_event_and_a_place() -> None:
    body = {"action": "blackout", "environment": "Prod", "event": "DiskFull", "resource": "db-1"}
    alert = one("slack_like", body)
    assert (alert.status, alert.key) == (INFO, "DiskFull db-1")


@pytest.mark.parametrize(
    "body",
    [
        {"msgtype": "text", "text": {"content": "Disk full"}},
        {"msgtype": "markdown", "markdown": {"title": "Disk full", "text": "95 %"}},
        {"msg_type": "text", "content": {"text": "Disk full"}},
        {"msg_type": "interactive",
         "card": {"header": {"title": {"tag": "plain_text", "content": "Disk full"}}}},
        {"cardsV2": [{"cardId": "a", "card": {"header": {"title": "Disk full"}}}]},
        {"cards": [{"header": {"title": "Disk full"}}]},
    ],
)  # fmt: skip
def test_other_chats_have_other_places_for_what_is_said(body: dict[str, Any]) -> None:
    assert one("slack_like", body).title == "Disk full"


def test_the_word_a_message_begins_with_is_how_bad_it_is() -> None:
    alert = one("slack_like", {"text": "*CRITICAL*: the database is down"})
    assert (alert.title, alert.severity, alert.severity_raw) == (
        "the database is down", Severity.CRITICAL, "CRITICAL",
    )  # fmt: skip


# ---- uptime ------------------------------------------------------------------------------------


def test_what_a_template_of_uptime_kuma_asks_for_goes_before_the_heartbeat() -> None:
    body = {"heartbeat": {"status": 0, "msg": "timeout"}, "monitor": {"id": 7, "name": "Shop"}}
    told = [{**body, "event_type": each} for each in ("create", "resolve")]
    assert states("uptimekuma", *told) == [FIRING, RESOLVED]


def test_a_template_of_uptime_kuma_may_keep_the_message_alone() -> None:
    down = {"title": "Kuma", "msg": "[Shop] [🔴 Down] connect ECONNREFUSED"}
    up = {"title": "Kuma", "msg": "[Shop] [✅ Up] 200 - OK"}
    assert states("uptimekuma", down, up) == [FIRING, RESOLVED]
    assert one("uptimekuma", down).title == "Shop: connect ECONNREFUSED"


def test_uptimerobots_words_go_before_its_number() -> None:
    body = {"monitorID": "7", "monitorFriendlyName": "Shop", "alertType": "1"}
    told = [{**body, "alertTypeFriendlyName": each} for each in ("Down", "Up")]
    assert states("uptimerobot", *told) == [FIRING, RESOLVED]


def test_a_run_of_runscope_that_was_canceled_tells_nothing() -> None:
    body = {"test_id": "t", "test_name": "Shop", "result": "canceled"}
    assert one("runscope", body).status is INFO


def test_pingdoms_first_form_assigns_and_closes() -> None:
    body = {"check": "7", "checkname": "Shop", "host": "shop.example", "incidentid": 1}
    down = {**body, "action": "assign", "description": "down"}
    up = {**body, "action": "notify_of_close", "description": "up"}
    assert states("pingdom", down, up) == [FIRING, RESOLVED]
    packed = urlencode({"message": json.dumps(down)}).encode()
    (alert,) = read("pingdom", packed, content_type=FORM)
    assert (alert.title, alert.resource) == ("Shop is down", "shop.example")


def test_an_incident_on_a_page_statusgator_follows_fires_until_it_is_resolved() -> None:
    body = {"service": {"id": "s", "name": "Mail"}, "type": "IncidentChange"}
    said = ("investigating", "identified", "monitoring", "resolved")
    assert states("statusgator", *({**body, "status": each} for each in said)) == [
        FIRING, FIRING, FIRING, RESOLVED,
    ]  # fmt: skip
    assert one("statusgator", {**body, "type": "Test", "status": "down"}).status is INFO


def test_a_certificate_of_updown_is_not_told_with_the_error_of_its_check() -> None:
    body = {"event": "check.ssl_expiration", "check": {"token": "t", "url": "https://a.example"},
            "downtime": {"error": "500"}, "ssl": {"days_before_expiration": 7}}  # fmt: skip
    assert one("updown", [body]).title == "https://a.example: the certificate expires in 7 days"


def test_a_job_pulsetic_did_not_hear_of_is_missed() -> None:
    body = {"alert_type": "cron_job_missed", "monitor": {"id": 3, "name": "backup"}}
    assert one("pulsetic", body).status is FIRING


# ---- pagers ------------------------------------------------------------------------------------


def test_incidents_of_opsgenie_are_read_as_its_alerts_are() -> None:
    incident = {"incidentId": "i1", "message": "Shop is down", "priority": "P1"}
    bodies = [{"action": each, "incident": incident} for each in ("create", "resolve", "reopen")]
    assert states("opsgenie", *bodies) == [FIRING, RESOLVED, FIRING]


def test_a_test_of_opsgenies_webhook_is_information() -> None:
    body = {"action": "ConnectionTest", "integrationId": "x", "integrationName": "ours"}
    assert one("opsgenie", body).status is INFO


def test_a_phase_of_victorops_goes_before_the_last_message() -> None:
    body = {"alert": {"messageType": "CRITICAL", "entityId": "db"}}
    said = ("triggered", "acknowledged", "resolved")
    bodies = [{**body, "state": {"currentPhase": each}} for each in said]
    assert states("victorops", *bodies) == [FIRING, ACKNOWLEDGED, RESOLVED]


def test_a_template_of_victorops_sent_as_it_is_says_so() -> None:
    assert one("victorops", {"phase": "${{STATE.CURRENT_ALERT_PHASE}}"}).title.startswith(
        "Variables were not expanded: "
    )


# ---- Zabbix ------------------------------------------------------------------------------------


def test_zabbixs_media_type_for_pagerduty_is_read() -> None:
    problem = {"routing_key": "r", "event_action": "trigger", "dedup_key": "44", "payload": {
        "summary": "Disk is full", "source": "db-1 : 10.0.0.4", "severity": "critical",
        "custom_details": {"Event tags": "scope:capacity"}}}  # fmt: skip
    over = {"routing_key": "r", "event_action": "resolve", "dedup_key": "44"}
    assert states("zabbix", problem, over) == [FIRING, RESOLVED]
    alert = one("zabbix", problem)
    assert (alert.title, alert.resource, alert.severity) == (
        "Disk is full on db-1", "db-1", Severity.CRITICAL,
    )  # fmt: skip


def a_message(subject: str, first: str) -> dict[str, str]:
    lines = (first, "Problem name: Disk is full", "Host: db-1", "Severity: High",
             "Operational data: 97 %", "Original problem ID: 44")  # fmt: skip
    return {"subject": subject, "message": "\r\n".join(lines)}


def test_zabbixs_own_words_are_read_where_a_media_type_knows_no_macros() -> None:
    problem = a_message("Problem: Disk is full", "Problem started at 10:00 on 2026.01.02")
    over = a_message("Resolved in 5m 3s: Disk is full", "Problem has been resolved at 10:05")
    assert states("zabbix", problem, over) == [FIRING, RESOLVED]
    alert = one("zabbix", problem)
    assert (alert.key, alert.title, alert.resource, alert.severity_raw) == (
        "44", "Disk is full on db-1", "db-1", "High",
    )  # fmt: skip


@pytest.mark.parametrize(("word", "status"), [("Yes", ACKNOWLEDGED), ("No", INFO)])
def test_an_update_in_zabbixs_own_words_says_whether_it_is_acknowledged(
    word: str, status: object
) -> None:
    told = f"Sam commented problem.\nstatus is PROBLEM, acknowledged: {word}."
    body = {"subject": "Updated problem in 5m: Disk is full", "message": told}
    assert one("zabbix", body).status is status


# ---- hosts, logs, machines ---------------------------------------------------------------------


def test_tokens_of_logicmonitor_sent_as_they_are_say_so() -> None:
    body = {"alertid": "##ALERTID##", "host": "##HOST##", "alertstatus": "##ALERTSTATUS##"}
    alert = one("logicmonitor", body)
    assert (alert.status, alert.resource) == (INFO, None)
    assert alert.title.startswith("Variables were not expanded: ##ALERTID##")


def test_an_escalation_of_logicmonitor_still_fires() -> None:
    body = {"alertid": "LMD7", "datasource": "Ping", "alertstatus": "escalation"}
    assert one("logicmonitor", body).status is FIRING


def test_what_loggly_has_no_value_for_is_no_place() -> None:
    assert one("loggly", {"alert_name": "Errors", "source_group": "N/A"}).resource is None


def test_the_names_in_words_of_wazuh_are_found() -> None:
    told = "Rule ID 5710\nLevel 5\nAgent Name web-1\nTitle sshd: a user that is none"
    alert = one("wazuh", {"message": "sshd: a user that is none", "description": told})
    assert (alert.resource, alert.key) == ("web-1", "rule 5710 web-1")


def test_what_a_token_of_canary_was_laid_out_for_is_in_its_title() -> None:
    body = {"AlertType": "CanarytokenIncident", "Token": "t", "Description": "Web image",
            "Reminder": "on the wiki", "IncidentHash": "h"}  # fmt: skip
    assert one("thinkst", body).title == "Web image: on the wiki"


def test_thousandeyes_variables_may_stand_in_objects() -> None:
    alert = {"id": "a1", "rule": {"name": "Loss"}, "test": {"name": "Shop"},
             "severity": {"displayName": "MAJOR"}, "status": {"id": "active"}}  # fmt: skip
    over = {**alert, "status": {"id": "cleared"}}
    assert states("thousandeyes", {"alert": alert}, {"alert": over}) == [FIRING, RESOLVED]
    found = one("thousandeyes", {"alert": alert})
    assert (found.title, found.severity_raw) == ("Loss: Shop", "MAJOR")


def test_the_detector_stands_beside_the_rule_in_a_title_of_signalfx() -> None:
    body = {"incidentId": "i", "rule": "too high", "detector": "Load",
            "statusExtended": "anomalous", "severity": "Major",
            "dimensions": {"host": "web-1"}}  # fmt: skip
    assert one("signalfx", body).title == "too high (Load) on web-1"


# ---- builds and services -----------------------------------------------------------------------


def test_a_pull_request_of_travis_is_not_its_target() -> None:
    body = {"repository": {"owner_name": "acme", "name": "shop"}, "branch": "main",
            "status_message": "Broken"}  # fmt: skip
    asked = {**body, "type": "pull_request", "compare_url": "https://git.example/acme/shop/pull/9"}
    assert one("travis", asked).title == "acme/shop failed on #9"
    assert one("travis", asked).key != one("travis", body).key


def test_a_job_of_netbox_ends_as_its_status_says() -> None:
    body = {"event": "job_end", "model": "script", "data": {"display": "Sync"}}
    bodies = [{**body, "status": each} for each in ("errored", "completed")]
    assert states("netbox", *bodies) == [FIRING, RESOLVED]


def test_hardware_of_render_that_fails_fires_until_the_server_is_available() -> None:
    body = {"timestamp": "2026-01-02T03:04:05Z", "data": {"serviceId": "s", "serviceName": "web"}}
    servers = [{**body, "type": f"server_{each}"} for each in ("hardware_failure", "available")]
    assert states("render", *servers) == [FIRING, RESOLVED]
    backups = [{**body, "type": f"postgres_backup_{each}"} for each in ("failed", "completed")]
    assert states("render", *backups) == [FIRING, RESOLVED]


def test_what_ends_well_on_openstacks_bus_is_a_change_too() -> None:
    payload = {"masakari_object.data": {"name": "host-1"}}
    body = {"event_type": "host.create.end", "priority": "INFO", "payload": payload}
    over, change = read("openstack", body)
    assert (over.status, change.status, change.type) == (RESOLVED, INFO, AlertType.CHANGE)
    (done,) = read("openstack", {**body, "event_type": "notification.process.end"})
    assert done.status is RESOLVED
