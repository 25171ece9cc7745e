"""Groups of alerts as Alertmanager posts them, which Grafana and others speak as well.

What it really sends is in the captures: the top-level status lies, resolved alerts come again
and again, and what is absent from a body is not resolved. So every alert speaks for itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote

import msgspec

from integrations import _text
from integrations._severity import severity
from integrations._time import instant
from integrations.base import Malformed
from store.model import AlertReading, AlertStatus, AlertType, Link


class Alert(msgspec.Struct, gc=False):
    """One entry of ``alerts``; the last three names are Grafana's, which speaks version 1."""

    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    status: str = ""
    starts: str | float | None = msgspec.field(name="startsAt", default=None)
    ends: str | float | None = msgspec.field(name="endsAt", default=None)
    source: str | None = msgspec.field(name="generatorURL", default=None)
    fingerprint: str | None = None
    silence: str | None = msgspec.field(name="silenceURL", default=None)
    dashboard: str | None = msgspec.field(name="dashboardURL", default=None)
    panel: str | None = msgspec.field(name="panelURL", default=None)


class Group(msgspec.Struct, gc=False):
    """One body; ``title`` is Grafana's, whose alerts may have neither labels nor annotations.

    ``truncatedAlerts`` is not read: the alerts it counts are unknown to us.
    """

    alerts: list[Alert]
    status: str = ""
    labels: dict[str, str] | None = msgspec.field(name="commonLabels", default=None)
    annotations: dict[str, str] | None = msgspec.field(name="commonAnnotations", default=None)
    url: str | None = msgspec.field(name="externalURL", default=None)
    title: str | None = None


decode = msgspec.json.Decoder(Group).decode

_STATUSES = {"firing": AlertStatus.FIRING, "resolved": AlertStatus.RESOLVED}
_TITLES = ("summary", "title", "message")
_RESOURCES = (
    "instance", "node", "host", "hostname", "nodename", "server", "vm", "pod", "container",
    "deployment", "statefulset", "daemonset", "job_name", "persistentvolumeclaim", "device",
)  # fmt: skip
_WORKLOADS = frozenset(
    ("pod", "container", "deployment", "statefulset", "daemonset", "job_name", "cronjob",
     "replicaset", "persistentvolumeclaim", "horizontalpodautoscaler")
)  # fmt: skip
_DEAD_MAN = frozenset(("watchdog", "deadmansswitch", "deadmanswitch"))
_NO_ANSWER = frozenset(("DatasourceNoData", "DatasourceError"))
"""What Grafana calls the alerts of a rule that could not be evaluated."""
_HOST_JOBS = ("node", "windows", "snmp", "ipmi")


def read_group(group: Group, path: str) -> list[AlertReading]:
    if not group.alerts:
        raise Malformed("there is no alert in it", f"{path}alerts")
    url = group.url or ""
    return [_alert(alert, group, url, path, i) for i, alert in enumerate(group.alerts)]


def _alert(alert: Alert, group: Group, url: str, path: str, index: int) -> AlertReading:
    status = _STATUSES.get(alert.status or group.status)
    if status is None:
        raise unknown_status(alert.status or group.status, f"{path}alerts[{index}].status")
    raw = alert.labels if alert.labels is not None else group.labels or {}
    notes = alert.annotations if alert.annotations is not None else group.annotations or {}
    if not raw and not notes and not alert.fingerprint and not group.title:
        raise Malformed("has neither labels nor annotations", f"{path}alerts[{index}]")
    labels = _text.labels(raw)
    heading, used = _title(labels, notes, group)
    word = labels.get("severity") or labels.get("priority") or labels.get("level")
    return AlertReading(
        key=_text.key(alert.fingerprint or "") or _fingerprint(raw, notes),
        status=status,
        severity=severity(word),
        title=heading,
        type=_type(labels, alert.source or ""),
        severity_raw=word,
        description=_description(notes, used),
        resource=_resource(labels),
        labels=labels,
        links=_links(alert, notes, labels, url),
        starts_at=instant(alert.starts),
        ends_at=instant(alert.ends),
    )


