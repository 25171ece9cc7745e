"""On call in the console: schedules over weeks, holes, and the pages that change definitions."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.engines import migrated_url
from tests.web.site import Site, Visitor

YAML = """
people:
  ana: {name: Ana Petrova, email: ana@example.eu, zone: Europe/Berlin, roles: [admin], slack: U0ANA}
  omar: {name: Omar Haddad, email: omar@example.eu, zone: Asia/Dubai, slack: U0OMAR}
  mei: {name: Mei Lin, email: mei@example.eu, zone: UTC, roles: [viewer]}
teams:
  db: {members: [ana, omar], oncall: schedule:db-primary, lead: omar}
  web: {members: [mei], oncall: schedule:edge}
schedules:
  db-primary:
    zone: Europe/Berlin
    layers:
      - name: days
        start: 2026-01-05T08:00
        rotation: {kind: weekly, people: [ana, omar]}
      - name: nights
        priority: 2
        start: 2026-01-05T20:00
        rotation: {kind: daily, people: [omar, ana]}
        restrictions: [{start: "20:00", end: "08:00"}]
    overrides:
      - {kind: replace, remove: omar, add: mei, start: 2026-11-25T08:00, end: 2026-11-26T08:00}
  edge:
    zone: Europe/Berlin
    layers:
      - name: weekdays
        people: [mei]
        restrictions: [{days: [mon, tue, wed, thu, fri], start: "00:00", end: "00:00"}]
routes:
  - {name: db, match: {team: db}, team: db, policy: db}
  - {name: web, match: {team: web}, team: web, policy: edge}
  - {name: rest, team: db, policy: db}
policies:
  db: {steps: [{targets: [oncall]}, {targets: [lead]}]}
  edge: {steps: [{targets: [oncall]}]}
"""


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A console over two schedules."""
    made = await Site.build(migrated_url("sqlite", tmp_path), tmp_path, YAML)
    yield made
    await made.end()


@pytest.fixture
async def ana(site: Site) -> Visitor:
    """An admin."""
    return await site.visitor("ana")


def said(text: str) -> list[str]:
    """What the bars of the drawn schedules say, in order."""
    return re.findall(r"<title>(.*?)</title><rect", text)


async def test_a_week_is_drawn_with_each_layer_and_who_is_asked(ana: Visitor) -> None:
    page = await ana.get("/oncall?week=2026-11-23")
    assert page.status == 200
    for words in ("db-primary", "days", "nights", "Who is asked", "Mon 23", "23–29 Nov 2026"):
        assert words in page.text
    bars = said(page.text)
    assert any(b.startswith("Ana Petrova, Mon 23 Nov 08:00 CET") for b in bars)
    assert any("Mei Lin" in b and b.endswith("by a change") for b in bars)


async def test_a_gap_is_drawn_and_listed_with_why(ana: Visitor) -> None:
    page = await ana.get("/oncall?team=web&week=2026-11-23")
    gaps = [b for b in said(page.text) if b.startswith("Nobody, ")]
    assert gaps == ["Nobody, Sat 28 Nov 00:00 CET to Mon 30 Nov 00:00 CET"]
    assert "db-primary" not in page.text
    assert "Where nobody would be asked" in page.words and "step 1 of edge" in page.words


async def test_the_weeks_beside_it_are_links_and_any_date_is_its_week(ana: Visitor) -> None:
    page = await ana.get("/oncall?week=2026-11-25")
    assert "/oncall?week=2026-11-16" in page.text and "/oncall?week=2026-11-30" in page.text
    far = await ana.get("/oncall?week=9999-12-31&weeks=77")
    assert far.status == 200
    odd = await ana.get("/oncall?week=yesterday&team=nobody")
    assert odd.status == 200 and "edge" in odd.text


async def test_a_deed_that_is_a_question_has_its_form_and_a_link_may_fill_it_in(
    site: Site, ana: Visitor
) -> None:
    form = await ana.get("/ask/simulate?form=1")
    assert {"severity", "service", "at"} <= set(re.findall(r'name="(\w+)"', form.text))
    told = await ana.get("/ask/simulate?severity=warning&service=db")
    assert "warning alert with service=db" in told.words


