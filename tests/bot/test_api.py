"""The HTTP API keeps the outside contract, word for word."""

from __future__ import annotations

import httpx
import pytest
from openapi_spec_validator import validate

from commands.registry import CATALOG
from tests.bot.conftest import token_of
from tests.support.each import each
from tests.support.world import World, alert


async def test_an_open_incident_is_listed_with_what_the_contract_names(
    world: World, api: httpx.AsyncClient
) -> None:
    incident = await world.fires()
    found = (await api.get("/api/incidents")).json()
    assert found["next"] is None
    [one] = found["incidents"]
    assert one["id"] == str(incident)
    assert one["title"] == "Disk 94 % full on db-3"
    assert (one["status"], one["severity"], one["source"]) == (
        "triggered",
        "critical",
        "alertmanager",
    )
    assert one["labels"]["team"] == "db"
    assert one["assignee"] is None
    assert one["opened_at"] == "2026-11-22T02:09:00.000Z"


@each(
    ("query", "fits"),
    [
        ("status=open", True),
        ("status=triggered", True),
        ("status=acknowledged", False),
        ("status=resolved", False),
        ("status=all", True),
        ("severity=critical", True),
        ("severity=critical,error", True),
        ("severity=warning", False),
        ("source=alertmanager", True),
        ("source=zabbix", False),
        ("type=custom", True),
        ("type=host", False),
        ("tag=network", True),
        ("tag=vendor", False),
        ("label=service%3Dpostgres-main", True),
        ("label=service%3Dcheckout", False),
        ("label=service%3Dpostgres-main&label=team%3Ddb", True),
        ("q=disk", True),
        ("q=DB-3", True),
        ("q=kafka", False),
    ],
)
async def test_a_filter_keeps_what_fits(
    world: World, api: httpx.AsyncClient, query: str, fits: bool
) -> None:
    incident = await world.fires()
    await world.does("ana", "tag", incident, tags="network")
    found = (await api.get(f"/api/incidents?{query}")).json()["incidents"]
    assert [i["id"] for i in found] == ([str(incident)] if fits else [])


@each(
    ("query", "where"),
    [
        ("colour=red", "colour"),
        ("limit=many", "limit"),
        ("status=x", "status"),
        ("severity=bad", "severity"),
        ("label=service", "label"),
    ],
)
async def test_a_filter_that_is_wrong_is_named(
    world: World, api: httpx.AsyncClient, query: str, where: str
) -> None:
    answer = await api.get(f"/api/incidents?{query}")
    assert answer.status_code == 422, answer.text
    assert answer.json()["where"] == where


async def test_a_long_list_comes_in_pages(world: World, api: httpx.AsyncClient) -> None:
    for n in range(7):
        await world.fires(f"k{n}", labels={"service": f"s{n}"})
    seen: list[str] = []
    url: str | None = "/api/incidents?limit=3"
    while url:
        found = (await api.get(url)).json()
        seen += [i["id"] for i in found["incidents"]]
        url = found["next"]
    assert seen == ["7", "6", "5", "4", "3", "2", "1"]


async def test_one_incident_comes_with_alerts_timeline_reasons_and_pages(
    world: World, api: httpx.AsyncClient
) -> None:
    incident = await world.fires()
    found = (await api.get(f"/api/incidents/{incident}")).json()
    assert found["url"].endswith(f"/i/{incident}")
    assert [a["status"] for a in found["alerts"]] == ["firing"]
    opened = found["timeline"][0]
    assert (opened["kind"], "Route db because team=db." in opened["why"]) == ("opened", True)
    assert {p["person"] for p in found["pages"]} == {"ana"}
    assert {p["state"] for p in found["pages"]} == {"sent"}


async def test_show_answers_an_incident_with_its_alerts(
    world: World, api: httpx.AsyncClient
) -> None:
    incident = await world.fires()
    answer = await api.post("/api/commands/show", json={"incident": incident})
    (one,) = answer.json()["found"]["alerts"]
    assert one["status"] == "firing" and "flips" not in one


async def test_a_command_answers_what_it_changed(world: World, api: httpx.AsyncClient) -> None:
    incident = await world.fires()
    answer = await api.post("/api/commands/ack", json={"incident": incident})
    body = answer.json()
    assert (answer.status_code, body["ok"]) == (200, True)
    [changed] = body["changed"]
    assert changed["incident"] == str(incident)
    assert changed["rev"] == (await world.incident(incident)).rev


async def test_a_query_is_called_the_same_way(world: World, api: httpx.AsyncClient) -> None:
    incident = await world.fires()
    body = (await api.post("/api/commands/why", json={"incident": incident})).json()
    assert any("on call for team db" in line for line in body["found"])


async def test_the_same_idempotency_key_runs_once(world: World, api: httpx.AsyncClient) -> None:
    incident = await world.fires()
    key = {"Idempotency-Key": "k-1"}
    args = {"incident": incident, "text": "hello"}
    one = await api.post("/api/commands/note", json=args, headers=key)
    two = await api.post("/api/commands/note", json=args, headers=key)
    assert one.json() == two.json()
    assert (await world.incident(incident)).notes == 1
    other = await api.post("/api/commands/note", json={**args, "text": "x"}, headers=key)
    assert other.status_code == 409