def _title(labels: Mapping[str, str], notes: Mapping[str, str], group: Group) -> tuple[str, str]:
    """What people read first, and which annotation it came from.

    The sentence comes before the rule's name, so that what is cut on a phone is the name; it is
    there because people search, silence and talk by it.
    """
    name = labels.get("alertname") or (group.labels or {}).get("alertname", "")
    if name in _NO_ANSWER and (rule := labels.get("rulename")):
        name = f"{rule}: {name}"
    for used in _TITLES:
        if sentence := _text.title(notes.get(used, "")):
            return _named(sentence, name), used
    where = _resource(labels)
    heading = (f"{name} on {where}" if where else name) or group.title or ""
    return _text.title(heading) or "Alert without a name", ""


def _named(sentence: str, name: str) -> str:
    if name in sentence:
        return sentence
    name = _text.title(name, 120)
    return f"{_text.title(sentence, _text.TITLE - 3 - len(name))} ({name})"


def _description(notes: Mapping[str, str], used: str) -> str:
    found = notes.get("description")
    if not found and used != "message":
        found = notes.get("message")
    return _text.description(found) if found else ""


def _resource(labels: Mapping[str, str]) -> str | None:
    for name in _RESOURCES:
        if found := labels.get(name):
            return found
    return None


def _type(labels: Mapping[str, str], source: str) -> AlertType:
    name = labels.get("alertname", "")
    if name.lower() in _DEAD_MAN:
        return AlertType.HEARTBEAT
    job = labels.get("job", "")
    if "probe_" in source or "blackbox" in job:
        return AlertType.UPTIME
    if name.startswith("Kube") or ("namespace" in labels and not _WORKLOADS.isdisjoint(labels)):
        return AlertType.KUBERNETES
    if job.startswith(_HOST_JOBS) or name.startswith(("Node", "Host")):
        return AlertType.HOST
    return AlertType.METRIC


def _fingerprint(labels: Mapping[str, str], notes: Mapping[str, str]) -> str:
    """Alertmanager's own fingerprint, for the bodies of before 2018 that lack it."""
    named = labels or notes
    return f"{_text.fnv(*(part for pair in sorted(named.items()) for part in pair)):016x}"


# ---- links -------------------------------------------------------------------------------------


def _links(
    alert: Alert, notes: Mapping[str, str], labels: Mapping[str, str], url: str
) -> tuple[Link, ...]:
    """Most useful first: cards show four."""
    runbook = notes.get("runbook_url") or notes.get("runbook") or notes.get("runbookURL")
    board = notes.get("dashboard_url") or notes.get("dashboard") or notes.get("dashboardURL")
    return _text.links(
        (
            ("Runbook", runbook),
            ("Dashboard", board or alert.dashboard or _grafana_board(notes, url)),
            ("Panel", alert.panel),
            ("Source", _absolute(alert.source, url)),
            ("Alertmanager", url),
            ("Silence", alert.silence or _silence(labels, url)),
        )
    )


def _grafana_board(notes: Mapping[str, str], url: str) -> str | None:
    uid = _text.title(notes.get("__dashboardUid__", ""))
    if not uid or not url:
        return None
    panel = _text.title(notes.get("__panelId__", ""))
    found = f"{url.rstrip('/')}/d/{quote(uid, safe='', errors='replace')}"
    return f"{found}?viewPanel={quote(panel, safe='', errors='replace')}" if panel else found


def _absolute(source: str | None, url: str) -> str | None:
    """Grafana's test alert sends only ``?orgId=1``."""
    return url.rstrip("/") + "/" + source if source and url and source[0] == "?" else source


def _silence(labels: Mapping[str, str], url: str) -> str | None:
    if not url or not labels:
        return None
    matchers = "%2C".join([_matcher(name, value) for name, value in labels.items()])
    return f"{url.rstrip('/')}/#/silences/new?filter=%7B{matchers}%7D"


_PLAIN = re.compile(r"[\w.~:-]*", re.ASCII).fullmatch


def _matcher(name: str, value: str) -> str:
    if _PLAIN(value) and name.isidentifier() and name.isascii():
        return f"{name}%3D%22{value.replace(':', '%3A')}%22"
    return _odd_matcher(name, value)


@lru_cache(2048)
def _odd_matcher(name: str, value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return quote(f'{name}="{escaped}"', safe="", errors="replace")


def unknown_status(word: str, path: str) -> Malformed:
    said = f"unknown status {_text.title(word, 40)!r}" if word else "no status"
    return Malformed(f"{said}: expected firing or resolved", path)
