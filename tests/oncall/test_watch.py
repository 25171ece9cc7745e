"""Who relieves whom, when something is due, and what is seen to before a shift."""

from __future__ import annotations

import pytest

from commands.rules.oncall.readiness import Chat, Shift, problems, standins, ways
from commands.rules.oncall.reliefs import Outlook, outlook
from store.model import DAY, HOUR, Definitions, Person, Team
from store.model.contact import Contact
from store.model.handoff import Relief
from store.model.oncall import Away
from tests.oncall.support import instant, layer, rotation, said, schedule

BERLIN = "Europe/Berlin"
PEOPLE = frozenset({"ana", "bob", "zoe"})


def reliefs(found: Outlook, zone: str = BERLIN) -> list[str]:
    """Each relief as ``when bob→ana``."""
    return [f"{said(r.at, zone)} {'+'.join(r.before)}→{'+'.join(r.after)}" for r in found.reliefs]


def test_a_turn_of_somebody_else_is_a_handoff_and_one_of_the_same_person_is_none() -> None:
    of = schedule(BERLIN, rotation("2026-10-05T08:00", "weekly", "bob", "bob", "ana"))
    found = outlook(of, ("bob",), PEOPLE, instant("2026-10-05T09:00+02:00"),
                    instant("2026-11-03T00:00+01:00"))  # fmt: skip
    assert reliefs(found) == [
        "2026-10-19T08:00+02:00 bob→ana",
        "2026-10-26T08:00+01:00 ana→bob",
    ]


def test_a_handoff_on_the_day_the_clocks_change_is_where_the_wall_clock_says() -> None:
    of = schedule(BERLIN, rotation("2026-10-04T02:30", "weekly", "bob", "ana"))
    found = outlook(of, ("bob",), PEOPLE, instant("2026-10-24T00:00+02:00"),
                    instant("2026-10-26T00:00+01:00"))  # fmt: skip
    assert reliefs(found) == ["2026-10-25T02:30+02:00 bob→ana"]


def test_whoever_is_on_call_besides_hands_over_to_nobody() -> None:
    of = schedule(
        BERLIN,
        rotation("2026-10-05T08:00", "weekly", "bob", "ana"),
        layer(name="always", people=["zoe"]),
    )
    found = outlook(of, ("bob", "zoe"), PEOPLE, instant("2026-10-06T00:00+02:00"),
                    instant("2026-10-13T00:00+02:00"))  # fmt: skip
    [relief] = found.reliefs
    assert (relief.leaving, relief.coming) == (("bob",), ("ana",))
    assert relief.after == ("ana", "zoe")


def office(**more: str) -> dict[str, object]:
    """Bob from 9 to 17, and besides a layer in which nobody is on call by intention."""
    windows = [{"start": "09:00", "end": "17:00"}]
    return layer(name="office", people=["bob"], priority=2, restrictions=windows, **more)


def test_a_night_without_anybody_by_intention_is_no_handoff() -> None:
    of = schedule(BERLIN, office(), layer(name="nights", nobody="closed"))
    found = outlook(of, ("bob",), PEOPLE, instant("2026-10-06T10:00+02:00"),
                    instant("2026-10-08T10:00+02:00"))  # fmt: skip
    assert found.reliefs == ()
    assert [said(at, BERLIN)[11:16] for at in found.edges] == ["17:00", "09:00", "17:00", "09:00"]


def test_a_gap_that_nobody_meant_is_one() -> None:
    start, end = instant("2026-10-06T10:00+02:00"), instant("2026-10-07T10:00+02:00")
    found = outlook(schedule(BERLIN, office()), ("bob",), PEOPLE, start, end)
    assert reliefs(found) == ["2026-10-06T17:00+02:00 bob→", "2026-10-07T09:00+02:00 →bob"]


def test_who_is_not_defined_any_more_is_nobody() -> None:
    of = schedule(BERLIN, rotation("2026-10-05T08:00", "weekly", "bob", "gone+ana"))
    found = outlook(of, ("bob",), PEOPLE, instant("2026-10-06T00:00+02:00"),
                    instant("2026-10-13T00:00+02:00"))  # fmt: skip
    assert found.reliefs[0].after == ("ana",)


