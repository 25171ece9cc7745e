"""The list of what is open: who has it, filters, groups, pages, and what an empty one says."""

from __future__ import annotations

from collections.abc import Mapping
from html import unescape
from typing import Any

import pytest

from store.model import Actor
from tests.support.world import START, alert
from tests.web.site import Site, Visitor

YAML = """
people:
  ana: {name: Ana Petrova, email: ana@example.eu, zone: Europe/Berlin, roles: [admin], slack: U0ANA}
  omar: {name: Omar Haddad, email: omar@example.eu, zone: Asia/Dubai, slack: U0OMAR}
teams:
  db: {members: [ana, omar], oncall: ana, lead: omar}
  web: {members: [omar], oncall: omar, lead: omar}
routes:
  - {name: web, match: {team: web}, team: web}
  - {name: rest, team: db}
grouping: {group_by: [route, alertname]}
"""


@pytest.fixture
def yaml() -> str:
    """Every alert of these tests opens an incident of its own."""
    return YAML


async def fires(site: Site, name: str, **more: Any) -> int:
    """One alert that opens an incident of its own; two minutes pass."""
    labels = {"alertname": name, **more.pop("labels", {})}
    source = more.pop("source", "alertmanager")
    taken = await site.world.hears(alert(name, labels=labels, **more), source=source)
    await site.world.advance(minutes=1)
    assert taken.incident_id is not None
    return taken.incident_id


async def test_it_is_grouped_by_who_has_it_and_the_urgent_stand_first(
    site: Site, ana: Visitor
) -> None:
    warning = await fires(site, "load", severity="warning")
    error = await fires(site, "lag", severity="error")
    critical = await fires(site, "disk", severity="critical")
    taken = await fires(site, "nvme", severity="critical")
    hushed = await fires(site, "noise", severity="warning")
    await site.world.does("omar", "ack", taken)
    await site.world.does("omar", "snooze", hushed, until="4h")
    page = await ana.get("/")
    assert page.rows() == [critical, error, warning, taken, hushed]
    assert page.headings() == ["Nobody has it 3", "Somebody has it 1", "Quiet 1"]
    assert "Omar" in page.words


FILTERS = {
    "severity=critical": ["disk", "checkout"],
    "severity=critical,warning": ["disk", "checkout", "load"],
    "team=web": ["checkout"],
    "source=alertmanager": ["disk", "checkout", "load"],
    "source=nagios": [],
    "type=custom": ["disk", "checkout", "load"],
    "label=service%3Dcheckout": ["checkout"],
    "service=checkout,web": ["checkout"],
    "filter=critical+env%21%3Dprod": [],
    "filter=critical,warning+nobody+since%3D1h": ["checkout", "load"],
    "filter=opened%3E1h": [],
    "filter=all+team%3Ddb&severity=error": ["old"],
    "label=env%3Dprod": ["disk", "checkout"],
    "label=env%3Dprod,alertname%3Ddisk": ["disk"],
    "tag=vendor": ["load"],
    "q=FULL": ["disk"],
    "who=me": ["disk"],
    "who=nobody": ["checkout", "load"],
    "status=acknowledged": ["disk"],
    "status=triggered": ["checkout", "load"],
    "status=resolved": ["old"],
    "status=all": ["disk", "checkout", "load", "old"],
    "severity=critical&q=disk&nonsense=1": ["disk"],
}


async def test_every_filter_is_an_address(site: Site, ana: Visitor) -> None:
    prod = {"env": "prod"}
    ids = {
        "old": await fires(site, "old", severity="error", title="Old"),
        "load": await fires(site, "load", severity="warning", title="Load 31"),
        "disk": await fires(site, "disk", title="Disk 94 % full", labels=prod),
        "checkout": await fires(
            site,
            "checkout",
            title="Checkout 5xx",
            labels={**prod, "team": "web", "service": "checkout"},
        ),
    }
    await site.world.does("ana", "ack", ids["disk"], surface="web")
    await site.world.does("ana", "tag", ids["load"], tags="vendor")
    await site.world.does("ana", "resolve", ids["old"], how="now")
    wrong = {}
    for query, expected in FILTERS.items():
        page = await ana.get(f"/?{query}")
        if page.status != 200 or sorted(page.rows()) != sorted(ids[name] for name in expected):
            wrong[query] = (page.status, page.rows())
    assert not wrong


