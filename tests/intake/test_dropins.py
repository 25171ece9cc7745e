"""The addresses of other on-call tools: their senders are moved by a change of host name."""

from __future__ import annotations

from typing import Any

import pytest

from bot.web.dropin_beats import DropinBeats
from bot.web.dropins import Dropins
from bot.web.openapi import document
from commands.errors import Busy
from store import heartbeats
from store.model import Actor
from tests.intake.support import Answered, Station, firing, group
from tests.support.each import each

OPSGENIE = "GenieKey "


def trigger(key: str, **more: Any) -> dict[str, Any]:
    """An event of PagerDuty's version 2."""
    payload = {"summary": "Disk full on db-1", "source": "db-1", "severity": "critical"}
    return {"routing_key": key, "event_action": "trigger", "dedup_key": "disk",
            "payload": payload, **more}  # fmt: skip


async def incidents(station: Station, status: str = "all") -> list[dict[str, Any]]:
    """What the API lists."""
    query = await station.app.door.ask("list", {"status": status}, _reader())
    return [
        {"id": one.id, "title": one.title, "status": str(one.status), "severity": str(one.severity),
         "labels": dict(one.labels), "notes": one.notes, "resource": one.resource}
        for one in query.incidents
    ]  # fmt: skip


def _reader() -> Actor:
    return Actor("token", "token:test", "test", "api", ("admin",))


async def post(station: Station, path: str, body: Any, **headers: str) -> Answered:
    return await station.ask("POST", path, body, headers=headers)


# PagerDuty


@pytest.mark.parametrize("integration", ["pagerduty_events", "pagerduty"])
async def test_an_event_of_pagerduty_opens_and_resolves_an_incident(
    station: Station, integration: str
) -> None:
    key = await station.token(integration)
    for path in ("/v2/enqueue", "/v2/enqueue/"):
        answer = await post(station, path, trigger(key))
        assert answer.status == 202
        assert answer.body == {
            "status": "success", "message": "Event processed", "dedup_key": "disk",
        }  # fmt: skip
    (found,) = await incidents(station)
    assert (found["title"], found["severity"], found["resource"]) == (
        "Disk full on db-1", "critical", "db-1",
    )  # fmt: skip
    over = {"routing_key": key, "event_action": "resolve", "dedup_key": "disk"}
    assert (await post(station, "/v2/enqueue", over)).status == 202
    assert (await incidents(station))[0]["status"] == "resolved"


async def test_a_trigger_without_a_key_is_given_one_that_resolves_it(station: Station) -> None:
    key = await station.token("pagerduty_events")
    event = trigger(key)
    del event["dedup_key"]
    made = (await post(station, "/v2/enqueue", event)).body["dedup_key"]
    assert made
    await post(station, "/v2/enqueue",
               {"routing_key": key, "event_action": "resolve", "dedup_key": made})  # fmt: skip
    assert [one["status"] for one in await incidents(station)] == ["resolved"]


async def test_who_acknowledges_an_alert_nobody_knows_opens_nothing(station: Station) -> None:
    key = await station.token("pagerduty_events")
    ack = {"routing_key": key, "event_action": "acknowledge", "dedup_key": "disk"}
    assert (await post(station, "/v2/enqueue", ack)).status == 202
    assert await incidents(station) == []
    await post(station, "/v2/enqueue", trigger(key))
    assert (await post(station, "/v2/enqueue", ack)).status == 202
    shown = await station.app.door.ask("show", {"incident": 1}, _reader())
    assert any(event.kind == "acknowledged_at_source" for event in shown.timeline)