async def test_the_second_to_acknowledge_is_told_who_was_first(
    world: World, api: httpx.AsyncClient
) -> None:
    incident = await world.fires()
    await world.does("ana", "ack", incident)
    answer = await api.post("/api/commands/ack", json={"incident": incident})
    assert answer.status_code == 409
    won = answer.json()["winner"]
    assert (won["who"], won["surface"]) == ("Ana Petrova", "Slack")
    assert won["at"].startswith("2026-11-22T")


async def test_a_resolve_while_alerts_fire_asks_how(world: World, api: httpx.AsyncClient) -> None:
    incident = await world.fires()
    answer = await api.post("/api/commands/resolve", json={"incident": incident})
    assert answer.status_code == 409
    assert "when_clear" in answer.json()["choices"]
    assert "now" in answer.json()["choices"]


@each(
    ("name", "body", "status", "where"),
    [
        ("ack", '{"incident": 99}', 404, None),
        ("acknowledge", "{}", 404, None),
        ("ack", "{}", 422, "incident"),
        ("ack", '{"incident": "x"}', 422, "incident"),
        ("ack", '{"incident": 1, "colour": 2}', 422, "colour"),
        ("ack", "[1]", 422, "body"),
        ("ack", "{", 422, "body"),
        ("ack", "\ud83d".encode("utf-8", "surrogatepass"), 422, "body"),
        ("ack", '{"incident": 999999999999999999999999}', 422, "incident"),
        ("ack", "[" * 200_000, 422, "body"),
        ("snooze", '{"incident": 1, "until": "sat 25:00"}', 422, "until"),
        ("assign", '{"incident": 1, "who": "nobody-we-know"}', 422, "who"),
        ("note", '{"incident": 1, "text": {"a": 1}}', 422, "text"),
    ],
)
async def test_a_wrong_call_is_told_what_and_where(
    world: World,
    api: httpx.AsyncClient,
    name: str,
    body: str | bytes,
    status: int,
    where: str | None,
) -> None:
    await world.fires()
    answer = await api.post(f"/api/commands/{name}", content=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]
    assert answer.json().get("where") == where


async def test_a_body_that_is_too_large_is_refused(world: World, api: httpx.AsyncClient) -> None:
    answer = await api.post("/api/commands/note", content=b" " * (1 << 20) + b"{}")
    assert (answer.status_code, answer.json()["where"]) == (413, "request")


async def test_a_viewer_is_denied_and_told_whom_to_ask(world: World, served: str) -> None:
    incident = await world.fires()
    headers = {"Authorization": f"Bearer {await token_of(world, 'viewer')}"}
    async with httpx.AsyncClient(base_url=served, headers=headers, trust_env=False) as client:
        answer = await client.post("/api/commands/ack", json={"incident": incident})
    assert answer.status_code == 403
    body = answer.json()
    assert (body["needs"], "Ana Petrova" in body["ask"]) == ("incident.act", True)


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer pvr_x"}, {"Authorization": "x"}])
async def test_without_a_token_there_is_nothing_to_read(
    world: World, served: str, header: dict[str, str]
) -> None:
    await world.fires()
    async with httpx.AsyncClient(base_url=served, headers=header, trust_env=False) as client:
        for path in ("/api/incidents", "/api/incidents/1", "/api/oncall"):
            answer = await client.get(path)
            assert (answer.status_code, answer.json()["where"]) == (401, "Authorization")
        assert (await client.post("/api/commands/ack", json={})).status_code == 401


async def test_an_intake_token_opens_no_api(world: World, served: str) -> None:
    from store import access

    source = await world.source()
    secret = await world.door.system(
        lambda ctx: access.create_token(ctx.tx, ctx.now, "in", source_id=source.id)
    )
    headers = {"Authorization": f"Bearer {secret}"}
    async with httpx.AsyncClient(base_url=served, headers=headers, trust_env=False) as client:
        assert (await client.get("/api/incidents")).status_code == 401


async def test_who_is_on_call_is_said_for_each_team(world: World, api: httpx.AsyncClient) -> None:
    [team] = (await api.get("/api/oncall")).json()["teams"]
    assert (team["team"], team["lead"]) == ("db", "omar")
    why = "on call for team db"
    assert team["oncall"] == [{"handle": "ana", "name": "Ana Petrova", "why": why}]


async def test_the_openapi_document_is_valid_and_names_every_verb(
    world: World, served: str
) -> None:
    async with httpx.AsyncClient(base_url=served, trust_env=False) as client:
        document = (await client.get("/api/openapi.json")).json()
    validate(document)
    paths = set(document["paths"])
    assert {f"/api/commands/{name}" for name in CATALOG} <= paths
    assert {"/in/{integration}", "/api/incidents", "/api/incidents/{id}", "/api/oncall"} <= paths