async def test_an_override_in_the_console_can_be_undone_there(ana: Visitor) -> None:
    form = await ana.get("/ask/override?what=db-primary&when=2026-11-27 21:30 to 2026-11-28 11:00")
    assert 'value="db-primary" checked' in form.text
    values = {**form.fields("/do/override"), "who": "omar", "what": "db-primary"}
    values["when"] = "2026-11-27 21:30 to 2026-11-28 11:00"
    done = await ana.post("/do/override", values)
    assert "Omar replaces" in done.words and 'action="/do/undo"' in done.text


async def test_a_definition_is_tried_saved_and_in_force(site: Site, ana: Visitor) -> None:
    page = await ana.get("/definitions/team/new")
    fields = page.fields("/definitions/team/new")
    text = "members: [mei]\noncall: mei\n"
    values = {**fields, "name": "ops", "text": text}
    tried = await ana.post("/definitions/team/new", {**values, "deed": "try"})
    assert tried.status == 200 and "It touches Mei Lin." in tried.words and text in tried.text
    assert "ops" not in site.world.door.definitions().teams
    saved = await ana.post("/definitions/team/new", {**values, "deed": "save"})
    assert (saved.status, saved.location) == (303, "/definitions")
    assert site.world.door.definitions().teams["ops"].oncall == "mei"
    again = await ana.get("/definitions/team/ops")
    assert "oncall: mei" in again.text and "Take it out" in again.words
    listed = await ana.get("/definitions")
    assert "ops" in listed.words and "in the file" in listed.words


async def test_a_mistake_keeps_the_words_and_names_the_line(site: Site, ana: Visitor) -> None:
    fields = (await ana.get("/definitions/team/new")).fields("/definitions/team/new")
    values = {**fields, "name": "ops", "text": "members: [zoe]", "deed": "save"}
    page = await ana.post("/definitions/team/new", values)
    assert page.status == 422
    assert "Line 1: members: zoe is not one of the people" in page.words
    assert "members: [zoe]" in page.text and "ops" not in site.world.door.definitions().teams


async def test_what_the_file_owns_says_so_and_has_no_form(ana: Visitor) -> None:
    page = await ana.get("/definitions/schedule/edge")
    assert "It comes from pixelview.yaml" in page.words and "<textarea" not in page.text
    assert "Used by team web" in page.words
    csrf = {"csrf": await ana.csrf()}
    sent = await ana.post(
        "/definitions/schedule/edge", {**csrf, "text": "zone: UTC", "deed": "save"}
    )
    assert sent.status == 409


async def test_who_may_not_write_looks_at_nothing_of_it(site: Site) -> None:
    mei = await site.visitor("mei")
    assert (await mei.get("/oncall")).status == 200
    assert (await mei.get("/definitions")).status == 403
    sent = await mei.post(
        "/definitions/team/new", {"csrf": await mei.csrf(), "name": "x", "text": "", "deed": "save"}
    )
    assert sent.status in {403, 422}
    assert "x" not in site.world.door.definitions().teams


async def test_a_question_that_needs_words_asks_for_them_first(ana: Visitor) -> None:
    page = await ana.get("/ask/edit?kind=team&name=ops")
    assert 'value="ops"' in page.text
    page = await ana.get("/ask/edit?kind=team&name=db")
    assert page.status == 409 and "Team db comes from the settings file" in page.words


async def test_who_carried_how_much_is_a_table(site: Site) -> None:
    site.world.clock.at += 8 * 86_400_000
    page = await (await site.visitor("ana")).get("/oncall")
    assert "Fairness" in page.words
    [row] = re.findall(r"Omar Haddad</bdi></th>.*?</tr>", page.text, re.DOTALL)
    assert len(re.findall(r"<span>(\d+)</span>", row)) == 4
