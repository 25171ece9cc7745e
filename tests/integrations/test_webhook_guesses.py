"""Bodies of no known tool: what is guessed of title, status, severity, key, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from integrations import webhook
from integrations.base import Malformed, Request
from store.model import AlertReading, AlertStatus, Severity
from tests.integrations.corpus import SHARED, Sample, samples

FORM = "application/x-www-form-urlencoded"
FIRING, RESOLVED = AlertStatus.FIRING, AlertStatus.RESOLVED


def read(body: Any, content_type: str = "application/json", header: str = "") -> list[AlertReading]:
    """The alerts of a body."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"content-type": header or content_type}
    return list(webhook.read(Request(sent, content_type, headers)).alerts)


def one(**body: Any) -> AlertReading:
    """The only alert of a body."""
    (found,) = read(body)
    return found


def test_the_plainest_body_is_a_firing_alert() -> None:
    found = one(title="The shop is shut")
    assert (found.title, found.status, found.severity) == (
        "The shop is shut",
        FIRING,
        Severity.ERROR,
    )
    assert (found.severity_raw, found.starts_at, found.resource) == (None, None, None)


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ({"title": "Disk full", "host": "db-3"}, "Disk full on db-3"),
        ({"title": "Disk full on db-3", "host": "db-3"}, "Disk full on db-3"),
        ({"subject": "Errors", "rule_name": "HighErrorRate"}, "Errors (HighErrorRate)"),
        ({"alert": {"name": "Queue long"}, "state": "down"}, "Queue long"),
        ({"data": {"incident": {"summary": "Slow"}}}, "Slow"),
        ({"alertData": {"alarmName": "CPU"}}, "CPU"),
        ({"monitoring.alert.rule.name": "Odd login"}, "Odd login"),
        ({"text": "backup failed"}, "backup failed"),
        ({"state": "down", "url": "https://shop.example"}, "https://shop.example"),
        ({"event": "certificate_expires_soon", "monitor": {"url": "https://a.example"}},
         "certificate expires soon on https://a.example"),
        ({"status": "critical", "memo": "Tape robot is stuck again"}, "Tape robot is stuck again"),
        ({"title": "", "name": "Second best"}, "Second best"),
        ({"incident_id": 9, "state": "down"}, "incident_id: 9"),
    ],
)  # fmt: skip
def test_the_title_is_found_where_tools_put_it(body: dict[str, Any], title: str) -> None:
    (found,) = read(body)
    assert found.title == title


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"status": "firing"}, FIRING),
        ({"status": "resolved"}, RESOLVED),
        ({"state": "OK"}, RESOLVED),
        ({"state": "CRITICAL"}, FIRING),
        ({"newState": "ALARM"}, FIRING),
        ({"current_state": "UP", "previous_state": "DOWN"}, RESOLVED),
        ({"type": "PROBLEM", "state": "OK"}, FIRING),
        ({"notification_type": "RECOVERY", "state": "WARNING"}, RESOLVED),
        ({"notification_type": "ACKNOWLEDGEMENT", "state": "CRITICAL"}, AlertStatus.ACKNOWLEDGED),
        ({"notification_type": "FLAPPINGSTART"}, AlertStatus.INFO),
        ({"event": "incident.resolved"}, RESOLVED),
        ({"event_type": "HEALTH_RULE_VIOLATION_ENDED", "severity": "ERROR"}, RESOLVED),
        ({"eventType": "AlertClosed"}, RESOLVED),
        ({"event": "server_down"}, FIRING),
        ({"event": "server_up"}, RESOLVED),
        ({"event": "not_resolved"}, FIRING),
        ({"action": "commented_on"}, AlertStatus.INFO),
        ({"conclusion": "success", "status": "completed"}, RESOLVED),
        ({"conclusion": "failure", "status": "completed"}, FIRING),
        ({"status": "in_progress"}, AlertStatus.INFO),
        ({"resolved": True}, RESOLVED),
        ({"resolved": False}, FIRING),
        ({"firing": "false"}, RESOLVED),
        ({"is_down": True}, FIRING),
        ({"clear": "normal"}, RESOLVED),
        ({"severity": "ok"}, RESOLVED),
        ({"status": "whatever this is"}, FIRING),
        ({"status": 200}, FIRING),
    ],
)
def test_the_status_is_told_by_words_of_states_and_events(
    fields: dict[str, Any], status: AlertStatus
) -> None:
    assert one(title="T", **fields).status is status


