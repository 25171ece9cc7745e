"""``who`` and ``shifts``: then and now, on the reader's clock and the schedule's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from commands.errors import CommandError, Invalid, NotFound
from commands.typed import read_line
from store import definitions
from store.model import DAY, HOUR, Definitions
from tests.support.engines import migrated_url
from tests.support.world import World

YAML = """
people:
  ana: {name: Ana Petrova, email: ana@example.eu, zone: Europe/Berlin, roles: [admin], slack: U0ANA}
  omar: {name: Omar Haddad, email: omar@example.eu, zone: Asia/Dubai, slack: U0OMAR}
  mei: {name: Mei Lin}
teams:
  db: {members: [ana, omar], oncall: "schedule:primary", lead: omar}
  web: {members: [mei], oncall: mei}
  edge: {members: [mei], oncall: "schedule:hours", lead: omar}
schedules:
  primary:
    zone: Europe/Berlin
    layers:
      - {name: days, start: 2026-11-16T08:00, rotation: {kind: weekly, people: [ana, omar]}}
    overrides:
      - {kind: replace, remove: omar, add: mei, start: 2026-11-28T08:00, end: 2026-11-28T20:00}
  hours:
    zone: Asia/Dubai
    layers:
      - name: office
        people: [mei]
        restrictions: [{days: [mon, tue, wed, thu, fri], start: "09:00", end: "17:00"}]
  spare:
    zone: UTC
    layers: [{people: [omar]}]
