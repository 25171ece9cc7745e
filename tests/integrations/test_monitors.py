"""Readers of monitors, logs and errors, by bodies written after the tools' own documentation."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest

from integrations import sentry
from integrations.base import Malformed, Request
from store.model import AlertType, Severity
from tests.integrations.reading import ACKNOWLEDGED, FIRING, INFO, RESOLVED, one, read, states


@pytest.mark.parametrize(
    ("level", "status", "severity"),
    [("INFO", FIRING, Severity.INFO), ("WARNING", FIRING, Severity.WARNING),
     ("CRITICAL", FIRING, Severity.CRITICAL), ("OK", RESOLVED, Severity.INFO)],
)  # fmt: skip
def test_kapacitors_level_is_state_and_severity(level: str, status: Any, severity: Any) -> None:
    series = [{"name": "cpu", "tags": {"host": "h1"}, "columns": ["time", "v"], "values": []}]
    event = {"id": "cpu:h1", "message": "CPU is high", "level": level, "data": {"series": series}}
    found = one("kapacitor", event)
    assert (found.status, found.severity, found.severity_raw) == (status, severity, level)
    assert (found.resource, found.labels["measurement"]) == ("h1", "cpu")


def test_librato_clears_by_itself_or_by_hand() -> None:
    alert = {"alert": {"id": 5, "name": "Queue"}, "violations": {"h1": [{"metric": "q"}]}}
    over = [{"alert": {"id": 5, "name": "Queue"}, "clear": word} for word in ("normal", "manual")]
    assert states("librato", alert, *over) == [FIRING, RESOLVED, RESOLVED]
    assert one("librato", alert).resource == "h1"


@pytest.mark.parametrize(
    ("word", "status"),
    [("ACTIVE", FIRING), ("NEW", FIRING), ("UPDATED", FIRING), ("CANCELED", RESOLVED),
     ("CANCELLED", RESOLVED)],
)  # fmt: skip
def test_vrealize_has_these_states(word: str, status: Any) -> None:
    alert = {"alertId": "a", "alertName": "Host is lost", "resourceName": "esx-1", "status": word,
             "criticality": "ALERT_CRITICALITY_LEVEL_IMMEDIATE", "cancelDate": 1}  # fmt: skip
    found = one("vrealize", alert)
    assert (found.status, found.severity) == (status, Severity.ERROR)
    assert found.title == "Host is lost on esx-1"
    assert one("vrealize", {"AlertName": "Many errors", "NumHits": 9}).description == "9 hits"


def test_logicmonitor_is_acknowledged_and_cleared() -> None:
    alert = {"alertid": "LMD1", "host": "h1", "datasource": "Disk-C", "datapoint": "Used",
             "level": "error"}  # fmt: skip
    steps = [{**alert, "alertstatus": word} for word in ("active", "ack", "sdt", "clear")]
    assert states("logicmonitor", *steps) == [FIRING, ACKNOWLEDGED, INFO, RESOLVED]
    assert one("logicmonitor", alert).title == "Disk-C Used on h1"


def test_thousandeyes_triggers_clears_tests_and_loses_agents() -> None:
    alert = {"alertId": "a", "ruleName": "Slow", "testName": "Shop", "severity": "Major",
             "dateStartZoned": "2026-11-22 02:00:00 UTC", "active": 1}  # fmt: skip
    begun = {"eventType": "ALERT_NOTIFICATION_TRIGGER", "alert": alert}
    over = {"eventType": "ALERT_NOTIFICATION_CLEAR", "alert": {**alert, "active": 0}}
    assert states("thousandeyes", begun, over, [over]) == [FIRING, RESOLVED, RESOLVED]
    assert one("thousandeyes", begun).starts_at == 1_795_312_800_000
    assert one("thousandeyes", {"eventType": "WEBHOOK_TEST"}).status is INFO
    agent = {"eventType": "AGENT_NOTIFICATION_TRIGGER", "agent": {"agentId": 3, "agentName": "HK"}}
    assert one("thousandeyes", agent).resource == "HK"


def test_dash0_ends_or_supersedes_an_issue_under_its_identifier() -> None:
    issue = {"issueIdentifier": "77", "id": "x", "summary": "Many errors", "status": "critical",
             "labels": [{"key": "service.name", "value": {"stringValue": "shop"}}]}  # fmt: skip
    steps = [{"type": f"alert.{word}", "data": {"issue": issue}}
             for word in ("ongoing", "superseded", "resolved", "closed")]  # fmt: skip
    assert states("dash0", *steps) == [FIRING, INFO, RESOLVED, RESOLVED]
    assert one("dash0", steps[0]).severity_raw == "critical"
    assert one("dash0", {"type": "test"}).status is INFO


def test_axiom_keeps_groups_apart() -> None:
    event = {"monitorID": "m", "title": "Triggered: Errors", "groupKeys": ["host"],
             "groupValues": ["h1"]}  # fmt: skip
    begun, over = ({"action": word, "event": event} for word in ("Open", "Closed"))
    assert states("axiom", begun, over) == [FIRING, RESOLVED]
    other = {"action": "Open", "event": {**event, "groupValues": ["h2"]}}
    assert one("axiom", other).key != one("axiom", begun).key
    assert one("axiom", begun).title == "Errors on h1"


def test_graylog_of_both_generations() -> None:
    event = {
        "event_definition_title": "Login failed",
        "event_definition_id": "d",
        "event": {"key": "h1", "priority": 4, "message": "9 times", "source": "g"},
    }
    found = one("graylog", event)
    assert (found.title, found.severity) == ("Login failed on h1", Severity.CRITICAL)
    old = {
        "check_result": {
            "result_description": "9 messages",
            "triggered": True,
            "triggered_condition": {"id": "c", "title": "Too many"},
        },
        "stream": {"id": "s"},
    }
    assert one("graylog", old).title == "Too many"


def test_papertrail_takes_a_form_and_counts() -> None:
    body: dict[str, Any] = {
        "saved_search": {"id": 4, "name": "Errors"},
        "counts": [{"source_name": "h1"}],
    }
    form = ("payload=" + json.dumps(body)).encode()
    found = one("papertrail", form, content_type="application/x-www-form-urlencoded")
    assert (found.key, found.resource, found.title) == ("4", "h1", "Errors")


@pytest.mark.parametrize(
    ("event", "status"),
    [("NewErrorOccurred", FIRING), ("FiveMinuteFollowUp", FIRING), ("CommentAdded", INFO),
     ("AssignedToUser", INFO)],
)  # fmt: skip
def test_raygun_has_these_events(event: str, status: Any) -> None:
    body = {
        "event": "error_notification",
        "eventType": event,
        "error": {"url": "https://r.example/1", "message": ""},
        "application": {"name": "Shop"},
    }
    assert one("raygun", body).status is status
    changed = {**body, "event": "error_activity", "eventType": "StatusChanged"}
    for word, due in (("Resolved", RESOLVED), ("Ignored", INFO), ("Active", FIRING)):
        error = {"url": "https://r.example/1", "status": word}
        assert states("raygun", body, {**changed, "error": error})[1] is due


def test_bugsnag_is_fixed_ignored_and_reopened_by_hand() -> None:
    error = {"errorId": "e", "exceptionClass": "Boom", "message": "no", "severity": "warning"}
    body = {"trigger": {"type": "firstException"}, "project": {"name": "Shop"}, "error": error}
    steps = [
        {**body, "trigger": {"type": "errorStateManualChange"}, "error": {**error, "status": word}}
        for word in ("fixed", "ignored", "open")
    ]
    assert states("bugsnag", body, *steps) == [FIRING, RESOLVED, INFO, FIRING]
    spike = {"trigger": {"type": "projectSpiking", "message": "Spike"}, "project": {"id": "p"}}
    assert one("bugsnag", spike).status is FIRING
    release = {**spike, "trigger": {"type": "release"}}
    assert (one("bugsnag", release).type, one("bugsnag", release).status) == (
        AlertType.CHANGE,
        INFO,
    )


def test_honeybadger_tells_of_errors_sites_certificates_and_deploys() -> None:
    fault = {"fault": {"id": 1, "klass": "Boom", "message": "no"}, "project": {"name": "Shop"}}
    steps = [
        {**fault, "event": word} for word in ("occurred", "assigned", "resolved", "unresolved")
    ]
    assert states("honeybadger", *steps) == [FIRING, INFO, RESOLVED, FIRING]
    site = {"site": {"id": "s", "name": "Shop", "url": "https://shop.example"}}
    down, up, old = ({**site, "event": word} for word in ("down", "up", "cert_will_expire"))
    assert states("honeybadger", down, up) == [FIRING, RESOLVED]
    assert one("honeybadger", old).key != one("honeybadger", down).key
    deploy = {"event": "deployed", "deploy": {"id": 3, "revision": "abc"}}
    assert one("honeybadger", deploy).type is AlertType.CHANGE


def test_rollbar_opens_resolves_and_reactivates_an_item() -> None:
    item = {"id": 5, "title": "Boom", "level": 50, "project": {"name": "Shop"}}
    names = ("new_item", "exp_repeat_item", "resolved_item", "reactivated_item", "ignored_item")
    steps = [{"event_name": name, "data": {"item": item}} for name in names]
    assert states("rollbar", *steps) == [FIRING, FIRING, RESOLVED, FIRING, INFO]
    found = one("rollbar", steps[0])
    assert (found.severity, found.severity_raw, found.resource) == (
        Severity.CRITICAL, "critical", "Shop",
    )  # fmt: skip
    assert one("rollbar", {"event_name": "test", "data": {"message": "hi"}}).status is INFO
    deploy = {"event_name": "deploy", "data": {"deploy": {"id": 1, "revision": "abc"}}}
    assert one("rollbar", deploy).type is AlertType.CHANGE


def test_airbrake_fires_for_each_error() -> None:
    error = {"id": 9, "error_class": "Boom", "error_message": "Boom: no", "project": {"name": "P"}}
    found = one("airbrake", {"error": error, "airbrake_error_url": "https://a.example/9"})
    assert (found.title, found.resource, found.status) == ("Boom: no", "P", FIRING)


def sentry_body(action: str, **more: Any) -> dict[str, Any]:
    """An issue as the integration platform posts it."""
    issue = {"id": "12", "title": "Boom: no", "level": "fatal", "project": {"slug": "shop"}}
    return {"action": action, "data": {"issue": issue, **more}}


def test_sentrys_issues_alerts_and_errors_share_the_issues_key() -> None:
    event = {"title": "Boom: no", "level": "error", "issue_url": "https://s.example/issues/12/",
             "url": "https://s.example/api/0/projects/acme/shop/events/1/"}  # fmt: skip
    alert = {"action": "triggered", "data": {"event": event, "triggered_rule": "All"}}
    error = {"action": "created", "data": {"error": {**event, "issue_id": "12"}}}
    words = ("created", "assigned", "archived", "resolved", "unresolved")
    steps = [sentry_body(word) for word in words]
    due = [FIRING, FIRING, FIRING, INFO, INFO, RESOLVED, FIRING]
    assert states("sentry", alert, error, *steps) == due
    assert one("sentry", alert).resource == one("sentry", steps[0]).resource == "shop"
    comment = {"action": "created", "data": {"issue_id": 12, "comment": "hm"}}
    assert states("sentry", steps[0], comment) == [FIRING, INFO]


def test_sentrys_metric_alerts_have_the_action_for_a_severity() -> None:
    metric = {"id": "4", "alert_rule": {"id": "7", "name": "Too many"}, "projects": ["shop"]}
    steps = [{"action": word, "data": {"metric_alert": metric}}
             for word in ("warning", "critical", "resolved")]  # fmt: skip
    assert states("sentry", *steps) == [FIRING, FIRING, RESOLVED]
    assert one("sentry", steps[0]).severity is Severity.WARNING


def test_sentry_signs_what_it_sends() -> None:
    body = b"{}"
    signed = hmac.new(b"s", body, hashlib.sha256).hexdigest()
    sentry.verify(Request(body, headers={"sentry-hook-signature": signed}), {"client_secret": "s"})
    with pytest.raises(Malformed):
        sentry.verify(Request(body), {"client_secret": "s"})
    sentry.verify(Request(body), {})


def test_scoms_resolution_states_are_words_or_numbers() -> None:
    scom = {"alertId": "{1}", "alertName": "Disk", "severity": "2", "managedEntitySource": "h1"}
    words = ("New", "Acknowledged", "249", "Resolved", "Closed", "255")
    due = [FIRING, ACKNOWLEDGED, ACKNOWLEDGED, RESOLVED, RESOLVED, RESOLVED]
    assert states("scom", *({**scom, "resolutionState": word} for word in words)) == due


def test_riemanns_expired_is_a_problem_and_lists_are_taken() -> None:
    event = {"host": "h1", "service": "disk"}
    steps = [{**event, "state": word} for word in ("ok", "warning", "critical", "expired")]
    assert states("riemann", *steps) == [RESOLVED, FIRING, FIRING, FIRING]
    assert len(read("riemann", [{**event, "state": "ok"}] * 2)) == 2


def test_stackstorms_next_success_resolves_an_action() -> None:
    action = {"action_ref": "shop.deploy", "execution_id": "x"}
    words = ("failed", "timeout", "running", "canceled", "succeeded")
    steps = [{**action, "status": word} for word in words]
    assert states("stackstorm", *steps) == [FIRING, FIRING, INFO, INFO, RESOLVED]


def test_instanas_issues_open_and_close_and_changes_are_information() -> None:
    issue = {"id": "i", "text": "GC is busy", "severity": 5, "fqdn": "h1"}
    steps = [{"issue": {**issue, "state": word}} for word in ("OPEN", "CLOSED")]
    assert states("instana", *steps) == [FIRING, RESOLVED]
    assert one("instana", steps[0]).severity is Severity.WARNING
    change = {"id": "c", "type": "change", "text": "version changed", "state": "OPEN"}
    assert one("instana", {"issue": change}).status is INFO


def test_lokis_ruler_speaks_as_alertmanager() -> None:
    group = {"alerts": [{"labels": {"alertname": "Errors"}, "status": "firing"}]}
    assert one("loki", group).title == "Errors"


def test_honeycomb_coralogix_loggly_and_signoz() -> None:
    trigger = {
        "trigger_id": "t",
        "name": "Slow",
        "status": "TRIGGERED",
        "shared_secret": "x",
        "result_groups_triggered": [{"Group": {"endpoint": "/buy"}, "Result": 9}],
    }
    over = {**trigger, "status": "OK", "result_groups_triggered": []}
    assert states("honeycomb", trigger, over) == [FIRING, RESOLVED]
    found = one("honeycomb", trigger)
    assert (found.resource, found.labels.get("shared_secret")) == ("/buy", None)
    alert = {"alert_id": "a", "name": "Errors", "alert_action": "trigger",
             "fields": [{"key": "severity", "value": "Critical"}]}  # fmt: skip
    assert states("coralogix", alert, {**alert, "alert_action": "resolve"}) == [FIRING, RESOLVED]
    assert one("coralogix", alert).severity_raw == "Critical"
    search = {"alert_name": "Errors", "query": "level:error", "num_hits": 3, "recent_hits": ["x"]}
    assert one("loggly", search).title == "Errors"
    group = {"alerts": [{"labels": {"alertname": "Errors"}, "status": "firing"}]}
    assert one("signoz", group).key == one("loki", group).key