def test_what_was_seen_last_is_what_counts_at_the_beginning() -> None:
    of = schedule(BERLIN, rotation("2026-10-05T08:00", "weekly", "bob", "ana"))
    start = instant("2026-10-06T12:34+02:00")
    found = outlook(of, ("zoe",), PEOPLE, start, start + HOUR)
    assert found.reliefs == (Relief(start, ("zoe",), ("bob",)),)


# ---- pre-flight ----------------------------------------------------------------------------------

ANA = Person("ana", "Ana Petrova", BERLIN, "ana@example.eu", contacts={"sms": "+491700000001"})
START = instant("2026-10-12T08:00+02:00")
SHIFT = Shift(ANA, START, START + 7 * DAY)
FINE = {"slack": Chat(linked=True, opens=True)}


def sms(**known: int | bool | str) -> dict[str, Contact]:
    return {"sms": Contact("ana", "sms", "+491700000001", **known)}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("contact", "state"),
    [
        ({}, "unverified"),
        (sms(verified_at=1), "good"),
        (sms(verified_at=1, worked_at=5), "tested"),
        (sms(verified_at=1, worked_at=5, failed_at=9), "failing"),
        (sms(verified_at=1, failed_at=5, delivered_at=9), "good"),
        (sms(worked_at=5, refused=True), "failing"),
    ],
)
def test_how_a_number_stands(contact: dict[str, Contact], state: str) -> None:
    [way] = ways(["sms"], contact, {})
    assert way.state == state


@pytest.mark.parametrize(
    ("chat", "state"),
    [
        (Chat(linked=False), "missing"),
        (Chat(linked=True, opens=False, why="user_disabled"), "failing"),
        (Chat(linked=True, opens=None), "good"),
        (Chat(linked=True, opens=True), "good"),
    ],
)
def test_how_a_chat_stands(chat: Chat, state: str) -> None:
    [way] = ways(["slack"], {}, {"slack": chat})
    assert way.state == state


def codes(vias: list[str], chats: dict[str, Chat], *away: Away, soon: bool = False) -> list[str]:
    """What is wrong, the serious with an exclamation mark."""
    found = problems(SHIFT, ways(vias, {}, chats), chats, away, soon=soon)
    return [p.code + ("!" if p.serious else "") for p in found]


def test_what_may_keep_somebody_from_answering() -> None:
    closed = {"slack": Chat(linked=True, opens=False)}
    assert codes(["slack", "email"], FINE) == []
    assert codes(["slack", "sms"], FINE) == ["unverified"]
    assert codes(["slack", "email"], closed) == ["failing"]
    assert codes(["slack"], closed) == ["unreachable!"]
    assert codes([], {}) == ["unreachable!"]
    assert codes(["email"], {"slack": Chat(linked=False)}) == ["unlinked"]


def test_do_not_disturb_counts_when_the_shift_is_about_to_begin() -> None:
    quiet = {"slack": Chat(True, True, away="do not disturb", until=START, quiet=True)}
    assert codes(["slack"], quiet) == []
    assert codes(["slack"], quiet, soon=True) == ["quiet"]


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        (START - DAY, START, []),
        (START - DAY, START + 1, ["away!"]),
        (START + DAY, START + 2 * DAY, ["away!"]),
        (START + 7 * DAY, START + 9 * DAY, []),
    ],
)
def test_time_off_that_touches_the_shift(start: int, end: int, code: list[str]) -> None:
    assert codes(["slack"], FINE, Away("ana", start, end)) == code
    assert codes(["slack"], FINE, Away("bob", start, end)) == []


def test_who_could_take_it_is_next_in_the_rotation_then_the_lead_then_the_team() -> None:
    people = {h: Person(h, h.title()) for h in ("ana", "bob", "zoe", "lea", "tom")}
    of = schedule(BERLIN, rotation("2026-10-05T08:00", "weekly", "zoe", "ana", "bob"))
    team = Team("db", ("tom", "ana"), "schedule:db", "lea")
    away = (Away("bob", START + DAY, START + 2 * DAY),)
    known = Definitions(1, people, {"db": team}, (), {}, {"db": of}, away=away)
    found = standins(known, of, [team], SHIFT, lambda person: person.handle != "zoe")
    assert [p.handle for p in found] == ["lea", "tom"]