GROUPS = {
    "severity": ["Critical 2", "Warning 1"],
    "team": ["Team db 2", "Team web 1"],
    "source": ["alertmanager 2", "nagios 1"],
    "env": ["prod 2", "No env 1"],
    "status": ["New 2", "In progress 1"],
    "person": ["Nobody has it 2", "Omar 1"],
    "tag": ["No tag 2", "#vendor 1"],
    "nonsense": ["No nonsense 3"],
    "who": ["Nobody has it 2", "Somebody has it 1"],
}


async def test_it_can_be_grouped_otherwise(site: Site, ana: Visitor) -> None:
    load = await fires(site, "load", severity="warning")
    await fires(site, "disk", labels={"env": "prod"})
    await fires(site, "checkout", labels={"team": "web", "env": "prod"}, source="nagios")
    await site.world.does("omar", "ack", load)
    await site.world.does("omar", "tag", load, tags="vendor")
    assert {group: (await ana.get(f"/?group={group}")).headings() for group in GROUPS} == GROUPS


async def test_a_filter_that_is_none_says_what_it_may_be(ana: Visitor) -> None:
    say = "severity=loud: loud is not a severity: critical, error, warning, info."
    for query in ("severity=loud", "filter=severity%3Dloud"):
        page = await ana.get(f"/?{query}")
        assert page.status == 422
        assert say in page.words
        assert "0 open without the filter. Clear" in page.words
    assert 'value="severity=loud"' in page.text


async def test_a_slip_of_the_pen_is_pointed_out(site: Site, ana: Visitor) -> None:
    await fires(site, "disk")
    page = await ana.get("/?filter=sevrity%3Dcritical")
    assert "Nothing matches sevrity=critical." in page.words
    assert "Did you mean severity?" in page.words


async def test_what_stands_in_the_box_is_the_whole_list(site: Site, ana: Visitor) -> None:
    """Typed again, it leads to the same address."""
    for query in (
        "severity=critical%2Cerror&team=db&group=service",
        "q=disk+full&who=nobody",
        "who=me&status=resolved&sort=oldest",
        "label=env%3Dprod%2Chost%3Ddb-3&tag=vendor&filter=host%21%3Ddb-2+since%3D2h",
        "label=label.severity%3Dpage",
        "service=a%2Cb&filter=title%3D%22a+b%22",
    ):
        page = await ana.get(f"/?{query}")
        typed = unescape(page.text.split('name="text"')[1].split('value="')[1].split('"')[0])
        again = (await ana.types(typed)).location
        assert sorted(again.removeprefix("/?").split("&")) == sorted(query.split("&"))


async def test_a_filter_outside_of_the_menus_is_taken_away_by_itself(
    site: Site, ana: Visitor
) -> None:
    await fires(site, "disk", labels={"host": "db-3"})
    page = await ana.get("/?severity=critical&filter=host%21%3Ddb-2+since%3D2h")
    assert "host!=db-2 ×" in page.words
    assert "since 2h ×" in page.words
    assert 'href="/?severity=critical&amp;filter=since%3D2h"' in page.text


# views


async def test_saved_views_stand_in_the_rail_with_what_is_open(site: Site, ana: Visitor) -> None:
    await fires(site, "disk", labels={"env": "prod"})
    await fires(site, "load", severity="warning", labels={"env": "prod"})
    saved = await ana.does(
        "view-save", name="Prod, critical", filter="critical env=prod", share="team"
    )
    assert saved.status == 303 or "Saved: Prod, critical" in saved.words
    page = await ana.get("/")
    assert "Prod, critical 1" in page.words
    url = "/?severity=critical&amp;label=env%3Dprod"
    assert f'<a href="{url}"><bdi>Prod, critical' in page.text
    here = await ana.get("/?label=env%3Dprod&severity=critical")
    assert f'<a href="{url}" aria-current="page"><bdi>Prod, critical' in here.text
    assert "View: Prod, critical" in here.words
    assert "Save view" not in here.words
    await fires(site, "more", labels={"env": "prod"})
    omar = await site.visitor("omar")
    assert "Prod, critical 2" in (await omar.get("/")).words
    await ana.does("view-remove", name="Prod, critical")
    assert "Prod, critical" not in (await omar.get("/")).words