def test_no_status_is_ever_read_from_a_title_or_a_text() -> None:
    assert one(title="[RESOLVED] it is all ok", message="recovered").status is FIRING


@pytest.mark.parametrize(
    ("fields", "severity", "raw"),
    [
        ({"severity": "critical"}, Severity.CRITICAL, "critical"),
        ({"priority": "P3"}, Severity.WARNING, "P3"),
        ({"level": "Warn"}, Severity.WARNING, "Warn"),
        ({"alert": {"severity": "info"}}, Severity.INFO, "info"),
        ({"vendor_operational_severity": "CRITICAL"}, Severity.CRITICAL, "CRITICAL"),
        ({"labels": {"severity": "warning"}}, Severity.WARNING, "warning"),
        ({"state": "CRITICAL"}, Severity.CRITICAL, "CRITICAL"),
        ({"severity": "$SEVERITY"}, Severity.ERROR, None),
        ({"severity": "purple"}, Severity.ERROR, "purple"),
        ({"severity": None}, Severity.ERROR, None),
    ],
)
def test_the_severity_is_the_senders_word_and_ours(
    fields: dict[str, Any], severity: Severity, raw: str | None
) -> None:
    found = one(title="T", **fields)
    assert (found.severity, found.severity_raw) == (severity, raw)


@pytest.mark.parametrize(
    ("fires", "ends"),
    [
        ({"id": 7, "title": "A"}, {"id": 7, "title": "B"}),
        ({"dedup_key": "x", "id": 1, "title": "T"}, {"dedup_key": "x", "id": 2, "title": "T"}),
        ({"incident_id": "9", "state": "down"}, {"incident_id": "9", "state": "up"}),
        ({"title": "[FIRING:1] Disk"}, {"title": "[RESOLVED] Disk"}),
        ({"title": "Shop is down"}, {"title": "Shop is up"}),
        ({"title": "Disk 94 % full on db-3"}, {"title": "Disk 71.5% full on db-3"}),
        ({"title": "Slow: 2.41 s for 5 min"}, {"title": "Slow: 300 ms for 10min"}),
        ({"title": "A", "rule_name": "R"}, {"title": "B", "rule_name": "R"}),
        ({"title": "T", "labels": {"a": "b"}}, {"title": "T", "labels": {"a": "b", "__seen": "1"}}),
        ({"alertname": "Full", "message": "97 %"}, {"alertname": "Full", "message": "12 %"}),
        ({"title": "Full", "severity": "high", "time": 1}, {"title": "Full", "severity": "ok"}),
        ({"title": "Full", "labels": {"a": "b", "value": "9"}}, {"title": "Full", "tags": ["a:b"]}),
    ],
)  # fmt: skip
def test_firing_and_end_of_one_thing_have_one_key(
    fires: dict[str, Any], ends: dict[str, Any]
) -> None:
    assert one(**fires, status="firing").key == one(**ends, status="resolved").key


@pytest.mark.parametrize(
    ("one_thing", "another"),
    [
        ({"title": "Disk full on db-3"}, {"title": "Disk full on db-4"}),
        ({"title": "Disk full", "host": "db-3"}, {"title": "Disk full", "host": "db-4"}),
        ({"alertname": "Full", "labels": {"a": "1"}}, {"alertname": "Full", "labels": {"a": "2"}}),
        ({"id": 1, "title": "T"}, {"id": 2, "title": "T"}),
        ({"host": "h", "service": "HTTP"}, {"host": "h", "service": "Disk"}),
        ({"title": "T", "host": "h", "service": "a"}, {"title": "T", "host": "h", "service": "b"}),
        ({"title": "Node 3 is out"}, {"title": "Node 4 is out"}),
        ({"title": "10.0.0.1 is out"}, {"title": "10.0.0.2 is out"}),
        ({"title": "No answer from db-3.5m"}, {"title": "No answer from db-4.5m"}),
    ],
)
def test_different_things_have_different_keys(
    one_thing: dict[str, Any], another: dict[str, Any]
) -> None:
    assert one(**one_thing).key != one(**another).key


