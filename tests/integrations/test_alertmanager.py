"""Alertmanager's bodies as it really sends them, and the odd ones others send in its name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from integrations import alertmanager
from integrations.base import Malformed, Reading, Request
from store.model import AlertStatus, AlertType, Severity
from tests.integrations.corpus import of

NOW = 1_795_313_340_000


def read(body: Any, **more: Any) -> Reading:
    """What the integration reads in a body."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return alertmanager.read(Request(body=sent, received_at=NOW, **more))


def alert(**more: Any) -> dict[str, Any]:
    """One alert of version 4."""
    return {
        "status": "firing",
        "labels": {"alertname": "DiskFull", "instance": "db-3:9100", "severity": "warning"},
        "annotations": {"summary": "Disk full on db-3"},
        "startsAt": "2026-11-22T02:08:00.5Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.example/graph?g0.expr=x",
        "fingerprint": "00c0ffee",
        **more,
    }


def group(*alerts: Any, **more: Any) -> dict[str, Any]:
    """A body of version 4."""
    return {
        "version": "4",
        "status": "firing",
        "externalURL": "http://am.example",
        "groupKey": '{}:{alertname="DiskFull"}',
        "truncatedAlerts": 0,
        "alerts": list(alerts),
        **more,
    }


def test_each_alert_has_its_own_status_whatever_the_top_says() -> None:
    both = group(alert(), alert(fingerprint="2", status="resolved"), status="resolved")
    assert [each.status for each in read(both).alerts] == [
        AlertStatus.FIRING,
        AlertStatus.RESOLVED,
    ]


def test_what_is_absent_or_truncated_is_not_read_as_anything() -> None:
    found = read(group(alert(), truncatedAlerts=20)).alerts
    assert [each.key for each in found] == ["00c0ffee"]


def test_the_fingerprint_is_the_key_and_stays_when_everything_else_changes() -> None:
    (first,) = read(group(alert())).alerts
    (again,) = read(
        group(alert(startsAt="2026-11-22T09:00:00Z", annotations={"summary": "97 %"}))
    ).alerts
    assert first.key == again.key == "00c0ffee"
    assert first.starts_at == 1_795_313_280_500 and again.starts_at == 1_795_338_000_000


def test_without_a_fingerprint_the_labels_are_hashed_as_alertmanager_does() -> None:
    bare = alert(labels={"alertname": "HighErrorRate", "instance": "web-1"})
    del bare["fingerprint"]
    (found,) = read(group(bare)).alerts
    turned = {**bare, "labels": dict(reversed(bare["labels"].items()))}
    (same,) = read(group(turned)).alerts
    (other,) = read(group({**bare, "labels": {"alertname": "HighErrorRate"}})).alerts
    assert found.key == same.key != other.key
    assert len(found.key) == 16 and int(found.key, 16)


def test_zero_times_are_no_times() -> None:
    (found,) = read(group(alert(startsAt="0001-01-01T00:00:00Z"))).alerts
    assert (found.starts_at, found.ends_at) == (None, None)


@pytest.mark.parametrize("version", ["3", "4"])
def test_both_versions_are_read(version: str) -> None:
    body = group(alert(), version=version)
    if version == "3":
        body["groupKey"] = 12345678
        body["alerts"][0].pop("fingerprint")
        body.pop("truncatedAlerts")
    (found,) = read(body).alerts
    assert (found.title, found.resource) == ("Disk full on db-3 (DiskFull)", "db-3:9100")


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        ("critical", Severity.CRITICAL),
        ("page", Severity.CRITICAL),
        ("P1", Severity.CRITICAL),
        ("major", Severity.ERROR),
        ("warn", Severity.WARNING),
        ("none", Severity.INFO),
        ("what-on-earth", Severity.ERROR),
        (None, Severity.ERROR),
    ],
)
def test_the_word_of_severity_is_kept_beside_ours(word: str | None, severity: Severity) -> None:
    labels = {"alertname": "A"} | ({"severity": word} if word else {})
    (found,) = read(group(alert(labels=labels))).alerts
    assert (found.severity, found.severity_raw) == (severity, word)


