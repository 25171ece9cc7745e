"""``coverage``, ``balance`` and what ``who`` marks: as people read them, and as facts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from commands.balance import so_far
from commands.errors import Invalid
from commands.rules.oncall.balance import fewest_nights
from store import definitions
from store.definitions import AWAY
from store.model import DAY, HOUR, Definitions
from store.model.oncall import Away
from tests.support.engines import AGAIN, migrated_url
from tests.support.world import START, World

YAML = """
people:
  ana: {name: Ana Petrova, email: ana@example.eu, zone: Europe/Berlin, roles: [admin], slack: U0ANA}
  omar: {name: Omar Haddad, email: omar@example.eu, zone: Asia/Dubai, slack: U0OMAR}
  mei: {name: Mei Lin}
teams:
  db: {members: [ana, omar], oncall: "schedule:primary"}
  edge: {members: [mei], oncall: "schedule:hours", lead: omar}
routes:
  - {name: db, match: {team: db}, team: db, policy: db}
  - {name: rest, team: edge, policy: edge}
policies:
  db: {steps: [{targets: [oncall]}]}
  edge: {steps: [{targets: [oncall]}], fallback: [lead]}
schedules:
  primary:
    zone: Europe/Berlin
    layers:
      - {name: days, start: 2026-11-16T08:00, rotation: {kind: weekly, people: [ana, omar]}}
      - {name: party, nobody: the summer party, priority: 9, from: 2026-11-26T18:00,
         until: 2026-11-26T22:00}
      - name: holidays
        priority: 2
        start: 2026-01-01T00:00
        rotation: {kind: daily, people: [omar, ana]}
        holidays: {country: DE, region: BY}
        holiday_rule: only
  hours:
    zone: Europe/Berlin
    layers:
      - name: office
        people: [omar]
        restrictions: [{days: [mon, tue, wed, thu, fri], start: "09:00", end: "17:00"}]
      - {name: weekend, nobody: true, priority: 0, restrictions: [
         {days: [sat, sun], start: "00:00", end: "00:00"}]}
