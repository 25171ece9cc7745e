"""Help desks, on-call tools that speak to others, clusters, storage and builds."""

from __future__ import annotations

from typing import Any

import pytest

from store.model import AlertType, Severity
from tests.integrations.reading import ACKNOWLEDGED, FIRING, INFO, RESOLVED, one, read, states


def fresh(status: Any) -> dict[str, Any]:
    return {"freshdesk_webhook": {"ticket_id": 7, "ticket_subject": "VPN is down",
            "ticket_priority": 4, "ticket_status": status}}  # fmt: skip


def zammad(state: Any) -> dict[str, Any]:
    return {"ticket": {"number": "22004", "title": "VPN is down", "state": state,
            "priority": {"name": "3 high"}, "group": {"name": "IT"}}}  # fmt: skip


def jira(name: str, category: str) -> dict[str, Any]:
    status = {"name": name, "statusCategory": {"key": category}}
    fields = {"summary": "VPN is down", "status": status, "priority": {"name": "Highest"},
              "project": {"name": "Ops"}}  # fmt: skip
    issue = {"key": "OPS-1", "self": "https://jira.example/rest/api/2/issue/1", "fields": fields}
    return {"webhookEvent": "jira:issue_updated", "issue": issue}


def zendesk(status: str) -> dict[str, Any]:
    detail = {"id": "12", "subject": "VPN is down", "status": status, "priority": "HIGH"}
    return {"type": "zen:event-type:ticket.status_changed", "detail": detail}


def sysdig(*, resolved: bool) -> dict[str, Any]:
    entity = {"entity": "host = 'db-1'",
              "additionalInfo": [{"metric": "host.hostName", "value": "db-1"}]}  # fmt: skip
    alert = {"id": 1, "name": "Disk is full", "severity": 4, "severityLabel": "Low"}
    return {"alert": alert, "resolved": resolved, "state": "OK" if resolved else "ACTIVE",
            "entities": [entity]}  # fmt: skip


def vzdump(severity: str) -> dict[str, Any]:
    return {"title": "vzdump backup status", "message": "m", "severity": severity,
            "fields": {"type": "vzdump", "hostname": "pve-1", "job-id": "nightly"}}  # fmt: skip


def flux(severity: str, reason: str) -> dict[str, Any]:
    thing = {"kind": "Kustomization", "namespace": "flux-system", "name": "apps"}
    return {"involvedObject": thing, "severity": severity, "reason": reason, "message": "m"}


def group(state: str, event: str) -> dict[str, Any]:
    labels = {"severity": "critical", "instance": "a:1"}
    return {"event": {"type": event}, "alert_group": {"id": "I1", "state": state, "title": "CPU"},
            "alert_payload": {"commonLabels": labels}}  # fmt: skip


def incident(category: str) -> dict[str, Any]:
    event = "public_incident.incident_status_updated_v2"
    inner = {"id": "1", "reference": "INC-1", "name": "Shop is down",
             "severity": {"name": "Major"}, "incident_status": {"category": "live"}}  # fmt: skip
    return {"event_type": event, event: {"incident": inner, "new_status": {"category": category}}}