async def test_events_of_version_1_are_answered_as_version_1_did(station: Station) -> None:
    key = await station.token("pagerduty_events")
    path = "/generic/2010-04-15/create_event.json"
    event = {"service_key": key, "event_type": "trigger", "incident_key": "srv/HTTP",
             "description": "HTTP is down", "details": {"hostname": "srv", "load": 3},
             "contexts": [{"type": "link", "href": "https://n.example/1"}]}  # fmt: skip
    answer = await post(station, path, event)
    assert (answer.status, answer.body) == (
        200, {"status": "success", "message": "Event processed", "incident_key": "srv/HTTP"},
    )  # fmt: skip
    (found,) = await incidents(station)
    assert (found["title"], found["resource"]) == ("HTTP is down", "srv")
    over = {"service_key": key, "event_type": "resolve", "incident_key": "srv/HTTP"}
    assert (await post(station, path, over)).status == 200
    assert (await incidents(station))[0]["status"] == "resolved"


async def test_a_change_event_opens_nothing(station: Station) -> None:
    key = await station.token("pagerduty_events")
    event = {"routing_key": key, "payload": {"summary": "Deployed checkout 411", "source": "ci"}}
    answer = await post(station, "/v2/change/enqueue", event)
    assert (answer.status, answer.body["status"]) == (202, "success")
    assert await incidents(station) == []


@each(("change", "status", "words"), [
    ({"routing_key": ""}, 400, "'routing_key' is missing or blank"),
    ({"routing_key": "nobody's"}, 401, "'routing_key' is unknown"),
    ({"event_action": "shout"}, 400, "'event_action' is invalid"),
    ({"event_action": ""}, 400, "'event_action' is missing or blank"),
    ({"payload": {}}, 400, "'payload.summary' is missing or blank"),
    ({"event_action": "resolve", "dedup_key": ""}, 400, "'dedup_key' is missing or blank"),
])  # fmt: skip
async def test_what_pagerduty_would_refuse_is_refused_in_its_words(
    station: Station, change: dict[str, Any], status: int, words: str
) -> None:
    key = await station.token("pagerduty_events")
    answer = await post(station, "/v2/enqueue", {**trigger(key), **change})
    assert answer.status == status
    assert answer.body["status"] == "invalid event"
    assert answer.body["message"] and words in answer.body["errors"][0]
    assert not any((await station.stored()).values())


async def test_a_body_that_is_no_json_or_too_large_is_refused_everywhere(station: Station) -> None:
    key = await station.token("pagerduty_events")
    token = await station.token("victorops")
    genie = {"Authorization": OPSGENIE + await station.token("opsgenie_api")}
    long = "x" * (station.app.settings.intake.max_body + 1)
    for path, headers in (
        ("/v2/enqueue", {}), ("/v2/alerts", genie),
        (f"/integrations/generic/20131114/alert/{token}/ops", {}),
    ):  # fmt: skip
        assert (await station.ask("POST", path, "{", headers=headers)).status == 400, path
        assert (await station.ask("POST", path, long, headers=headers)).status == 413, path
        assert (await station.ask("GET", path, headers=headers)).status == 405, path
    assert (await post(station, "/v2/enqueue", ["no", key])).status == 400