def test_a_key_does_not_depend_on_the_order_of_fields() -> None:
    body = {"title": "T", "host": "h", "labels": {"a": "1", "b": "2"}}
    turned = {"labels": {"b": "2", "a": "1"}, "host": "h", "title": "T"}
    assert one(**body).key == one(**turned).key


def test_several_alerts_in_a_body_are_several() -> None:
    items = [{"title": "A", "state": "down"}, {"title": "B", "state": "up"}]
    for body in (items, {"alerts": items}, {"events": items, "sender": "x"}):
        found = read(body)
        assert [(a.title, a.status) for a in found] == [("A", FIRING), ("B", RESOLVED)]


def test_fields_around_several_alerts_count_for_each() -> None:
    found = read({"severity": "warning", "alerts": [{"title": "A"}, {"title": "B"}]})
    assert [each.severity for each in found] == [Severity.WARNING] * 2


def test_a_chat_message_made_for_people_is_read_as_well() -> None:
    found = one(
        attachments=[
            {
                "title": "Deploy of shop failed",
                "color": "danger",
                "fields": [
                    {"title": "Host", "value": "ci-1"},
                    {"title": "Severity", "value": "P2"},
                ],
            }
        ]
    )
    assert (found.title, found.status) == ("Deploy of shop failed on ci-1", FIRING)
    assert (found.resource, found.severity) == ("ci-1", Severity.ERROR)


def test_forms_are_read_like_json() -> None:
    (found,) = read(urlencode({"title": "Größe", "state": "DOWN", "host": "h"}).encode(), FORM)
    assert (found.title, found.status, found.resource) == ("Größe on h", FIRING, "h")


def test_nested_names_of_a_form_are_read() -> None:
    body = urlencode({"alert[title]": "Down", "alert[status]": "resolved", "data[host]": "h"})
    (found,) = read(body.encode(), FORM)
    assert (found.title, found.status, found.resource) == ("Down on h", RESOLVED, "h")


def test_json_is_found_in_whatever_it_comes_as() -> None:
    body = {"title": "Down", "status": "firing"}
    text = json.dumps(body).encode()
    parts = b'--X\r\nContent-Disposition: form-data; name="data"\r\n\r\n' + text + b"\r\n--X--\r\n"
    for sent, kind, header in (
        (text, "application/json", ""),
        (b"\xef\xbb\xbf" + text, "application/json", ""),
        (text, "", ""),
        (text, "text/plain", ""),
        (text, "application/cloudevents+json", ""),
        (text, FORM, ""),
        (urlencode({"payload": text.decode()}).encode(), FORM, ""),
        (urlencode({"data": text.decode(), "token": "t"}).encode(), FORM, ""),
        (parts, "multipart/form-data", "multipart/form-data; boundary=X"),
    ):
        (found,) = read(sent, kind, header)
        assert (found.title, found.status) == ("Down", FIRING), kind


XML = b"""<?xml version="1.0" encoding="UTF-8"?>
<m:report xmlns:m="urn:m" site="north">
  <m:alerts>
    <m:alert id="17"><name>Pump is dry on p-3</name><status code="2">down</status>
      <host>p-3</host></m:alert>
    <m:alert id="18"><name>Pump 4 is dry</name><status code="0">resolved</status></m:alert>
  </m:alerts>
</m:report>"""