PROBLEMS: dict[str, list[dict[str, Any]]] = {
    "freshdesk": [fresh(2), fresh(5)],
    "freshservice": [fresh("Open"), fresh("Closed")],
    "zammad": [zammad("new"), zammad({"name": "closed"})],
    "jira": [jira("Neu", "new"), jira("Erledigt", "done")],
    "zendesk": [zendesk("OPEN"), zendesk("SOLVED")],
    "sysdig": [sysdig(resolved=False), sysdig(resolved=True)],
    "sematext": [
        {"title": "CPU is high", "applicationId": "9", "backToNormal": over}
        for over in ("false", "true")
    ],
    "lightstep": [
        {"alert_name": "Latency", "status": status, "service": "api"}
        for status in ("triggered", "resolved")
    ],
    "mezmo": [
        {"name": "Errors", "host": "web-1", "level": "error", "status": status}
        for status in ("firing", "resolved")
    ],
    "proxmox": [vzdump("error"), vzdump("info")],
    "fluxcd": [flux("error", "HealthCheckFailed"), flux("info", "ReconciliationSucceeded")],
    "appsignal": [
        {"alert": {"trigger_id": "t", "name": "CPU", "state": state}}
        for state in ("open", "closed")
    ],
    "drone": [
        {"event": "build", "repo": {"slug": "acme/shop"},
         "build": {"number": 3, "status": status, "target": "main"}}
        for status in ("failure", "success")
    ],
    "ghostinspector": [
        {"data": {"passing": passing, "test": {"_id": "t", "name": "Login"},
         "suite": {"name": "Shop"}}} for passing in (False, True)
    ],
    "grafana_oncall": [group("firing", "alert group created"), group("resolved", "resolve")],
    "incidentio": [incident("live"), incident("closed")],
    "ilert": [
        {"id": 5, "summary": "CPU", "status": status, "priority": "HIGH",
         "alertSource": {"name": "Prometheus"}} for status in ("PENDING", "RESOLVED")
    ],
    "kener": [
        {"id": "m1", "alert_name": "Shop", "status": status, "severity": "critical"}
        for status in ("TRIGGERED", "RESOLVED")
    ],
}  # fmt: skip


@pytest.mark.parametrize("tool", PROBLEMS)
def test_a_problem_begins_and_ends_under_one_key(tool: str) -> None:
    assert states(tool, *PROBLEMS[tool]) == [FIRING, RESOLVED]


@pytest.mark.parametrize(
    ("tool", "title", "resource", "word"),
    [
        ("freshdesk", "VPN is down", None, "4"),
        ("zammad", "VPN is down", "IT", "3 high"),
        ("jira", "OPS-1: VPN is down", "Ops", "Highest"),
        ("zendesk", "VPN is down", None, "HIGH"),
        ("sysdig", "Disk is full on db-1", "db-1", "Low"),
        ("sematext", "CPU is high", "9", None),
        ("lightstep", "Latency on api", "api", None),
        ("mezmo", "Errors on web-1", "web-1", "error"),
        ("proxmox", "vzdump backup status", "pve-1", "error"),
        ("fluxcd", "Kustomization flux-system/apps: health check failed", "apps", "error"),
        ("drone", "acme/shop: build failed on main", "acme/shop", None),
        ("ghostinspector", "Shop: Login failed", "Shop", None),
        ("grafana_oncall", "CPU", "a:1", "critical"),
        ("incidentio", "INC-1: Shop is down", None, "Major"),
        ("ilert", "CPU", "Prometheus", "HIGH"),
        ("kener", "Shop is down", None, "critical"),
    ],
)
def test_what_people_read_first(
    tool: str, title: str, resource: str | None, word: str | None
) -> None:
    alert = one(tool, PROBLEMS[tool][0])
    assert (alert.title, alert.resource, alert.severity_raw) == (title, resource, word)


def test_priorities_of_a_help_desk_are_weighed() -> None:
    assert one("freshdesk", fresh(2)).severity is Severity.CRITICAL
    assert one("zammad", zammad("new")).severity is Severity.ERROR


def test_a_ticket_that_waits_or_is_worked_on_is_acknowledged() -> None:
    assert one("freshdesk", fresh(3)).status is ACKNOWLEDGED
    assert one("zammad", zammad("pending reminder")).status is ACKNOWLEDGED
    assert one("jira", jira("In Arbeit", "indeterminate")).status is ACKNOWLEDGED
    trigger = {"event_type": "acknowledge", "id": "5", "title": "VPN", "status": "Open"}
    assert one("zendesk", trigger).status is ACKNOWLEDGED


def test_what_happens_around_an_issue_is_information() -> None:
    assert one("jira", {**jira("Neu", "new"), "webhookEvent": "comment_created"}).status is INFO
    assert one("jira", {"webhookEvent": "sprint_started"}).title == "Jira: sprint started"