"""


@pytest.fixture(params=AGAIN)
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    """It is Sunday the 22nd of November 2026, 03:09 in Berlin."""
    made = await World.build(migrated_url(request.param, tmp_path), tmp_path, YAML)
    yield made
    await made.end()


async def off(house: World, handle: str, start: int, end: int, reason: str = "") -> None:
    """Time off, as it is entered."""
    row = definitions.row_of(Away(handle, start, end, reason, 7))

    def write(ctx: Any) -> None:
        ctx.define({(AWAY, "7"): row})

    await house.door.system(write)


async def test_covered_is_said_with_what_was_looked_at(house: World) -> None:
    found = await house.asks("ana", "coverage", what="edge", days=7)
    assert found.ok
    assert found.lines[0] == (
        "Covered: in the next 7 days somebody who can be reached is asked at every time. "
        "Looked at 1 policy and 1 schedule."
    )
    assert found.lines[1] == "Schedules that have nobody, while somebody else is asked:"
    assert found.lines[2] == (
        "Schedule hours: 2 times, 48 h in all, "
        "the first now to Mon 23 Nov 00:00 CET (20 h 51 min), "
        "the last Sat 28 Nov 00:00 CET to Sun 29 Nov 03:09 CET (27 h 09 min), "
        "by intention (weekend)."
    )
    assert found.lines[3].startswith("Schedule hours: 6 times, 3 d in all, the first Mon 23 Nov")


async def test_a_hole_is_said_with_when_and_why(house: World) -> None:
    await off(house, "ana", START + 2 * HOUR, START + 5 * HOUR, "skiing")
    found = await house.asks("ana", "coverage", what="policy:db", days=4)
    assert not found.ok
    looked = "Looked at 1 policy and 1 schedule."
    assert (
        found.lines[0]
        == f"Not covered: in the next 4 days nobody would be asked at one time. {looked}"
    )
    when = "Policy db for team db, every severity: 05:09 CET to 08:09 CET (3 h)."
    assert found.lines[1] == f"{when} Step 1 of db: Ana Petrova is away; db has no fallback."
    [hole] = found.facts["holes"]
    assert hole["start"] == "2026-11-22T04:09:00.000Z"
    assert hole["severities"] == ["critical", "error", "warning", "info"]
    assert hole["intended"] is None


async def test_what_is_free_by_intention_is_no_hole(house: World) -> None:
    found = await house.asks("ana", "coverage", what="db", days=7)
    assert found.ok
    when = "Thu 26 Nov 18:00 CET to Thu 26 Nov 22:00 CET (4 h)"
    line = f"Policy db for team db: {when} (primary: the summer party)."
    assert found.lines[1:] == ("Nobody, by intention:", line)
    [hole] = found.facts["holes"]
    assert hole["intended"] == "primary: the summer party"


async def test_a_policy_a_team_or_some_days_can_be_asked_for(house: World) -> None:
    everything = await house.asks("ana", "coverage")
    assert {p["policy"] for p in everything.facts["policies"]} == {"db", "edge"}
    assert (await house.asks("ana", "coverage", what="3")).facts["to"].startswith("2026-11-25")
    with pytest.raises(Invalid, match="There is no policy or team nobody"):
        await house.asks("ana", "coverage", what="nobody")
    with pytest.raises(Invalid, match="Between 1 and 400 days"):
        await house.asks("ana", "coverage", days=401)


# ---- who -----------------------------------------------------------------------------------------


async def test_who_says_that_nobody_is_on_call_by_intention(house: World) -> None:
    said = await house.asks("ana", "who", what="primary", when="thu 19:00")
    head = "Nobody is on call in schedule primary at Thu 26 Nov 19:00 CET"
    assert said == [f"{head}, by intention (the summer party) until Thu 26 Nov 22:00 CET."]
    lines = await house.asks("ana", "who", when="sat 12:00")
    assert lines[2] == "team edge: nobody, by intention (weekend) until Mon 30 Nov 09:00 CET"


async def test_who_says_who_is_away(house: World) -> None:
    await off(house, "ana", START - DAY, START + 5 * HOUR, "skiing")
    said = await house.asks("ana", "who", what="db")
    assert "1 Ana Petrova until Mon 23 Nov 08:00 CET · ⚠️ away until 08:09 CET (skiing)" in said[1]
    assert "away until" in (await house.asks("ana", "who"))[1]
    assert (await house.asks("ana", "who", what="ana"))[-1] == "⚠️ away until 08:09 CET (skiing)"
    shifts = await house.asks("ana", "shifts", who="ana")
    assert shifts[1].endswith("· schedule primary · ⚠️ Ana Petrova is away then")
    assert "⚠️" not in shifts[2]


async def test_public_holidays_have_a_rotation_of_their_own(house: World) -> None:
    christmas = await house.asks("ana", "who", what="primary", when="2026-12-25 12:00")
    assert "Omar Haddad until" in christmas[1] and "layer holidays" in christmas[1]
    later = await house.asks("ana", "who", what="primary", when="2029-01-06 12:00")
    assert "layer holidays" in later[1]  # no year was frozen into the version


# ---- balance -------------------------------------------------------------------------------------


async def test_balance_counts_what_was_and_names_who_had_least(house: World) -> None:
    house.clock.at += 15 * DAY  # until Monday the 7th of December, 03:09
    found = await house.asks("ana", "balance", what="db", days=30)
    assert found.lines == (
        "Balance of team db, the last 30 days (Sat 7 Nov to Mon 7 Dec)",
        "Ana Petrova: 2 shifts, 192 h · 9 nights · 2 weekends · 0 pages",
        "Omar Haddad: 2 shifts, 164 h · 7 nights · 1 weekend · 0 pages",  # the party lies between
        "Fewest nights so far: Omar Haddad.",
    )
    people = {each["person"]: each for each in found.facts["people"]}
    assert (people["omar"]["hours"], people["omar"]["nights"]) == (164, 7)


async def test_pages_come_from_the_record(house: World) -> None:
    await house.fires(labels={"team": "db"})
    house.clock.at += HOUR
    found = await house.asks("ana", "balance", what="db", days=7)
    [ana] = [each for each in found.facts["people"] if each["person"] == "ana"]
    assert (ana["pages"], ana["night_pages"]) == (1, 1)
    assert any("1 page, 1 at night" in line for line in found.lines)
    other = await house.asks("ana", "balance", what="edge", days=7)
    assert all(each["pages"] == 0 for each in other.facts["people"])


async def test_the_past_is_counted_as_it_was(house: World) -> None:
    house.clock.at += 2 * DAY
    gone = house.app.settings.definitions()
    new = Definitions(0, gone.people, gone.teams, gone.routes, gone.policies, {})
    await house.door.system(lambda ctx: definitions.apply(ctx.tx, ctx.now, "ana", new))
    await house.door.reload()
    house.clock.at += 2 * DAY
    found = await house.asks("ana", "balance")
    people = {each["person"]: each["hours"] for each in found.facts["people"]}
    assert people == {"ana": 29, "omar": 19}
    assert "primary" in found.facts["schedules"]


async def test_a_cover_card_can_ask_who_had_the_fewest_nights(house: World) -> None:
    house.clock.at += 15 * DAY
    known, now = house.door.definitions(), house.clock.at
    found = await house.door.reader.read(lambda tx: so_far(tx, now, known, "primary"))
    assert fewest_nights(found, ["ana", "omar"]) == "omar"


async def test_balance_of_one_person_and_of_too_many_days(house: World) -> None:
    house.clock.at += DAY
    found = await house.asks("ana", "balance", what="ana", days=7)
    assert [each["person"] for each in found.facts["people"]] == ["ana"]
    with pytest.raises(Invalid, match="Between 1 and 731 days"):
        await house.asks("ana", "balance", days=0)