@pytest.mark.parametrize(
    ("labels", "kind"),
    [
        ({"alertname": "Watchdog"}, AlertType.HEARTBEAT),
        ({"alertname": "KubePodCrashLooping", "namespace": "a"}, AlertType.KUBERNETES),
        ({"alertname": "X", "namespace": "a", "pod": "p"}, AlertType.KUBERNETES),
        ({"alertname": "NodeFilesystemFull"}, AlertType.HOST),
        ({"alertname": "Down", "job": "blackbox-http"}, AlertType.UPTIME),
        ({"alertname": "HighErrorRate"}, AlertType.METRIC),
    ],
)
def test_what_kind_of_thing_it_is_about(labels: dict[str, str], kind: AlertType) -> None:
    (found,) = read(group(alert(labels=labels))).alerts
    assert found.type is kind


def test_links_are_named_and_the_most_useful_come_first() -> None:
    notes = {"summary": "s", "runbook_url": "https://r.example", "dashboard": "https://d.example"}
    (found,) = read(group(alert(annotations=notes))).alerts
    assert [link.name for link in found.links] == [
        "Runbook",
        "Dashboard",
        "Source",
        "Alertmanager",
        "Silence",
    ]
    assert 'alertname="DiskFull"' not in found.links[-1].url
    assert "alertname%3D%22DiskFull%22" in found.links[-1].url


def test_annotations_may_be_missing_on_a_resolve() -> None:
    end = alert(status="resolved", endsAt="2026-11-22T02:20:00Z")
    end["annotations"] = {}
    (found,) = read(group(end)).alerts
    assert found.title == "DiskFull on db-3:9100"
    assert found.ends_at == 1_795_314_000_000


def test_several_bodies_in_one_list_are_several_and_each_alert_is_one() -> None:
    found = read([group(alert()), group(alert(), alert(fingerprint="2"))]).alerts
    assert [each.key for each in found] == ["00c0ffee", "2"]


def test_alerts_in_the_form_of_its_own_api_are_read_by_their_end() -> None:
    fires = alert(endsAt="2026-11-22T02:14:00Z")
    over = alert(endsAt="2026-11-22T02:08:59Z", fingerprint="2")
    for each in (fires, over):
        each["status"] = {"state": "active", "silencedBy": [], "inhibitedBy": []}
    found = read([fires, over]).alerts
    assert [each.status for each in found] == [AlertStatus.FIRING, AlertStatus.RESOLVED]


@pytest.mark.parametrize(
    ("body", "where", "says"),
    [
        (b"", "body", "empty"),
        (b'{"alerts":[{]}', "line 1, column 13", "not JSON"),
        (b"\xff\xfe", "byte 0", "UTF-8"),
        (b"null", "body", "got nothing"),
        (b"[]", "body", "empty list"),
        (b"{}", "alerts", "got nothing"),
        (b'{"alerts": []}', "alerts", "no alert"),
        (b'{"alerts": ["x"]}', "alerts[0]", "got text"),
        (b'{"alerts": [{"status": "firing"}]}', "alerts[0]", "labels"),
        (b'{"alerts": [{"labels": {"a": "b"}}]}', "alerts[0].status", "no status"),
        (b'[{"alerts": 1}]', "[0].alerts", "got a number"),
        (b'{"alerts": [{"labels": {"a": "b"}, "status": "RESOLVED"}]}', "alerts[0].status", "RESO"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place(body: bytes, where: str, says: str) -> None:
    with pytest.raises(Malformed) as error:
        read(body)
    assert error.value.where == where
    assert says in error.value.error


def test_one_bad_alert_refuses_the_whole_body() -> None:
    with pytest.raises(Malformed) as error:
        read(group(alert(), alert(status="burning")))
    assert error.value.where == "alerts[1].status"


def test_the_collection_is_read_as_expected() -> None:
    found = {each.file: alertmanager.read(each.request).alerts for each in of("alertmanager")}
    assert len(found) == 7
    for sample in of("alertmanager"):
        due, alerts = sample.expected, found[sample.file]
        assert len(alerts) == due.get("n_alerts", 1), sample.file
        assert {due["status"], *due.get("status_also_ok", ())} & {str(a.status) for a in alerts}
        assert {a.severity_raw for a in alerts} == {due["severity_raw"]}
        assert all(due["title_contains"] in a.title for a in alerts)
        assert due["resource"] in {a.resource for a in alerts}
        if due["dedup_same_as"]:
            assert {a.key for a in alerts} & {a.key for a in found[due["dedup_same_as"]]}