def test_xml_is_read_as_json_is() -> None:
    for kind in ("text/xml", "application/xml", "application/soap+xml", "text/plain", ""):
        first, second = read(XML, kind)
        assert (first.title, first.status, first.resource) == ("Pump is dry on p-3", FIRING, "p-3")
        assert (second.title, second.status) == ("Pump 4 is dry on north", RESOLVED)
        assert first.key != second.key
        assert first.labels["status.code"] == "2"
    inside = b"<s:Body><title>Down</title><state>up</state></s:Body>"
    (found,) = read(b"<s:Envelope xmlns:s='x'>" + inside + b"</s:Envelope>", "text/xml")
    assert (found.title, found.status) == ("Down", RESOLVED)
    (found,) = read(b"<alert name='Disk full' severity='critical'/>", "text/xml")
    assert (found.title, found.severity) == ("Disk full", Severity.CRITICAL)
    (found,) = read("<alert><name>\u00dcberlauf</name></alert>".encode("utf-16"), "text/xml")
    assert found.title == "\u00dcberlauf"


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><a><name>&b;</name></a>",
        b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a><name>x</name></a>",
        b"<!DOCTYPE a><a><name>x</name></a>",
        b"<a><name>&b;</name></a>",
        b"<a>" * 101 + b"</a>" * 101,
        b"<a>" + b"<b/>" * 50_000 + b"</a>",
        b"<?xml version='1.0' encoding='klingon'?><a><name>x</name></a>",
        b"<a><name>\x00</name></a>",
        b"<a><name>x</name></a><a/>",
        "<a/>".encode("utf-7") + b"+",
    ],
)
def test_xml_that_is_none_or_reaches_out_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        read(body, "application/xml")


@pytest.mark.parametrize(
    ("body", "kind", "status", "where"),
    [
        (b"", "application/json", 400, "body"),
        (b"   ", "application/json", 400, "body"),
        (b"plain words", "text/plain", 400, "line 1, column 1"),
        (b"<a/>", "text/xml", 400, "body"),
        (b"<a>", "text/xml", 400, "line 1, column 4"),
        (b"<a/>", "text/html", 415, "content-type"),
        (b"a: b", "application/yaml", 415, "content-type"),
        (b"", FORM, 400, "body"),
        (b"no form", "multipart/form-data", 400, "body"),
        (b"3", "application/json", 400, "body"),
        (b'"text"', "application/json", 400, "body"),
        (b"[]", "application/json", 400, "body"),
        (b"{}", "application/json", 400, "body"),
        (b'[{"title": "a"}, 3]', "application/json", 400, "[1]"),
        (b'{"alerts": [{"title": "a"}, {"x": 1}]}', "application/json", 422, "alerts[1]"),
        (b'{"challenge": "x", "type": "url_verification"}', "application/json", 422, "body"),
        (b'{"type": 1}', "application/json", 422, "body"),
    ],
)
def test_what_is_no_alert_is_refused_with_its_place(
    body: bytes, kind: str, status: int, where: str
) -> None:
    with pytest.raises(Malformed) as refused:
        read(body, kind)
    assert (refused.value.status, refused.value.where) == (status, where)
    assert refused.value.error


def test_a_test_button_with_its_variables_left_says_so() -> None:
    found = one(title="{{rule.name}}", state="${state}", host="$HOSTNAME$")
    assert found.title.startswith("Variables were not expanded: {{rule.name}}")
    assert found.status is AlertStatus.INFO


def test_labels_links_and_times_are_found() -> None:
    found = one(
        title="T",
        tags=["env:prod", "urgent", "team=db"],
        runbook_url="https://run.example/x",
        link="https://mon.example/1",
        avatar_url="https://no.example/a.png",
        bad="javascript:alert(1)",
        started_at="2026-11-22T02:08:00Z",
        region="eu-west-1",
    )
    assert found.labels["env"] == "prod"
    assert (found.labels["urgent"], found.labels["team"]) == ("true", "db")
    assert found.labels["region"] == "eu-west-1"
    assert [(link.name, link.url) for link in found.links] == [
        ("Runbook", "https://run.example/x"),
        ("Source", "https://mon.example/1"),
    ]
    assert found.starts_at == 1_795_313_280_000


