"""Why me, and why not him: each page with its rule and its fate, each step that asked others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cards.model import Private
from commands.errors import Invalid
from integrations.base import Permanent
from tests.support.world import World, words

YAML = """
people:
  ana: {name: Ana Petrova, email: ana@example.eu, zone: Europe/Berlin, roles: [admin], slack: U0ANA,
        rules: [{after: 0, via: slack}, {after: 2, via: email}]}
  bob: {name: Bob Stone, email: bob@example.eu, zone: Europe/Berlin, slack: U0BOB}
  omar: {name: Omar Haddad, email: omar@example.eu, zone: Europe/Berlin}
  mei: {name: Mei Lin, zone: UTC}
teams:
  db: {members: [ana, bob], oncall: "schedule:db-primary", lead: omar}
schedules:
  db-primary:
    zone: Europe/Berlin
    layers:
      - {name: days, start: 2026-11-16T08:00, rotation: {kind: weekly, people: [ana, bob]}}
    overrides:
      - {kind: replace, remove: ana, add: ana, start: 2026-01-01T00:00, end: 2026-01-02T00:00}
routes:
  - {name: db, team: db, policy: db, channels: ["slack:#ops"]}
policies:
  db:
    steps:
      - {targets: [oncall], delay: 5}
      - {targets: ["person:mei", lead], delay: 5, severity: [critical]}
      - {targets: [team], delay: 5}
"""


@pytest.fixture
async def world(url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Three steps, of which the third has everybody."""
    made = await World.build(url, tmp_path, YAML)
    yield made
    await made.end()


BY_DAYS = "on call for team db in schedule db-primary by layer days; step 1 of db"
ANA_WAS = "(Ana Petrova was, layer days until Mon 23 Nov 08:00 CET)"
STEP_3 = "{} is in step 3, which comes at 03:19 CET, unless somebody answers before."
NOTHING = "remove: ana, add: ana, start: 2026-01-01T00:00, end: 2026-01-02T00:00"
SWAPPED = "remove: ana, add: bob, start: 2026-11-20T00:00, end: 2026-11-23T07:59"


async def why(world: World, incident: int, who: str, reader: str = "ana") -> list[str]:
    """What ``why`` says of a person."""
    found: list[str] = await world.asks(reader, "why", incident=incident, who=who)
    return found


async def test_each_page_says_its_reason_its_rule_and_what_became_of_it(world: World) -> None:
    world.pad.refuse["page"] = Permanent("channel_not_found")
    number = await world.fires()
    assert await why(world, number, "ana") == [
        f"03:09 CET Slack: {BY_DAYS}. Refused: channel_not_found.",
        f"03:09 CET e-mail: {BY_DAYS}. Sent.",
        STEP_3.format("Ana"),
    ]


async def test_who_was_not_asked_reads_who_was_and_where_they_are_still_in(world: World) -> None:
    number = await world.fires()
    assert await why(world, number, "@bob") == [
        "Bob Stone was not paged.",
        f"03:09 CET Step 1 did not ask Bob: not on call for db-primary then {ANA_WAS}.",
        STEP_3.format("Bob"),
    ]


async def test_a_step_for_another_severity_says_so_and_an_ack_ends_what_was_to_come(
    world: World,
) -> None:
    number = await world.fires(severity="error")
    await world.advance(minutes=6)
    said = await why(world, number, "omar")
    assert "03:14 CET Step 2 of db skipped. It is not for error." in said
    number = await world.fires("k2", labels={"service": "other"})
    await world.does("ana", "ack", number)
    assert (await why(world, number, "bob"))[-1] == (
        "Bob is in step 3, which does not come: Ana Petrova has it."
    )


async def test_whom_nothing_reaches_is_told_so(world: World) -> None:
    number = await world.fires()
    await world.advance(minutes=6)
    said = await why(world, number, "mei")
    assert said[0] == "Mei Lin was not paged."
    assert any("Mei Lin can't be paged. No contact of theirs is known." in line for line in said)


async def test_an_override_that_took_them_off_is_the_reason(url: str, tmp_path: Path) -> None:
    swapped = YAML.replace(NOTHING, SWAPPED)
    world = await World.build(url, tmp_path, swapped)
    number = await world.fires()
    said = await why(world, number, "ana")
    assert said[1] == (
        "03:09 CET Step 1 did not ask Ana: on call by layer days, "
        "but an override puts Bob Stone in their place."
    )
    await world.end()


async def test_the_button_under_a_page_answers_about_whoever_presses_it(world: World) -> None:
    await world.fires()
    ((_, note), *_) = world.pad.pages
    (press, *_) = [p for p in note.actions if p.label == "Why me?"]
    answer = await world.press("U0BOB", press.token)
    assert isinstance(answer, Private) and answer.note is not None
    assert words(answer.note).startswith("Bob Stone was not paged.")


async def test_who_is_unknown_is_named(world: World) -> None:
    number = await world.fires()
    with pytest.raises(Invalid, match="zoe"):
        await why(world, number, "zoe")


async def test_as_it_was_defined_then(world: World) -> None:
    number = await world.fires()
    before = await why(world, number, "bob")
    known = world.door.definitions()
    assert known.schedules["db-primary"].layers[0].name == "days"
    await world.advance(minutes=1)
    assert (await why(world, number, "bob"))[:2] == before[:2]


async def test_a_policy_that_handed_over_explains_its_own_steps(url: str, tmp_path: Path) -> None:
    handing = YAML.replace(
        "      - {targets: [team], delay: 5}\n",
        '      - {targets: ["policy:more"], delay: 5}\n  more:\n'
        '    steps:\n      - {targets: ["person:omar"], delay: 5}\n',
    )
    world = await World.build(url, tmp_path, handing)
    number = await world.fires()
    await world.advance(minutes=12)
    said = await why(world, number, "bob")
    assert any("not on call for db-primary then" in line for line in said)
    assert any(line.endswith("Step 1 did not ask Bob: it names Omar Haddad.") for line in said)
    await world.end()