async def test_a_full_queue_asks_each_sender_to_come_again_in_its_way(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> None:
        raise Busy("1000 requests wait to be written", 3)

    key, ops = await station.token("pagerduty_events"), await station.token("opsgenie_api")
    hook = await station.token("webhook")
    monkeypatch.setattr(station.app.door, "intake", full)
    first = {"service_key": key, "event_type": "trigger", "description": "x"}
    genie = {"Authorization": OPSGENIE + ops}
    for path, body, headers, status in (
        ("/v2/enqueue", trigger(key), {}, 429),
        ("/generic/2010-04-15/create_event.json", first, {}, 503),
        ("/v2/alerts", {"message": "m"}, genie, 503),
        (f"/integrations/v1/webhook/{hook}/", {"title": "t"}, {}, 503),
    ):
        answer = await station.ask("POST", path, body, headers=headers)
        assert (answer.status, answer.headers["Retry-After"]) == (status, "3"), path


# Opsgenie


async def test_opsgenie_alerts_are_created_acknowledged_noted_and_closed(station: Station) -> None:
    key = {"Authorization": OPSGENIE + await station.token("opsgenie_api")}
    alert = {"message": "Queue is long", "alias": "queue/1", "priority": "P1", "entity": "mq-1",
             "tags": ["prod"], "details": {"depth": "900"},
             "responders": [{"name": "db", "type": "team"}]}  # fmt: skip
    answer = await station.ask("POST", "/v2/alerts", alert, headers=key)
    assert answer.status == 202
    assert answer.body["result"] == "Request will be processed"
    assert set(answer.body) == {"result", "took", "requestId"}
    (found,) = await incidents(station)
    assert (found["title"], found["severity"], found["resource"]) == (
        "Queue is long", "critical", "mq-1",
    )  # fmt: skip
    assert found["labels"]["depth"] == "900" and found["labels"]["team"] == "db"
    by_alias = "/v2/alerts/queue%2F1/{}?identifierType=alias"
    said = await station.ask("POST", by_alias.format("notes"), {"note": "Ana looks"}, headers=key)
    assert said.status == 202
    assert (await incidents(station))[0]["notes"] == 1
    for action in ("acknowledge", "snooze"):
        assert (
            await station.ask("POST", by_alias.format(action), {}, headers=key)
        ).status == 202  # fmt: skip
    assert (await incidents(station))[0]["status"] != "resolved"
    status = await station.ask(
        "GET", f"/v2/alerts/requests/{answer.body['requestId']}", headers=key
    )
    assert status.status == 200 and status.body["data"]["success"] is True
    by_id = f"/v2/alerts/{status.body['data']['alertId']}/close"
    assert (await station.ask("POST", by_id, "", headers=key)).status == 202
    assert (await incidents(station))[0]["status"] == "resolved"


async def test_an_opsgenie_alert_may_be_deleted_and_an_unknown_one_is_left_alone(
    station: Station,
) -> None:
    key = {"Authorization": OPSGENIE + await station.token("opsgenie_api")}
    for action in ("acknowledge", "close", "notes"):
        path = f"/v2/alerts/never/{action}?identifierType=alias"
        assert (await station.ask("POST", path, {"note": "x"}, headers=key)).status == 202
    assert await incidents(station) == []
    await station.ask("POST", "/v2/alerts", {"message": "m", "alias": "a"}, headers=key)
    path = "/v2/alerts/a?identifierType=alias"
    assert (await station.ask("DELETE", path, headers=key)).status == 202
    assert (await incidents(station))[0]["status"] == "resolved"


async def test_opsgenie_refuses_in_its_own_words(station: Station) -> None:
    token = await station.token("opsgenie_api")
    key = {"Authorization": OPSGENIE + token}
    answer = await station.ask("POST", "/v2/alerts", {"alias": "x"}, headers=key)
    assert answer.status == 422
    assert answer.body["errors"] == {"message": "Message can not be empty."}
    for wrong in ({}, {"Authorization": "GenieKey no"}, {"Authorization": f"Bearer {token}"}):
        answer = await station.ask("POST", "/v2/alerts", {"message": "m"}, headers=wrong)
        assert answer.status == 401 and set(answer.body) == {"message", "took", "requestId"}
    assert not any((await station.stored()).values())


# Grafana OnCall, VictorOps


@pytest.mark.parametrize(("kind", "integration"), [
    ("alertmanager", "alertmanager"), ("grafana_alerting", "grafana"), ("grafana", "grafana"),
    ("legacy_alertmanager", "alertmanager"),
])  # fmt: skip
async def test_senders_of_grafana_oncall_are_read_by_what_they_are(
    station: Station, kind: str, integration: str
) -> None:
    token = await station.token(integration)
    for end in ("/", ""):
        answer = await post(station, f"/integrations/v1/{kind}/{token}{end}", group(firing()))
        assert (answer.status, answer.text) == (200, "Ok.")
    assert [one["title"] for one in await incidents(station)] == ["Down it is"]


async def test_formatted_webhooks_of_grafana_oncall_open_and_resolve(station: Station) -> None:
    token = await station.token("webhook")
    body = {"alert_uid": "u-1", "title": "Coffee is out", "state": "alerting", "message": "Now!"}
    for kind in ("formatted_webhook", "webhook", "jira"):
        answer = await post(station, f"/integrations/v1/{kind}/{token}/", body)
        assert answer.status == 200, kind
    assert [one["title"] for one in await incidents(station)] == ["Coffee is out"]
    await post(station, f"/integrations/v1/formatted_webhook/{token}/", {**body, "state": "ok"})
    assert [one["status"] for one in await incidents(station)] == ["resolved"]


async def test_an_oncall_address_needs_a_token_of_its_kind(station: Station) -> None:
    other = await station.token("alertmanager")
    for path in ("/integrations/v1/grafana/nobody/", f"/integrations/v1/grafana/{other}/"):
        assert (await post(station, path, group(firing()))).status == 401
    assert not any((await station.stored()).values())


async def test_victorops_senders_say_critical_and_recovery(station: Station) -> None:
    token = await station.token("victorops")
    path = f"/integrations/generic/20131114/alert/{token}"
    body = {"message_type": "CRITICAL", "entity_id": "db/disk", "host_name": "db-1",
            "entity_display_name": "Disk full", "state_message": "99 %"}  # fmt: skip
    answer = await post(station, f"{path}/database", body)
    assert (answer.status, answer.body) == (200, {"result": "success", "entity_id": "db/disk"})
    (found,) = await incidents(station)
    assert found["labels"]["routing_key"] == "database"
    await post(station, f"{path}/database", {"message_type": "RECOVERY", "entity_id": "db/disk"})
    assert (await incidents(station))[0]["status"] == "resolved"
    refused = await post(station, "/integrations/generic/20131114/alert/no/database", body)
    assert (refused.status, refused.body["result"]) == (401, "failure")


# heartbeats


async def beat(station: Station, name: str) -> heartbeats.Heartbeat | None:
    """A heartbeat as it stands."""
    return await station.app.door.reader.read(lambda tx: heartbeats.named(tx, name))


async def make_beat(station: Station, name: str) -> None:
    args = {"name": name, "every": "5m"}
    await station.app.door.do("heartbeat-add", args, _reader())


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH"])
async def test_a_heartbeat_of_opsgenie_is_pinged_by_name(station: Station, method: str) -> None:
    key = {"Authorization": OPSGENIE + await station.token("opsgenie_api")}
    path = "/v2/heartbeats/nightly/ping"
    answer = await station.ask(method, path, None, headers=key)
    assert answer.status == 404 and "nightly" in answer.body["message"]
    await make_beat(station, "nightly")
    assert (await station.ask(method, path, None)).status == 401
    answer = await station.ask(method, path, None, headers=key)
    assert answer.status == 202
    assert answer.body["result"] == "PONG - Heartbeat received" and answer.body["requestId"]
    found = await beat(station, "nightly")
    assert found is not None and (found.state, found.pings) == (heartbeats.UP, 1)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_heartbeat_of_oncall_is_the_one_named_as_its_source(
    station: Station, method: str
) -> None:
    token = await station.token("alertmanager", "prod")
    path = f"/integrations/v1/alertmanager/{token}/heartbeat/"
    answer = await station.ask(method, path, None)
    assert answer.status == 404 and "heartbeat-add prod every 5m" in answer.text
    await make_beat(station, "prod")
    for end in ("", "/"):
        answer = await station.ask(method, path.rstrip("/") + end, None)
        assert (answer.status, answer.text) == (200, "Ok.")
    found = await beat(station, "prod")
    assert found is not None and (found.state, found.pings) == (heartbeats.UP, 2)
    wrong = path.replace(token, "nobody")
    assert (await station.ask(method, wrong, None)).status == 401


async def test_the_addresses_of_other_tools_are_in_the_openapi_document(station: Station) -> None:
    known = document("https://pv")["paths"]
    paths = {r.path.rstrip("/") for made in (Dropins, DropinBeats)
             for r in made(station.app.hooks, station.app.door).routes()}  # fmt: skip
    assert paths <= set(known)