async def test_a_list_is_saved_as_it_is_seen(site: Site, ana: Visitor) -> None:
    page = await ana.get("/?severity=critical&filter=since%3D2h&group=env")
    link = unescape(page.text.split('id="save-view" href="')[1].split('"')[0])
    form = await ana.get(link)
    assert "Save view" in form.words
    assert 'name="filter" value="critical since=2h group=env"' in form.text


async def test_now_begins_with_the_view_somebody_chose(site: Site, ana: Visitor) -> None:
    critical = await fires(site, "disk")
    warning = await fires(site, "load", severity="warning")
    await ana.does("view-save", name="urgent", filter="critical")
    await ana.does("view-first", name="urgent")
    begun = await ana.get("/")
    assert (begun.status, begun.location) == (303, "/?severity=critical")
    page = await ana.get(begun.location)
    assert page.rows() == [critical]
    assert 'href="/?status=open">Clear' in page.text
    assert "Begin Now with everything again" in page.words
    assert sorted((await ana.get("/?status=open")).rows()) == sorted([critical, warning])
    omar = await site.visitor("omar")
    assert (await omar.get("/")).status == 200
    await ana.does("view-first", name="everything")
    assert (await ana.get("/")).status == 200


async def test_a_view_that_counts_by_time_counts_again(site: Site, ana: Visitor) -> None:
    await ana.does("view-save", name="late", filter="opened>1h")
    await fires(site, "disk")
    assert "late 0" in (await ana.get("/")).words
    await site.world.advance(minutes=61)
    assert "late 1" in (await ana.get("/")).words


async def test_fifty_rows_make_a_page(site: Site, ana: Visitor) -> None:
    ids = [(await site.world.fires(f"k{n}", labels={"alertname": f"a{n}"})) for n in range(53)]
    first = await ana.get("/")
    assert len(first.rows()) == 50
    assert first.headings() == ["Nobody has it 53"]
    assert "1–50 of 53" in first.words
    assert 'href="/?page=2"' in first.text
    second = await ana.get("/?page=2")
    assert sorted([*first.rows(), *second.rows()]) == sorted(ids)
    assert "51–53 of 53" in second.words
    assert "page=3" not in second.text
    beyond = await ana.get("/?page=9")
    assert beyond.rows() == []
    assert "This page is empty now" in beyond.words


async def test_what_is_over_is_read_page_by_page(site: Site, ana: Visitor) -> None:
    for n in range(52):
        await site.world.fires(f"k{n}", labels={"alertname": f"a{n}"})
        await site.world.clears(f"k{n}", labels={"alertname": f"a{n}"})
    first = await ana.get("/?status=resolved")
    following = first.text.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = await ana.get(following)
    assert (len(first.rows()), len(second.rows())) == (50, 2)
    assert not set(first.rows()) & set(second.rows())
    assert "By itself" not in second.words
    assert "by itself" in second.words


async def test_the_rail_keeps_the_views_everybody_needs(site: Site, ana: Visitor) -> None:
    await site.world.does("ana", "ack", await fires(site, "disk"), surface="web")
    await fires(site, "checkout", labels={"team": "web"})
    page = await ana.get("/")
    for words in ("Now 2", "Mine 1", "Nobody has it 1", "Team db 1", "Team web 1"):
        assert words in page.words
    mine = await ana.get("/?who=me")
    assert '<a href="/?who=me" aria-current="page">' in mine.text


async def test_a_row_says_who_is_paged_and_who_is_next(site: Site, ana: Visitor) -> None:
    await site.world.fires()
    page = await ana.get("/", Cookie="pv-zone=Europe%2FBerlin")
    assert "Disk 94 % full on db-3 #1 · postgres-main · team db · 1 alert" in page.words
    assert "Nobody paging Ana Omar 03:14, in 5 min" in page.words
    assert "03:14 pages Omar #1 step 2" in page.words