async def test_it_is_alive_ready_and_measured(world: World, served: str) -> None:
    await world.hears(alert())
    async with httpx.AsyncClient(base_url=served, trust_env=False) as client:
        assert (await client.get("/healthz")).json() == {"ok": True}
        ready = (await client.get("/readyz")).json()
        assert ready["checks"]["database"]["ok"] is True
        metrics = (await client.get("/metrics")).text
    assert "pixelview_incidents_open 1.0" in metrics
    assert "pixelview_messages_sent_total" in metrics


async def test_a_token_of_a_person_acts_as_that_person_while_there_is_one(
    world: World, served: str
) -> None:
    async def does(person: str, verb: str, **args: str) -> httpx.Response:
        secret = await token_of(world, f"person:{person}")
        headers = {"Authorization": f"Bearer {secret}"}
        async with httpx.AsyncClient(base_url=served, headers=headers, trust_env=False) as client:
            return await client.post(f"/api/commands/{verb}", json=args)

    assert (await does("ana", "shifts")).json()["found"][0].startswith("Shifts of Ana")
    assert (await does("gone", "shifts")).status_code == 401


async def test_the_filter_language_is_a_field_beside_the_others(
    world: World, api: httpx.AsyncClient
) -> None:
    await world.fires("a", labels={"alertname": "a", "service": "pay", "env": "prod"})
    await world.fires("b", severity="warning", labels={"alertname": "b", "service": "web"})
    for query, titles in (
        ("filter=critical%20env%3Dprod%20since%3D2h", 1),
        ("filter=critical&filter=env%3Dprod", 1),
        ("filter=critical,warning&service=web", 1),
        ("service=pay,web", 2),
        ("since=2h", 2),
        ("before=2h", 0),
        ("filter=all&severity=warning&sort=worst", 1),
    ):
        found = (await api.get(f"/api/incidents?{query}")).json()
        assert len(found["incidents"]) == titles, query


async def test_a_grouped_list_has_every_group(world: World, api: httpx.AsyncClient) -> None:
    first = await world.fires("a", labels={"alertname": "a", "service": "pay"}, title="Full")
    await world.fires("b", severity="warning", labels={"alertname": "b", "service": "web"})
    page = (await api.get("/api/incidents?group=service&limit=1")).json()
    assert len(page["incidents"]) == 1
    assert (page["group"], page["counted_all"]) == ("service", True)
    worst = {"id": str(first), "severity": "critical", "title": "Full"}
    assert page["groups"][0] == {"value": "pay", "total": 1, "nobody": 1, "worst": worst}
    assert [g["value"] for g in page["groups"]] == ["pay", "web"]
    following = (await api.get(page["next"])).json()
    assert len(following["incidents"]) == 1
    assert following["groups"] == page["groups"]


@each(
    ("query", "where", "error"),
    [
        ("filter=severity%3Dloud", "filter", "loud is not a severity"),
        ("severity=loud", "severity", "loud is not a severity"),
        ("since=later", "since", "later is not a time. Try: 2h"),
        ("sort=up", "sort", "up is no order"),
        ("group=", "", ""),
        ("filter=view:nosuch", "filter", "There is no view nosuch."),
        ("nosuch=1", "nosuch", "There is no filter nosuch"),
    ],
)
async def test_a_filter_that_can_not_be_read_is_refused_at_its_field(
    api: httpx.AsyncClient, query: str, where: str, error: str
) -> None:
    answer = await api.get(f"/api/incidents?{query}")
    if not where:
        assert answer.status_code == 200
        return
    assert answer.status_code == 422
    assert answer.json()["where"] == where
    assert answer.json()["error"].startswith(error)


async def test_views_are_saved_and_seen_by_the_api(world: World, api: httpx.AsyncClient) -> None:
    incident = await world.fires()
    saved = {"name": "pay", "filter": "critical group=service", "share": "everybody"}
    assert (await api.post("/api/commands/view-save", json=saved)).json()["ok"]
    found = (await api.post("/api/commands/views", json={})).json()["found"]
    assert found["views"][0]["words"] == "severity=critical group=service"
    assert (found["views"][0]["open"], found["views"][0]["changed_at"][:10]) == (1, "2026-11-22")
    seen = (await api.post("/api/commands/view", json={"name": "pay"})).json()["found"]
    assert [i["id"] for i in seen["incidents"]] == [str(incident)]
    assert seen["groups"][0]["total"] == 1
    listed = (await api.get("/api/incidents?filter=view:pay")).json()
    assert [i["id"] for i in listed["incidents"]] == [str(incident)]


async def test_the_filters_and_groups_of_lists_are_described(api: httpx.AsyncClient) -> None:
    document = (await api.get("/api/openapi.json")).json()
    described = document["paths"]["/api/incidents"]["get"]
    names = {p["name"] for p in described["parameters"]}
    assert {"filter", "since", "before", "group", "sort", "service", "label"} <= names
    assert "422" in described["responses"]
    page = document["components"]["schemas"]["Incidents"]
    assert {"incidents", "next", "groups", "hint"} <= set(page["properties"])
