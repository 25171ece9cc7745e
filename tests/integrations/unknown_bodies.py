"""Bodies of tools that have no integration, written by their documentation, and how they read.

Each: the tool, the body (text is a form or XML), and status, a part of the title, resource and
severity word; ``None`` where the body does not say. Bodies with the same ``thing`` share a key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

FORM, XML = "application/x-www-form-urlencoded", "application/xml"


@dataclass(frozen=True)
class Unknown:
    """One body and its reading."""

    tool: str
    body: Any
    status: str
    title: str
    resource: str | None = None
    severity: str | None = None
    thing: str = ""
    kind: str = "application/json"


def _checkmk(state: str, kind: str) -> dict[str, str]:
    return {
        "what": "SERVICE", "notification_type": kind, "host_name": "web01",
        "service_description": "Filesystem /var", "service_state": state,
        "service_output": "92.1% used", "long_date_time": "Thu Nov 26 05:00:00 UTC 2026",
    }  # fmt: skip


def _openstatus(status: str) -> dict[str, Any]:
    return {
        "monitor": {"id": 1, "name": "test", "url": "http://openstat.us"},
        "cronTimestamp": 1744023705307, "status": status, "statusCode": 500, "latency": 1337,
        "errorMessage": "timed out",
    }  # fmt: skip


def _sonarqube(gate: str) -> dict[str, Any]:
    return {
        "serverUrl": "http://localhost:9000", "taskId": "AVh21JS2JepAEhwQ-b3u", "status": "SUCCESS",
        "analysedAt": "2016-11-18T10:46:28+0100", "revision": "c739069ec7105e01303e8b3065a81141a",
        "project": {"key": "myproject", "name": "My Project", "url": "https://s.example/d?id=my"},
        "properties": {},
        "qualityGate": {
            "name": "SonarQube way", "status": gate,
            "conditions": [{"metric": "new_coverage", "operator": "LESS_THAN", "value": "0.1",
                            "status": gate, "errorThreshold": "1"}],
        },
    }  # fmt: skip


def _pongo(event: str) -> dict[str, Any]:
    return {
        "event": event, "timestamp": "2026-11-26T05:00:00Z", "region": "us-east",
        "alert": {"id": "a1", "name": "API is down", "monitorId": "api", "monitorName": "API",
                  "severity": "critical"},
        "snapshot": {"consecutiveFailures": 3, "consecutiveSuccesses": 0, "lastStatus": "down",
                     "lastMessage": "HTTP 500"},
        "checkResult": {"id": "c1", "status": "down", "responseTimeMs": 120, "message": "HTTP 500"},
    }  # fmt: skip


def _e2e(status: str) -> dict[str, Any]:
    return {
        "version": "v1", "monitoring_group_id": 4, "status": status,
        "alert": {"id": 9, "name": "GPU hot", "resource_type": "notebook", "metric_type": "cpu",
                  "operator": ">", "threshold_value": 80, "severity": "Warning"},
        "project": {"id": 3, "name": "Research", "location": "Delhi"},
        "affected_resources": [{"id": 7, "name": "notebook-7", "replica": "r0"}],
    }  # fmt: skip


def _squadcast(kind: str) -> dict[str, Any]:
    return {
        "event_type": kind, "event_time": "2026-11-26T05:00:00Z",
        "incident": {"id": "5f1", "title": "Payment latency", "description": "p99 > 2s",
                     "status": "triggered", "priority": "P2",
                     "service": {"id": "s1", "name": "payments"}},
    }  # fmt: skip


def _ilert(kind: str, status: str) -> dict[str, Any]:
    return {
        "eventType": kind,
        "alert": {"id": 7, "summary": "Host compute.infra is DOWN", "details": "ping lost",
                  "status": status, "priority": "HIGH", "alertKey": "infra-1",
                  "alertSource": {"id": 3, "name": "Nagios"},
                  "links": [{"href": "https://x.example/1", "text": "open"}]},
    }  # fmt: skip


def _betterstack_logs(state: str) -> dict[str, Any]:
    return {
        "data": {
            "id": "25", "type": "incident",
            "attributes": {
                "name": "uptime homepage", "url": "https://shop.example/", "http_method": "get",
                "cause": "Status 404", "incident_group_id": None, "status": state,
                "started_at": "2026-11-25T13:32:43.000Z", "acknowledged_at": None,
                "resolved_at": None, "team_name": "Test team",
            },
        }
    }  # fmt: skip


def _opensearch(state: str) -> dict[str, Any]:
    return {
        "monitor": {"name": "Login errors", "_id": "MTr2", "enabled": True},
        "trigger": {"name": "Too many", "severity": "1", "id": "Tt1"},
        "alert": {"state": state, "start_time": 1744023705307, "severity": "1"},
    }  # fmt: skip


def _sysdig(state: str, resolved: bool) -> dict[str, Any]:
    return {
        "timestamp": 1471457820000000, "timespan": 60000000,
        "alert": {"severity": 4, "editUrl": "https://s.example/alerts/1", "scope": "host = 'db-1'",
                  "name": "Free disk low", "description": "Disk", "id": 1, "severityLabel": "Low"},
        "event": {"id": 1, "url": "https://s.example/events/1", "username": "a"},
        "state": state, "resolved": resolved,
        "entities": [{"entity": "host = 'db-1'", "metricValues": [{"metric": "fs.used"}]}],
        "source": "Sysdig Cloud",
    }  # fmt: skip


def _harbor() -> dict[str, Any]:
    return {
        "type": "SCANNING_FAILED", "occur_at": 1680501893, "operator": "auto",
        "event_data": {
            "resources": [{"digest": "sha256:95", "tag": "v2", "resource_url": "h/lib/nginx:v2"}],
            "repository": {"name": "nginx", "namespace": "library", "repo_type": "private",
                           "repo_full_name": "library/nginx"},
        },
    }  # fmt: skip


def _solarwinds(state: str) -> str:
    return (
        f"<alert><AlertName>High CPU</AlertName><NodeName>core-sw-1</NodeName><Status>{state}"
        "</Status><Severity>Critical</Severity><ObjectID>33</ObjectID></alert>"
    )


UNKNOWN = (
    Unknown("checkmk", _checkmk("CRITICAL", "PROBLEM"), "firing", "Filesystem /var", "web01",
            "CRITICAL", "checkmk"),
    Unknown("checkmk", _checkmk("OK", "RECOVERY"), "resolved", "Filesystem /var", "web01",
            thing="checkmk"),
    Unknown("openstatus", _openstatus("error"), "firing", "test", "http://openstat.us",
            thing="openstatus"),
    Unknown("openstatus", _openstatus("recovered"), "resolved", "test", "http://openstat.us",
            thing="openstatus"),
    Unknown("sonarqube", _sonarqube("ERROR"), "firing", "My Project", "My Project", thing="sonar"),
    Unknown("sonarqube", _sonarqube("OK"), "resolved", "My Project", "My Project", thing="sonar"),
    Unknown("pongo", _pongo("alert.fired"), "firing", "API is down", None, "critical", "pongo"),
    Unknown("pongo", _pongo("alert.resolved"), "resolved", "API is down", None, "critical",
            "pongo"),
    Unknown("e2e", _e2e("firing"), "firing", "GPU hot", "notebook-7", "Warning", "e2e"),
    Unknown("e2e", _e2e("resolved"), "resolved", "GPU hot", "notebook-7", "Warning", "e2e"),
    Unknown("squadcast", _squadcast("incident.triggered"), "firing", "Payment latency", "payments",
            "P2", "squadcast"),
    Unknown("squadcast", _squadcast("incident.resolved"), "resolved", "Payment latency", "payments",
            "P2", "squadcast"),
    Unknown("ilert", _ilert("alert-created", "PENDING"), "firing", "compute.infra", None, "HIGH",
            "ilert"),
    Unknown("ilert", _ilert("alert-accepted", "ACCEPTED"), "acknowledged", "compute.infra", None,
            "HIGH", "ilert"),
    Unknown("ilert", _ilert("alert-resolved", "RESOLVED"), "resolved", "compute.infra", None,
            "HIGH", "ilert"),
    Unknown("betterstack", _betterstack_logs("Started"), "firing", "uptime homepage",
            "https://shop.example/", thing="better"),
    Unknown("betterstack", _betterstack_logs("Resolved"), "resolved", "uptime homepage",
            "https://shop.example/", thing="better"),
    Unknown("opensearch", _opensearch("ACTIVE"), "firing", "Login errors", None, "1", "opensearch"),
    Unknown("opensearch", _opensearch("COMPLETED"), "resolved", "Login errors", None, "1",
            "opensearch"),
    Unknown("sysdig", _sysdig("ACTIVE", False), "firing", "Free disk low", "host = 'db-1'", "Low",
            "sysdig"),
    Unknown("sysdig", _sysdig("OK", True), "resolved", "Free disk low", "host = 'db-1'", "Low",
            "sysdig"),
    Unknown("harbor", _harbor(), "firing", "library/nginx", "library/nginx"),
    Unknown("solarwinds", _solarwinds("Down"), "firing", "High CPU", "core-sw-1", "Critical",
            "solarwinds", XML),
    Unknown("solarwinds", _solarwinds("Up"), "resolved", "High CPU", "core-sw-1", "Critical",
            "solarwinds", XML),
    Unknown("proxmox", {"title": "vzdump backup status (pve1): backup failed", "message": "VM 100",
            "severity": "error", "timestamp": 1732000000,
            "fields": {"hostname": "pve1", "type": "vzdump"}}, "firing", "backup failed", "pve1",
            "error"),
    Unknown("homeassistant", {"entity_id": "binary_sensor.leak", "friendly_name": "Cellar leak",
            "state": "on", "area": "cellar"}, "firing", "Cellar leak", "binary_sensor.leak"),
    Unknown("gatus", {"endpoint": "core/api", "alert": "TRIGGERED", "description": "health failed",
            "url": "https://api.example/health"}, "firing", "health failed", "core/api",
            thing="gatus"),
    Unknown("gatus", {"endpoint": "core/api", "alert": "RESOLVED", "description": "health failed",
            "url": "https://api.example/health"}, "resolved", "health failed", "core/api",
            thing="gatus"),
    Unknown("ohdear", {"uuid": "1", "type": "uptimeCheckFailedNotification",
            "dateTime": "20261126050000", "site": {"id": 1, "url": "https://yoursite.tld",
            "label": "yoursite.tld", "summarized_check_result": "failed"}, "run": {"id": 1,
            "result": "failed"}}, "firing", "yoursite.tld", "yoursite.tld", thing="ohdear"),
    Unknown("ohdear", {"uuid": "2", "type": "uptimeCheckRecoveredNotification",
            "dateTime": "20261126050500", "site": {"id": 1, "url": "https://yoursite.tld",
            "label": "yoursite.tld", "summarized_check_result": "succeeded"}, "run": {"id": 2,
            "result": "succeeded"}}, "resolved", "yoursite.tld", "yoursite.tld",
            thing="ohdear"),
    Unknown("commvault", {"Alert": "Backup failed", "Type": "Job Management - Data Protection",
            "Detected Criteria": "Job Failed", "Client": "db-3", "Status": "Failed",
            "Failure Reason": "no route to host", "Job ID": "77"}, "firing", "Backup failed",
            "db-3"),
    Unknown("fastly", {"title": "[FIRING] all_bandwidth high", "text": "exceeds", "priority":
            "normal", "alert_type": "error", "source_type_name": "Fastly",
            "aggregation_key": "def_1", "tags": ["a:b"]}, "firing", "all_bandwidth", None,
            "normal", "fastly"),
    Unknown("fastly", {"title": "[RESOLVED] all_bandwidth high", "text": "fine", "priority":
            "normal", "alert_type": "success", "source_type_name": "Fastly",
            "aggregation_key": "def_1", "tags": ["a:b"]}, "resolved", "all_bandwidth", None,
            "normal", "fastly"),
    Unknown("metadefender", {"ScanId": "0198", "ScanName": "second-scan",
            "StartTime": "2025-08-06T13:27:14Z", "Status": "Failed",
            "WebhookNotificationType": "ScanCompleted"}, "firing", "second-scan"),
    Unknown("rundeck", {"trigger": "failure", "status": "failed", "executionId": 1,
            "execution": {"id": 1, "status": "failed", "project": "ops", "user": "admin",
            "job": {"id": "j1", "name": "Nightly import", "group": "etl", "project": "ops"}}},
            "firing", "Nightly import", "ops", thing="rundeck"),
    Unknown("rundeck", {"trigger": "success", "status": "succeeded", "executionId": 2,
            "execution": {"id": 2, "status": "succeeded", "project": "ops", "user": "admin",
            "job": {"id": "j1", "name": "Nightly import", "group": "etl", "project": "ops"}}},
            "resolved", "Nightly import", "ops", thing="rundeck"),
    Unknown("heroku", {"action": "update", "resource": "release", "created_at":
            "2026-11-26T05:00:00Z", "actor": {"email": "a@x.example"}, "data": {"id": "r1",
            "app": {"id": "a1", "name": "shop-web"}, "status": "failed",
            "description": "Deploy 9f1"}}, "firing", "Deploy 9f1", "shop-web"),
    Unknown("gitea", {"action": "completed", "workflow_run": {"id": 5, "display_title": "fix",
            "name": "", "path": "ci.yml@refs/heads/main", "status": "completed", "conclusion":
            "failure", "head_branch": "main"}, "workflow": {"name": "ci.yml"}, "repository":
            {"id": 1, "name": "shop", "full_name": "acme/shop"}}, "firing", "ci.yml", "acme/shop"),
    Unknown("zammad", {"ticket": {"id": 81, "number": "31001", "title": "Mail is slow",
            "priority": {"id": 3, "name": "3 high"}, "state": "open", "group": {"name": "Support"}},
            "article": {"body": "since 9"}}, "firing", "Mail is slow", None, "3 high", "zammad"),
    Unknown("zammad", {"ticket": {"id": 81, "number": "31001", "title": "Mail is slow",
            "priority": {"id": 3, "name": "3 high"}, "state": "closed", "group": {"name":
            "Support"}}, "article": {"body": "done"}}, "resolved", "Mail is slow", None, "3 high",
            "zammad"),
    Unknown("jira", {"webhookEvent": "jira:issue_created", "issue": {"id": "10002", "key": "OPS-1",
            "fields": {"summary": "Prod is down", "priority": {"name": "Highest"}, "status":
            {"name": "Open"}, "project": {"key": "OPS", "name": "Operations"}}}}, "firing",
            "Prod is down", "Operations", "Highest"),
    Unknown("freshservice", {"freshdesk_webhook": {"ticket_id": "INC-9", "ticket_subject":
            "VPN is down", "ticket_status": "Open", "ticket_priority": "Urgent"}}, "firing",
            "VPN is down", None, "Urgent"),
    Unknown("sematext", {"app": {"id": 4, "name": "shop"}, "ruleName": "Heap", "ruleId": 12,
            "description": "Heap over 90%", "backToNormal": False, "priority": "WARN",
            "url": "https://s.example/r/12", "createTimestamp": "2026-11-26T05:00:00Z"}, "firing",
            "Heap", "shop", "WARN", "sematext"),
    Unknown("sematext", {"app": {"id": 4, "name": "shop"}, "ruleName": "Heap", "ruleId": 12,
            "description": "Heap back under 90%", "backToNormal": True, "priority": "WARN",
            "url": "https://s.example/r/12", "createTimestamp": "2026-11-26T05:09:00Z"}, "resolved",
            "Heap", "shop", "WARN", "sematext"),
    Unknown("mezmo", {"name": "5xx view", "query": "level:error", "total": 12, "url":
            "https://app.mezmo.example/v", "level": "error", "lines": [{"line": "GET 500"}],
            "host": "lb-1"}, "firing", "5xx view", "lb-1", "error"),
    Unknown("lightstep", {"incident_id": "i9", "condition_name": "p99 of checkout", "status":
            "Alert", "severity": "Critical", "project": "shop", "snapshot_url":
            "https://l.example"}, "firing", "p99 of checkout", "shop", "Critical"),
    Unknown("snyk", {"project": {"name": "acme/shop:package.json", "id": "p1"}, "org": {"name":
            "acme"}, "newIssues": [{"id": "SNYK-1", "issueData": {"title": "Prototype Pollution",
            "severity": "high"}}]}, "firing", "Prototype Pollution", "acme/shop:package.json",
            "high"),
    Unknown("veeam", {"jobName": "Daily VMs", "result": "Failed", "state": "Stopped", "message":
            "Processing dc-1 error", "serverName": "backup-1"}, "firing", "Daily VMs",
            "backup-1"),
    Unknown("synology", "text=Volume+1+on+nas-1+has+entered+degraded+mode&level=warning&host=nas-1",
            "firing", "degraded mode", "nas-1", "warning", "", FORM),
    Unknown("truenas", {"text": "New alert: Pool tank state is DEGRADED", "level": "CRITICAL",
            "hostname": "nas"}, "firing", "Pool tank", "nas", "CRITICAL"),
    Unknown("cachet", {"event": "incident.updated", "incident": {"id": 4, "name": "API errors",
            "human_status": "Fixed", "status": 4, "component": {"name": "API"}}}, "resolved",
            "API errors", "API"),
    Unknown("opmanager", "message=Interface+down&category=Router&severity=Critical&displayName=r1"
            "&alarmid=1077&entity=IF-1&status=Clear", "resolved", "Interface down", "IF-1",
            "Critical", "", FORM),
    Unknown("xsoar", {"id": "220", "name": "Phish", "severity": 3, "status": 1, "type": "Phishing",
            "occurred": "2026-11-26T05:00:00Z", "labels": [{"type": "Host", "value": "pc-1"}]},
            "firing", "Phish", None, "3"),
    Unknown("tenable", {"asset": {"hostname": "dc-1", "ipv4": "10.0.0.4"}, "plugin": {"name":
            "SMB signing off", "risk_factor": "Medium"}, "severity": "medium", "state": "OPEN"},
            "firing", "SMB signing off", "dc-1", "medium"),
    Unknown("tenable", {"asset": {"hostname": "dc-1", "ipv4": "10.0.0.4"}, "plugin": {"name":
            "SMB signing off", "risk_factor": "Medium"}, "severity": "medium", "state": "FIXED"},
            "resolved", "SMB signing off", "dc-1", "medium"),
    Unknown("capella", {"details": {"kind": "node_down", "name": "Node is unreachable", "severity":
            "critical", "state": "fired"}, "resource": {"name": "cluster-1", "type": "cluster"},
            "project": {"name": "shop"}}, "firing", "Node is unreachable", "cluster-1",
            "critical"),
    Unknown("plain-script", {"host": "db-1", "check": "disk", "exit_code": 2, "output":
            "DISK CRITICAL"}, "firing", "disk", "db-1", None, "script"),
    Unknown("plain-script", {"host": "db-1", "check": "disk", "exit_code": 0, "output": "DISK OK"},
            "resolved", "disk", "db-1", None, "script"),
    Unknown("flags", {"name": "cert", "domain": "shop.example", "is_resolved": True}, "resolved",
            "cert", "shop.example"),
    Unknown("flags", {"monitorName": "Shop", "target": "shop.example", "previous_status": "down",
            "current_status": "up"}, "resolved", "Shop", "shop.example"),
    Unknown("flags", {"check-name": "queue", "SEVERITY": "WARN", "HOST": "q-1", "OK": False},
            "firing", "queue", "q-1", "WARN"),
    Unknown("nested-level", {"alert": {"title": "Slow", "severity": {"id": 1, "name": "Major"},
            "status": {"id": 2, "label": "Open"}, "device": {"hostname": "r2"}}}, "firing", "Slow",
            "r2", "Major"),
)  # fmt: skip
