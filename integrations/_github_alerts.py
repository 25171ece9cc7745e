"""GitHub's security alerts: dependencies, code scanning, leaked secrets.

An alert that somebody dismisses is over, as one that is fixed; both may be reopened.
"""

from __future__ import annotations

from typing import Any

from integrations import _read, _severity
from store.model import AlertReading, AlertStatus, AlertType, Severity

_STATES = {
    "open": _read.FIRING, "opened": _read.FIRING, "fixed": _read.RESOLVED,
    "dismissed": _read.RESOLVED, "auto_dismissed": _read.RESOLVED, "resolved": _read.RESOLVED,
    "closed": _read.RESOLVED,
}  # fmt: skip
_ACTIONS = {
    "created": _read.FIRING, "create": _read.FIRING, "reopened": _read.FIRING,
    "reopen": _read.FIRING, "reopened_by_user": _read.FIRING, "reintroduced": _read.FIRING,
    "auto_reopened": _read.FIRING, "appeared_in_branch": _read.FIRING,
    "publicly_leaked": _read.FIRING, "fixed": _read.RESOLVED, "resolved": _read.RESOLVED,
    "resolve": _read.RESOLVED, "dismissed": _read.RESOLVED, "dismiss": _read.RESOLVED,
    "auto_dismissed": _read.RESOLVED, "closed_by_user": _read.RESOLVED, "revoked": _read.RESOLVED,
}  # fmt: skip


def read(body: dict[str, Any], alert: dict[str, Any], repo: str) -> AlertReading | None:
    """One of the four kinds of alerts, or None."""
    if "security_advisory" in alert or "security_vulnerability" in alert or "dependency" in alert:
        return _dependency(body, alert, repo)
    if "rule" in alert or "most_recent_instance" in alert:
        return _code(body, alert, repo)
    if "secret_type" in alert:
        return _secret(body, alert, repo)
    if "affected_package_name" in alert or "ghsa_id" in alert:
        return _vulnerability(body, alert, repo)
    return None


def _status(body: dict[str, Any], alert: dict[str, Any]) -> AlertStatus:
    """What happened, or else how it stands."""
    action = _read.word(_read.first(body, "action"))
    stands = _STATES.get(_read.word(_read.first(alert, "state")))
    return _ACTIONS.get(action) or (stands if stands is _read.RESOLVED else None) or _read.INFO


def _dependency(body: dict[str, Any], alert: dict[str, Any], repo: str) -> AlertReading:
    advisory = _read.part(alert, "security_advisory")
    found = _read.part(alert, "security_vulnerability")
    package = _read.part(alert, "dependency", "package") or _read.part(found, "package")
    name = _read.first(package, "name")
    summary = _read.first(advisory, "summary") or _read.first(advisory, "ghsa_id") or "vulnerable"
    return _made(
        body, alert, repo, "dependabot",
        f"{name}: {summary}" if name else summary,
        word=_read.first(found, "severity") or _read.first(advisory, "severity"),
        description=_read.first(advisory, "description"),
        labels={
            "package": name,
            "ecosystem": _read.first(package, "ecosystem"),
            "cve": _read.first(advisory, "cve_id"),
            "ghsa": _read.first(advisory, "ghsa_id"),
            "manifest": _read.first(_read.part(alert, "dependency"), "manifest_path"),
            "scope": _read.first(_read.part(alert, "dependency"), "scope"),
        },
    )  # fmt: skip


def _code(body: dict[str, Any], alert: dict[str, Any], repo: str) -> AlertReading:
    """``error`` is how sure the rule is; how bad the hole is stands beside it, for some rules."""
    rule, tool = _read.part(alert, "rule"), _read.part(alert, "tool")
    at = _read.part(alert, "most_recent_instance", "location")
    word, hole = _read.first(rule, "severity"), _read.first(rule, "security_severity_level")
    return _made(
        body, alert, repo, "code scanning",
        _read.first(rule, "description", "name", "id") or "A code scanning alert",
        word=word or hole,
        severity=_severity.severity(hole) if hole else None,
        description=_read.first(_read.part(alert, "most_recent_instance", "message"), "text")
        or _read.first(rule, "full_description"),
        labels={
            "rule": _read.first(rule, "id", "name"),
            "tool": _read.first(tool, "name"),
            "ref": _read.first(body, "ref"),
            "file": _read.first(at, "path"),
            "security_severity": hole,
        },
    )  # fmt: skip


def _secret(body: dict[str, Any], alert: dict[str, Any], repo: str) -> AlertReading:
    kind = _read.first(alert, "secret_type_display_name", "secret_type").replace("_", " ")
    return _made(
        body, alert, repo, "secret scanning",
        f"A secret is in the code: {kind}" if kind else "A secret is in the code",
        severity=Severity.CRITICAL,
        labels={
            "secret_type": _read.first(alert, "secret_type"),
            "validity": _read.first(alert, "validity"),
            "resolution": _read.first(alert, "resolution"),
        },
    )  # fmt: skip


def _vulnerability(body: dict[str, Any], alert: dict[str, Any], repo: str) -> AlertReading:
    name, ghsa = _read.first(alert, "affected_package_name"), _read.first(alert, "ghsa_id")
    return _made(
        body, alert, repo, "vulnerability",
        f"{name} is vulnerable ({ghsa})" if ghsa else f"{name} is vulnerable",
        word=_read.first(alert, "severity"),
        labels={"package": name, "ghsa": ghsa, "range": _read.first(alert, "affected_range")},
    )  # fmt: skip


def _made(
    body: dict[str, Any], alert: dict[str, Any], repo: str, kind: str, title: str,
    *, labels: dict[str, str], word: str = "", description: str = "",
    severity: Severity | None = None,
) -> AlertReading:  # fmt: skip
    number = _read.first(alert, "number", "id")
    return _read.alert(
        _status(body, alert),
        f"{repo} / {kind} {number}",
        f"{repo}: {title}" if repo else title,
        type=AlertType.SECURITY,
        word=word,
        severity=severity,
        description=description,
        resource=repo,
        labels={"project": repo, "kind": kind, **labels},
        links=(("Alert", _read.first(alert, "html_url", "external_reference")),),
        starts=alert.get("created_at"),
        ends=alert.get("fixed_at") or alert.get("dismissed_at") or alert.get("resolved_at"),
    )