"""

MONDAY = "Mon 23 Nov 08:00 CET"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[World]:
    """It is Sunday the 22nd of November 2026, 03:09 in Berlin, 06:09 in Dubai."""
    made = await World.build(migrated_url("sqlite", tmp_path), tmp_path, YAML)
    yield made
    await made.end()


async def test_a_team_s_duty_is_said_with_its_end_its_reason_and_who_comes_next(
    house: World,
) -> None:
    assert await house.asks("ana", "who", what="db") == [
        "On call for team db now",
        f"1 Ana Petrova until {MONDAY} · by Slack, e-mail · schedule primary, layer days",
        "2 Omar Haddad, lead · 06:09 for Omar",
        "3 team db, 2 people",
    ]


async def test_both_clocks_are_said_where_they_differ(house: World) -> None:
    found = await house.asks("omar", "who", what="team:db")
    assert found[1].startswith("1 Ana Petrova until Mon 23 Nov 11:00 +04 (08:00 CET there) · 03:09")


async def test_every_team_and_every_schedule_that_no_team_has_is_one_line(house: World) -> None:
    assert await house.asks("ana", "who") == [
        "On call now",
        "team db: Ana Petrova until Mon 23 Nov 08:00 CET · schedule primary, layer days",
        "team edge: nobody (gap until Mon 23 Nov 06:00 CET (09:00 +04 there))",
        "team web: Mei Lin",
        "schedule spare: Omar Haddad · schedule spare, layer 1",
    ]


async def test_a_gap_is_said_with_its_end_and_who_is_left(house: World) -> None:
    first = (await house.asks("ana", "who", what="edge"))[0]
    gap = "Nobody is on call for team edge now (gap until Mon 23 Nov 06:00 CET (09:00 +04 there))"
    assert first == f"{gap}. Its lead: Omar Haddad."
    assert await house.asks("ana", "who", what="schedule:hours") == [
        gap.replace("for team edge", "in schedule hours") + "."
    ]


async def test_what_is_to_come_follows_overrides_and_says_who_was_taken_off(house: World) -> None:
    found = await house.asks("ana", "who", what="primary", when="sat 10:00")
    why = "schedule primary, an override puts them in Omar Haddad's place (layer days)"
    assert found == [
        "On call in schedule primary at Sat 28 Nov 10:00 CET",
        f"1 Mei Lin until Sat 28 Nov 20:00 CET · 09:00 for Mei · no contact known · {why}",
        "Not Omar Haddad: on call by layer days, but an override puts Mei Lin in their place.",
    ]


async def test_a_person_s_duties_are_listed(house: World) -> None:
    assert await house.asks("ana", "who", what="me") == [
        "Ana Petrova is on call now",
        "team db until Mon 23 Nov 08:00 CET · schedule primary, layer days",
    ]
    assert await house.asks("ana", "who", what="ana", when="tue 9") == [
        "Ana Petrova is not on call at Tue 24 Nov 09:00 CET. Next: shifts ana"
    ]


async def change(house: World, new: Definitions) -> None:
    """Put other definitions in force."""
    await house.door.system(lambda ctx: definitions.apply(ctx.tx, ctx.now, "ana", new))
    await house.door.reload()


async def test_the_past_is_read_as_it_was_defined_then(house: World) -> None:
    house.clock.at += HOUR
    known = house.door.definitions()
    teams = {**known.teams, "db": replace(known.teams["db"], oncall="mei")}
    await change(house, replace(known, teams=teams))
    assert (await house.asks("ana", "who", what="db"))[1].startswith("1 Mei Lin ·")
    before = await house.asks("ana", "who", what="db", when="30 min ago")
    assert before[0] == "On call for team db at 03:39 CET"
    assert before[1].startswith("1 Ana Petrova until Mon 23 Nov 08:00 CET")
    with pytest.raises(NotFound, match="Nothing was defined yet at Sun 8 Nov"):
        await house.asks("ana", "who", what="db", when="2 weeks ago")


async def test_the_next_four_shifts_stand_on_both_clocks(house: World) -> None:
    head, *found = await house.asks("omar", "shifts")
    assert head == "Shifts of Omar Haddad"
    assert found[0] == "with no end in sight · schedule spare"
    at = "Mon 23 Nov 11:00 +04 (08:00 CET there) to Sat 28 Nov 11:00 +04 (08:00 CET there)"
    assert found[1] == f"{at} · 5 d · schedule primary"
    at = "Sat 28 Nov 23:00 +04 (20:00 CET there) to Mon 30 Nov 11:00 +04 (08:00 CET there)"
    assert found[2] == f"{at} · 36 h · schedule primary"
    at = "Mon 7 Dec 11:00 +04 (08:00 CET there) to Mon 14 Dec 11:00 +04 (08:00 CET there)"
    assert found[3:] == [f"{at} · 7 d · schedule primary"]


async def test_shifts_of_a_team_name_everybody_in_turn(house: World) -> None:
    found = await house.asks("ana", "shifts", who="db", when="fri 12:00")
    assert [line.rsplit(" · ", 1)[-1] for line in found] == [
        "Shifts in primary",
        "Omar Haddad",
        "Mei Lin",
        "Omar Haddad",
        "Ana Petrova",
    ]
    assert found[1].startswith("until Sat 28 Nov 08:00 CET")
    web = await house.asks("ana", "shifts", who="team:web")
    assert web == ["Team web has no schedule; Mei Lin is on call at all times."]
    mei = await house.asks("ana", "shifts", who="mei")
    assert mei[:2] == ["Shifts of Mei Lin", "On call at all times for team web."]


async def test_past_shifts_are_those_of_each_version_in_turn(house: World) -> None:
    start = house.clock.at
    house.clock.at += 10 * DAY  # Wednesday, 2 December
    known = house.door.definitions()
    schedule = known.schedules["primary"]
    layer = replace(schedule.layers[0], rotation=None, people=("mei",))
    other = {**known.schedules, "primary": replace(schedule, layers=(layer,), overrides=())}
    await change(house, replace(known, schedules=other))
    house.clock.at += 2 * DAY
    found = await house.asks("ana", "shifts", who="primary", when="30 nov")
    assert [line.rsplit(" · ", 1)[-1] for line in found[1:]] == ["Ana Petrova", "Mei Lin"]
    assert found[1].startswith("until Wed 2 Dec 03:09 CET")
    assert start < house.clock.at


@pytest.mark.parametrize(
    ("args", "where"),
    [({"what": "nosuch"}, "what"), ({"when": "soon"}, "when"), ({"what": "team:ana"}, "what")],
)
async def test_what_is_not_there_is_named_with_what_is(
    house: World, args: dict[str, str], where: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await house.asks("ana", "who", **args)
    assert refused.value.where == where


@pytest.mark.parametrize(
    ("line", "args"),
    [
        ("who", {}),
        ("who db", {"what": "db"}),
        ("who team db", {"what": "team:db"}),
        ("who schedule primary sat 20:00", {"what": "schedule:primary", "when": "sat 20:00"}),
        ("who db tomorrow 9am", {"what": "db", "when": "tomorrow 9am"}),
        ("who tomorrow 9am", {"when": "tomorrow 9am"}),
        ("who 2h ago", {"when": "2h ago"}),
        ("who db yesterday 09:00", {"what": "db", "when": "yesterday 09:00"}),
        ("who 24 dec 20:00", {"when": "24 dec 20:00"}),
        ("who db Sat 24 Dec 2026 20:00", {"what": "db", "when": "Sat 24 Dec 2026 20:00"}),
        ("who <@U0OMAR>", {"what": "omar"}),
        ("shifts", {}),
        ("shifts @omar", {"who": "omar"}),
        ("shifts Omar Haddad 30 nov", {"who": "omar", "when": "30 nov"}),
    ],
)
async def test_words_find_their_place_in_any_line(
    house: World, line: str, args: dict[str, str]
) -> None:
    verb, found = read_line(line, house.door.definitions())
    assert (verb.name, found) == (line.partition(" ")[0], args)


async def test_a_token_has_no_shifts_of_its_own(house: World) -> None:
    actor = replace(house.actor("ana"), kind="token", id="ci", name="ci")
    with pytest.raises(CommandError, match="Whose shifts"):
        await house.door.ask("shifts", {}, actor)


async def test_shifts_within_so_many_days(house: World) -> None:
    found = await house.asks("ana", "shifts", who="db", days="7")
    assert [line.rsplit(" · ", 1)[-1] for line in found[1:]] == [
        "Ana Petrova",
        "Omar Haddad",
        "Mei Lin",
        "Omar Haddad",
    ]
    with pytest.raises(Invalid, match="soon is not a number of days"):
        await house.asks("ana", "shifts", who="db", days="soon")