async def test_after_the_last_step_it_says_that_nobody_is_left(site: Site, ana: Visitor) -> None:
    last = "steps: [{targets: [oncall], delay: 5}]"
    await site.world.does("ana", "edit", kind="policy", name="short", text=last)
    await site.world.does(
        "ana", "edit", kind="route", name="one", text="{match: {env: x}, team: db, policy: short}"
    )
    incident = await fires(site, "disk", severity="critical", labels={"env": "x"})
    page = await ana.get("/")
    assert "nobody after that" in page.words
    assert f"nobody to page for #{incident}" in page.words


async def test_times_are_in_the_browsers_zone_where_it_told_one(site: Site, ana: Visitor) -> None:
    await site.world.fires()
    ana.session.cookie_jar.update_cookies({"pv-zone": "Asia%2FKathmandu"})
    assert "Omar 07:59" in (await ana.get("/")).words
    ana.session.cookie_jar.update_cookies({"pv-zone": "Not/AZone"})
    assert "Omar 03:14" in (await ana.get("/")).words


# nothing there


async def test_the_first_start_shows_the_command_that_makes_the_first_card(
    site: Site, ana: Visitor
) -> None:
    site.world.app.first_alert = "curl -X POST 'http://x/in/alertmanager/T' -d '{\"a\": 1}'"
    page = await ana.get("/")
    assert "Nothing has come in yet" in page.words
    assert "curl -X POST 'http://x/in/alertmanager/T' -d '{\"a\": 1}'" in page.words
    omar = await (await site.visitor("omar")).get("/")
    assert "curl" not in omar.words
    assert "token create" in omar.words
    await site.world.fires()
    assert "curl" not in (await ana.get("/")).words


async def test_a_quiet_night_proves_that_it_is_listening(site: Site, ana: Visitor) -> None:
    incident = await site.world.fires()
    await site.world.does("omar", "resolve", incident, how="now")
    silent = await ana.get("/")
    assert "No monitor has spoken since PixelView started." in silent.words
    site.world.app.hooks.heard["alertmanager"] = START - 4_000
    page = await ana.get("/")
    assert "Nothing is open. Last: #1 Disk 94 % full on db-3, solved 0 s ago by Omar." in page.words
    assert "Ana Petrova is on call for team db." in page.words
    assert "Last word from a monitor: alertmanager, 4 s ago." in page.words


async def test_a_filter_without_hits_says_how_many_are_there_without_it(
    site: Site, ana: Visitor
) -> None:
    await site.world.fires()
    page = await ana.get("/?team=web&severity=critical")
    assert "Nothing matches critical, team=web." in page.words
    assert "1 open without the filter." in page.words


async def test_a_change_is_seen_at_once_whoever_made_it(site: Site, ana: Visitor) -> None:
    incident = await site.world.fires()
    assert (await ana.get("/")).headings() == ["Nobody has it 1"]
    await site.world.does("omar", "ack", incident, surface="slack")
    assert (await ana.get("/")).headings() == ["Somebody has it 1"]
    await site.world.fires("k2", labels={"alertname": "other"})
    assert len((await ana.get("/")).rows()) == 2


async def test_a_list_is_read_once_until_something_changes(site: Site, ana: Visitor) -> None:
    await site.world.fires()
    asked: list[str] = []
    ask = site.world.door.ask

    async def counting(name: str, args: Mapping[str, Any], actor: Actor) -> Any:
        asked.append(name)
        return await ask(name, args, actor)

    site.world.door.ask = counting  # type: ignore[method-assign]
    for _ in range(6):
        await ana.get("/")
    # Once, and once more when the news of the change itself arrives.
    assert 1 <= asked.count("list") <= 2
    assert 1 <= asked.count("views") <= 2


async def test_of_very_many_the_newest_and_every_critical_are_read(
    site: Site, ana: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.web import listing

    monkeypatch.setattr(listing, "MOST", 3)
    urgent = [await fires(site, f"c{n}", severity="critical") for n in range(2)]
    calm = [await fires(site, f"w{n}", severity="warning") for n in range(5)]
    page = await ana.get("/")
    assert page.rows() == [*reversed(urgent), *reversed(calm[-3:])]
    assert "Now 5+" in page.words
    assert "Nobody has it 5+" in page.words
    assert (await ana.get("/?severity=warning")).rows() == list(reversed(calm[-3:]))