def test_truenas_tells_of_new_and_of_cleared_alerts_in_one_text() -> None:
    text = (
        "TrueNAS @ nas-1\n\nNew alerts:\n* Pool tank is DEGRADED\n\n"
        "The following alert has been cleared:\n* Quota exceeded on home\n\n"
        "Current alerts:\n* Pool tank is DEGRADED\n* An old one"
    )
    new, cleared = read("truenas", {"text": text})
    assert (new.status, new.title, new.resource) == (
        FIRING,
        "Pool tank is DEGRADED on nas-1",
        "nas-1",
    )
    assert (cleared.status, cleared.title) == (RESOLVED, "Quota exceeded on home on nas-1")


def test_truenas_lists_what_stands_where_nothing_is_new() -> None:
    (alert,) = read("truenas", {"text": "TrueNAS @ nas-1\n\nCurrent alerts:\n* Pool is DEGRADED"})
    assert alert.status is FIRING


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Storage Pool 1 on NAS01 has degraded. From NAS01", FIRING),
        ("Fan speed is odd", FIRING),
        ("Volume 1 has recovered", INFO),
        ("This is a test message", INFO),
    ],
)
def test_dsm_has_no_states_so_its_words_must_do(text: str, status: object) -> None:
    assert one("synology", {"text": text}).status is status


def test_a_synology_says_which_one_it_is_at_the_end() -> None:
    assert one("synology", {"text": "Disk 2 failed.\nFrom NAS01"}).resource == "NAS01"


def test_a_notification_of_proxmox_that_is_no_job_resolves_nothing() -> None:
    body = {"title": "Updates are there", "severity": "info", "fields": {"type": "package-updates"}}
    assert one("proxmox", body).status is INFO
    assert one("proxmox", {**body, "severity": "error"}).status is FIRING


def test_a_revision_that_flux_applied_is_a_change() -> None:
    body = flux("info", "ReconciliationSucceeded")
    body["metadata"] = {"kustomize.toolkit.fluxcd.io/revision": "main@sha1:ab"}
    run, change = read("fluxcd", body)
    assert (run.labels["revision"], change.type) == ("main@sha1:ab", AlertType.CHANGE)
    assert one("fluxcd", flux("info", "Progressing")).status is INFO


def test_a_canary_fails_or_is_promoted() -> None:
    body = {"name": "shop", "namespace": "prod", "metadata": {"eventMessage": "Rolling back"}}
    failed = one("flagger", {**body, "phase": "Failed"})
    done, change = read("flagger", {**body, "phase": "Succeeded"})
    assert (failed.status, failed.title) == (FIRING, "prod/shop: the canary failed")
    assert (done.status, done.key, change.type) == (RESOLVED, failed.key, AlertType.CHANGE)
    assert one("flagger", {**body, "phase": "Progressing"}).status is INFO


def test_errors_slow_actions_and_deployments_of_appsignal() -> None:
    error = {"site": "shop", "exception": "KeyError", "message": "no stock", "number": 3}
    slow = {"site": "shop", "action": "Orders#show", "duration": 812.5}
    assert one("appsignal", {"exception": error}).title == "KeyError: no stock"
    assert one("appsignal", {"performance": slow}).title == "Orders#show took 812.5 ms"
    marker = {"site": "shop", "environment": "production", "revision": "3f2a91c"}
    deployed = one("appsignal", {"marker": marker})
    assert (deployed.type, deployed.title) == (
        AlertType.CHANGE, "Deployed shop 3f2a91c to production",
    )  # fmt: skip


def test_a_group_that_is_silenced_or_taken_is_acknowledged() -> None:
    assert one("grafana_oncall", group("acknowledged", "acknowledge")).status is ACKNOWLEDGED
    assert one("grafana_oncall", group("silenced", "silence")).status is ACKNOWLEDGED


def test_alerts_of_incident_io_are_known_by_their_own_key() -> None:
    event = "public_alert.alert_created_v1"
    alert = {"id": "a", "title": "Shop is down", "status": "firing", "deduplication_key": "k"}
    assert one("incidentio", {"event_type": event, event: alert}).key == "alert k"


def test_a_build_that_was_killed_is_no_failure() -> None:
    body = PROBLEMS["drone"][0]
    assert one("drone", {**body, "build": {**body["build"], "status": "killed"}}).status is INFO