def test_a_repeat_without_a_start_has_none_so_that_it_only_counts() -> None:
    assert one(title="T", timestamp=1_795_313_280).starts_at is None


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2026-11-22T03:08:00+01:00", 1_795_313_280_000),
        ("2026-11-22 02:08:00 UTC", 1_795_313_280_000),
        (1_795_313_280, 1_795_313_280_000),
        ("1795313280000", 1_795_313_280_000),
        ("2026-11-22 03:08:00", None),
        ("yesterday", None),
        (True, None),
        (0, None),
    ],
)
def test_only_a_time_that_names_its_zone_is_guessed(written: object, at: int | None) -> None:
    assert one(title="T", started_at=written).starts_at == at
    assert one(title="T", status="ok", ended_at=written).ends_at == at


def test_the_start_is_not_guessed_on_a_resolve_because_the_firing_may_have_named_none() -> None:
    found = one(title="T", status="ok", started_at="2026-11-22T02:08:00Z")
    assert found.starts_at is None


def test_of_the_whole_collection_most_is_read_as_its_own_integration_should() -> None:
    """A floor under the guesses: when one is made better here, none may get worse there."""
    due = [each for each in samples() if each.kind in ("alert", "ci")]
    found = {each.file: guessed(each) for each in due}

    def keys(file: str) -> set[str]:
        return {each.key for each in found[file]}

    taken = [each for each in due if found[each.file]]
    right = [each for each in taken if status_is_right(each, found[each.file])]
    titled = [each for each in taken if each.expected["title_contains"]]
    named = [each for each in titled if title_is_right(each, found[each.file])]
    pairs = [each for each in taken if found.get(each.expected["dedup_same_as"])]
    matched = [each for each in pairs if keys(each.file) & keys(each.expected["dedup_same_as"])]
    assert len(taken) >= 0.97 * len(due)
    assert len(right) >= 0.94 * len(taken)
    assert len(named) >= 0.88 * len(titled)
    assert len(matched) == len(pairs)


def guessed(sample: Sample) -> list[AlertReading]:
    try:
        return list(webhook.read(sample.request).alerts)
    except Malformed:
        return []


def status_is_right(sample: Sample, alerts: list[AlertReading]) -> bool:
    due = {sample.expected["status"], *sample.expected.get("status_also_ok", ())}
    return bool(due & {str(each.status) for each in alerts})


def title_is_right(sample: Sample, alerts: list[AlertReading]) -> bool:
    due = sample.expected["title_contains"].casefold()
    return any(due in each.title.casefold() for each in alerts)


def test_what_real_monitors_post_has_one_key_for_each_thing_they_watch() -> None:
    """Nagios in three forms, and Zabbix, whose titles say how long the problem was."""
    watched: dict[tuple[str, ...], set[str]] = {}
    events: dict[str, list[AlertReading]] = {}
    for tool, kind, body, fields in captured("nagios", "zabbix"):
        try:
            (found,) = read(body, kind)
        except Malformed:
            continue  # what Nagios' macros make of a backslash is no JSON
        if tool == "zabbix":
            events.setdefault(fields["event_id"], []).append(found)
        elif "service" in fields:
            watched.setdefault((fields["host"], fields["service"]), set()).add(found.key)
    assert len(watched) >= 5 and all(len(keys) == 1 for keys in watched.values())
    assert len(set.union(*watched.values())) == len(watched)
    assert len(events) > 30
    for posts in events.values():
        assert len({each.key for each in posts}) == 1
        assert [each.status for each in posts] == [FIRING, RESOLVED][: len(posts)]


def captured(*tools: str) -> Iterator[tuple[str, str, bytes, dict[str, str]]]:
    """Tool, content type, body and fields of each captured post, in order of time."""
    for tool in tools:
        files = list((SHARED / "captures" / tool).glob("*.json"))
        if not files:
            pytest.skip(f"the captures of a real {tool} are not beside this checkout")
        posts = [json.loads(file.read_text(encoding="utf-8")) for file in files]
        for post in sorted(posts, key=lambda each: str(each["received_at"])):
            if post["method"] == "POST":
                headers = {name.lower(): value for name, value in post["headers"]}
                kind = headers["content-type"].partition(";")[0]
                fields = dict(post.get("json") or post.get("form") or {})
                yield tool, kind, post["body"].encode(), fields
