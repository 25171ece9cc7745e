"""Definitions are immutable versions; what was in force then can be read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from store import definitions
from store.model import Definitions, Person, Policy, Route, Rule, Step, Team
from store.model.oncall import (
    Away,
    Layer,
    Override,
    OverrideKind,
    RotaChange,
    Rotation,
    RotationKind,
    Schedule,
    Window,
)
from store.tables import CONFIG_VERSIONS, DEFINITIONS
from tests.store.conftest import NOW, Base

ANA = Person(
    "ana", "Ana Petrova", "Europe/Berlin", "ana@example.eu", ("admin",), {"slack": "U0ANA"},
    (Rule(0, "slack"), Rule(5, "email")), (Rule(0, "email"),),
)  # fmt: skip
OMAR = Person("omar", "Omar Haddad")
FULL = Definitions(
    0,
    {"ana": ANA, "omar": OMAR},
    {"db": Team("db", ("ana", "omar"), "ana", "omar")},
    (
        Route("second", {"team": ("db", "d*")}, "db", "p", ("slack:#ops",), ("route", "host")),
        Route("first"),
    ),
    {"p": Policy("p", (Step(("oncall",), 5, True, ("critical",)),), 2, ("team",))},
    {
        "primary": Schedule(
            "primary",
            "Europe/Berlin",
            (
                Layer(
                    "days",
                    "Europe/Berlin",
                    rotation=Rotation(RotationKind.WEEKLY, 1, 0, (("ana",), ("omar",))),
                    windows=(Window(480, 1200, (0, 1)),),
                    holidays=frozenset(date(2026, 12, day) for day in range(1, 30)),
                ),
            ),
            (Override(OverrideKind.REPLACE, 60_000, 120_000, "omar", "ana"),),
        )
    },
)


async def apply(base: Base, new: Definitions) -> int | None:
    """Put definitions in force."""
    return await base.do(lambda tx: definitions.apply(tx, NOW, "ana", new))


async def test_an_empty_database_has_none(base: Base) -> None:
    assert await base.read(definitions.newest) is None
    assert (await base.read(definitions.load)).people == {}


async def test_everything_comes_back_as_it_was_and_in_order(base: Base) -> None:
    assert await apply(base, FULL) == 1
    assert await base.read(definitions.load) == replace(FULL, version_id=1)


async def test_what_is_the_same_makes_no_version(base: Base) -> None:
    await apply(base, FULL)
    assert await apply(base, FULL) is None
    assert await base.read(definitions.newest) == 1


async def test_an_older_version_is_read_as_it_was(base: Base) -> None:
    await apply(base, FULL)
    changed = replace(FULL, people={"ana": replace(ANA, name="Ana Costa")}, teams={})
    assert await apply(base, changed) == 2
    assert await apply(base, FULL) == 3
    assert await base.read(lambda tx: definitions.load(tx, 1)) == replace(FULL, version_id=1)
    assert await base.read(lambda tx: definitions.load(tx, 2)) == replace(changed, version_id=2)
    assert await base.read(lambda tx: definitions.load(tx, 3)) == replace(FULL, version_id=3)


async def test_only_what_differs_is_written_and_the_version_says_what(base: Base) -> None:
    await apply(base, FULL)
    count = select(DEFINITIONS.c.id)
    before = len(await base.read(lambda tx: tx.conn.execute(count).all()))
    await apply(
        base, replace(FULL, people={**FULL.people, "omar": replace(OMAR, zone="Asia/Dubai")})
    )
    assert len(await base.read(lambda tx: tx.conn.execute(count).all())) == before + 1
    row = await base.read(
        lambda tx: tx.conn.execute(select(CONFIG_VERSIONS).where(CONFIG_VERSIONS.c.id == 2)).one()
    )
    assert row.author == "ana"
    assert base.ring.open("config_versions", 2, row.sealed) == {"diff": ["person omar: changed"]}


async def test_the_order_of_routes_is_part_of_them(base: Base) -> None:
    await apply(base, FULL)
    turned = replace(FULL, routes=tuple(reversed(FULL.routes)))
    assert await apply(base, turned) == 2
    assert [r.name for r in (await base.read(definitions.load)).routes] == ["first", "second"]


async def test_people_are_sealed(base: Base) -> None:
    await apply(base, FULL)
    rows = await base.read(lambda tx: tx.conn.execute(select(DEFINITIONS)).all())
    assert all(b"example.eu" not in r.sealed for r in rows)


def test_the_difference_names_kind_name_and_what() -> None:
    old, new = definitions.rows_of(FULL), definitions.rows_of(replace(FULL, policies={}))
    assert definitions.diff(old, new) == {("policy", "p"): "removed"}
    assert definitions.diff(new, old) == {("policy", "p"): "added"}


async def test_the_version_in_force_at_an_instant_is_found(base: Base) -> None:
    await apply(base, FULL)
    await base.do(lambda tx: definitions.apply(tx, NOW + 1000, "ana", replace(FULL, teams={})))
    found = [
        await base.read(lambda tx, at=at: definitions.version_at(tx, at))  # type: ignore[misc]
        for at in (NOW - 1, NOW, NOW + 999, NOW + 1000)
    ]
    assert found == [None, 1, 1, 2]


def test_days_without_an_order_are_always_stored_in_the_same_one() -> None:
    [layer] = definitions.rows_of(FULL)["schedule", "primary"]["layers"]
    assert layer["holidays"] == sorted(layer["holidays"]) and len(layer["holidays"]) == 29


async def test_what_people_made_stays_when_the_file_is_applied(base: Base) -> None:
    await apply(base, FULL)
    mine = definitions.row_of(Team("web", ("omar",)))
    assert await base.do(lambda tx: definitions.put(tx, NOW, "omar", {("team", "web"): mine})) == 2
    assert await apply(base, FULL) is None
    assert await apply(base, replace(FULL, teams={})) == 3
    found = await base.read(definitions.load)
    assert set(found.teams) == {"web"} and found.people_own == {("team", "web")}
    assert set((await base.read(lambda tx: definitions.load(tx, 2))).teams) == {"db", "web"}


async def test_a_name_that_the_file_defines_too_becomes_the_files(base: Base) -> None:
    await apply(base, replace(FULL, teams={}))
    mine = definitions.row_of(Team("db", ("omar",)))
    await base.do(lambda tx: definitions.put(tx, NOW, "omar", {("team", "db"): mine}))
    new = definitions.rows_of(FULL)
    planned = await base.read(lambda tx: definitions.planned(tx, new))
    assert planned == {("team", "db"): "changed"}
    assert await apply(base, FULL) == 3
    found = await base.read(definitions.load)
    assert found.teams == FULL.teams and not found.people_own
    assert await base.read(lambda tx: definitions.is_of_file(tx, "team", "db"))


async def test_what_people_change_of_a_schedule_stands_in_it_and_is_known_as_theirs(
    base: Base,
) -> None:
    await apply(base, FULL)
    mine = Override(OverrideKind.ADD, 180_000, 240_000, add="omar")
    change = RotaChange(7, "primary", "omar", NOW, override=mine)
    row = definitions.row_of(change)
    await base.do(lambda tx: definitions.put(tx, NOW, "omar", {(definitions.ROTA, "7"): row}))
    found = await base.read(definitions.load)
    assert found.schedules["primary"].overrides == (
        *FULL.schedules["primary"].overrides, mine,
    )  # fmt: skip
    assert found.rota == {7: change}
    assert await apply(base, FULL) is None
    away = Away("ana", 1, 2, "skiing", 8)
    row = definitions.row_of(away)
    await base.do(lambda tx: definitions.put(tx, NOW, "ana", {(definitions.AWAY, "8"): row}))
    await base.do(lambda tx: definitions.put(tx, NOW, "ana", {(definitions.ROTA, "7"): None}))
    found = await base.read(definitions.load)
    assert found.away == (away,) and not found.rota
    assert found.schedules == FULL.schedules


STANDS_IN = frozenset({("team", "ops")})
BARE = replace(FULL, teams={"ops": Team("ops", ("ana",), "ana")})


async def apply_bare(base: Base, new: Definitions = BARE) -> int | None:
    """Put in force a file that says nothing of teams."""
    return await base.do(lambda tx: definitions.apply(tx, NOW, "ana", new, STANDS_IN))


async def test_what_stands_in_is_there_in_an_empty_database_alone_and_is_peoples(
    base: Base,
) -> None:
    assert await apply_bare(base) == 1
    found = await base.read(definitions.load)
    assert found.teams == BARE.teams and found.people_own == STANDS_IN
    assert await apply_bare(base) is None
    await base.do(lambda tx: definitions.put(tx, NOW, "ana", {("team", "ops"): None}))
    assert await apply_bare(base) is None
    assert not (await base.read(definitions.load)).teams


async def test_what_stands_in_goes_when_the_file_says_something_of_its_kind(base: Base) -> None:
    await apply_bare(base)
    assert await apply(base, FULL) == 2
    assert set((await base.read(definitions.load)).teams) == {"db"}


async def test_what_stood_in_and_was_edited_stays(base: Base) -> None:
    await apply_bare(base)
    mine = definitions.row_of(Team("ops", ("omar",)))
    await base.do(lambda tx: definitions.put(tx, NOW, "omar", {("team", "ops"): mine}))
    await apply(base, FULL)
    assert set((await base.read(definitions.load)).teams) == {"db", "ops"}


async def test_a_version_can_be_taken_back_until_something_else_changed_the_same(
    base: Base,
) -> None:
    await apply_bare(base)
    mine = definitions.row_of(Team("ops", ("omar",)))
    new = definitions.row_of(Team("web", ("omar",)))
    changes = {("team", "ops"): mine, ("team", "web"): new}
    number = await base.do(lambda tx: definitions.put(tx, NOW, "omar", changes))
    back = await base.read(lambda tx: definitions.undoing(tx, number))
    assert set(back) == set(changes) and back["team", "web"] is None
    await base.do(lambda tx: definitions.put(tx, NOW, "omar", back))
    assert (await base.read(definitions.load)).teams == BARE.teams
    with pytest.raises(ValueError, match="team"):
        await base.read(lambda tx: definitions.undoing(tx, number))
    assert [v.changed for v in await base.read(definitions.versions)][:2] == [
        ("team ops: changed", "team web: removed"),
        ("team ops: changed", "team web: added"),
    ]


async def test_what_would_be_is_read_without_being_written(base: Base) -> None:
    await apply(base, FULL)
    mine = {("team", "web"): definitions.row_of(Team("web", ("omar",)))}
    found = await base.read(lambda tx: definitions.load(tx, changes=mine))
    assert set(found.teams) == {"db", "web"}
    assert set((await base.read(definitions.load)).teams) == {"db"}


async def test_the_words_somebody_wrote_are_kept_beside_what_they_mean(base: Base) -> None:
    await apply(base, replace(FULL, teams={}))
    row = {**definitions.row_of(Team("web", ("omar",))), definitions.WRITTEN: "members: [omar]"}
    await base.do(lambda tx: definitions.put(tx, NOW, "omar", {("team", "web"): row}))
    found = await base.read(definitions.load)
    assert found.written == {("team", "web"): "members: [omar]"}
    assert found.teams["web"] == Team("web", ("omar",))
