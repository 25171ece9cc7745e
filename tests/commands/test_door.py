"""The door: permission, one audit row a change, each key once, old cards answered."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from commands import verbs
from commands.arguments import parse
from commands.errors import Conflict, Denied, Invalid, NotFound
from store import audit
from store.model import DAY, Actor, IncidentStatus
from store.tables import AUDIT
from tests.support.world import World, alert


async def record(world: World) -> list[tuple[str, str, str, int | None]]:
    """Actor, verb, outcome and incident of each audit row."""
    rows = await world.app.reader.read(
        lambda tx: tx.conn.execute(select(AUDIT).order_by(AUDIT.c.seq)).all()
    )
    return [(r.actor, r.verb, r.outcome, r.incident_id) for r in rows]


async def detail(world: World) -> dict[str, Any]:
    """What the newest audit row keeps of its command."""

    def newest(tx: Any) -> Any:
        row = tx.conn.execute(select(AUDIT).order_by(AUDIT.c.seq.desc()).limit(1)).one()
        return tx.ring.open("audit", f"{row.writer}.{row.seq}", row.sealed)

    found: dict[str, Any] = await world.app.reader.read(newest)
    return found


async def test_every_change_is_on_record_with_who_what_and_before(world: World) -> None:
    incident = await world.fires()
    await world.does("ana", "ack", incident, surface="discord")
    assert ("person:ana", "ack", "ok", incident) in await record(world)
    await world.does("ana", "note", incident, text="hello")
    kept = await detail(world)
    assert kept["args"] == {"incident": incident, "text": "hello", "sensitive": False}
    assert kept["before"]["status"] == "acknowledged" and kept["before"]["holder"] == "ana"
    assert (kept["name"], kept["surface"]) == ("Ana Petrova", "slack")
    _, _, flaws = await world.app.reader.read(audit.verify)
    assert flaws == []


async def test_a_denial_changes_nothing_and_is_on_record_and_on_the_timeline(world: World) -> None:
    incident = await world.fires()
    with pytest.raises(Denied) as no:
        await world.door.do("ack", {"incident": f"#{incident}"}, world.actor("mei"))
    assert no.value.body() == {
        "error": "Mei Lin has viewer; incident.act needs one of: responder, editor, admin.",
        "needs": "incident.act",
        "ask": ["Ana Petrova", "Omar Haddad"],
    }
    assert (await record(world))[-1] == ("person:mei", "ack", "denied", incident)
    assert "denied" in await world.history(incident)
    assert await world.status(incident) is IncidentStatus.TRIGGERED


async def test_a_stranger_may_not_even_read(world: World) -> None:
    stranger = Actor("stranger", "slack:U9", "Somebody", "slack")
    for verb, args in (("show", {"incident": 1}), ("list", {}), ("who", {})):
        with pytest.raises(Denied):
            await world.door.ask(verb, args, stranger)
    actor, *did = (await record(world))[-1][:3]
    assert did == ["who", "denied"] and actor.startswith("stranger:slack:") and "U9" not in actor
    assert (await detail(world))["account"] == "slack:U9"
    assert await world.door.ask("help", {}, stranger)


async def test_the_denial_of_an_incident_that_is_not_there_is_still_on_record(world: World) -> None:
    with pytest.raises(Denied):
        await world.does("mei", "ack", 99)
    assert (await record(world))[-1] == ("person:mei", "ack", "denied", None)


async def test_what_is_refused_leaves_nothing_behind(world: World) -> None:
    incident = await world.fires()
    before = await record(world), await world.history(incident)
    with pytest.raises(Conflict):
        await world.does("ana", "resolve", incident)
    with pytest.raises(Conflict):
        await world.does("ana", "unack", incident)
    with pytest.raises(NotFound, match="There is no incident #99"):
        await world.does("ana", "ack", 99)
    assert (await record(world), await world.history(incident)) == before


# arguments

WRONG: list[tuple[str, dict[str, Any], str, str]] = [
    ("ack", {}, "incident", "ack needs incident"),
    ("ack", {"incident": ""}, "incident", "ack needs incident"),
    ("ack", {"incident": "abc"}, "incident", "abc is not the number of an incident"),
    ("ack", {"incident": -1}, "incident", "-1 is not the number"),
    ("ack", {"incident": True}, "incident", "True is not the number"),
    ("ack", {"incident": 1.5}, "incident", "1.5 is not the number"),
    ("ack", {"incident": "9" * 16}, "incident", "is not the number"),
    ("ack", {"incident": [1]}, "incident", "is not the number"),
    ("ack", {"incident": 1, "who": "ana"}, "who", "ack has no argument who; it has incident, take"),
    ("note", {"incident": 1, "text": {"a": 1}}, "text", "text must be text"),
    ("note", {"incident": 1, "text": "x" * 10_001}, "text", "longer than 10000"),
    ("escalate", {"incident": 1, "step": "two"}, "step", "two is not a number"),
]


@pytest.mark.parametrize(("verb", "args", "where", "says"), WRONG)
async def test_wrong_arguments_name_their_place(
    verb: str, args: dict[str, Any], where: str, says: str
) -> None:
    with pytest.raises(Invalid) as error:
        parse(verbs.CATALOG[verb], args)
    assert error.value.where == where and says in error.value.error
    assert error.value.body() == {"error": error.value.error, "where": where}


def test_arguments_are_read_kindly() -> None:
    read = parse(verbs.CATALOG["ack"], {"incident": " #1842 ", "take": "yes"})
    assert (read.incident, read.take) == (1842, True)
    linked = parse(verbs.CATALOG["ack"], {"incident": "https://pv.example.eu/i/7", "take": None})
    assert (linked.incident, linked.take) == (7, False)
    assert parse(verbs.CATALOG["tag"], {"incident": 1, "tags": ["a", "b"]}).tags == "a,b"


async def test_unknown_commands_are_not_found(world: World) -> None:
    for call in (world.door.do, world.door.ask):
        with pytest.raises(NotFound):
            await call("explode", {}, world.actor("ana"))
    with pytest.raises(NotFound):
        await world.door.do("list", {}, world.actor("ana"))
    with pytest.raises(NotFound):
        await world.door.ask("ack", {"incident": 1}, world.actor("ana"))


def test_every_verb_can_be_explained() -> None:
    for verb in verbs.CATALOG.values():
        assert verb.help.endswith(".") and len(verb.help) <= 100, verb.name
        assert verb.example.split()[0] == verb.name
        assert verb.group in (
            "incident", "oncall", "ops", "auto", "room", "infra", "admin", "access",
        )  # fmt: skip
        for field in verb.fields:
            assert field.help.strip(), (verb.name, field.name)
    wanted = "ack unack assign escalate resolve reopen snooze silence note tag untag merge severity"
    asked = "show list why help who shifts"
    assert {*wanted.split(), *asked.split(), "maintenance"} <= set(verbs.CATALOG)


# once


async def test_the_same_key_runs_once_for_a_day(world: World) -> None:
    incident = await world.fires()
    for _ in range(3):
        await world.does("ana", "note", incident, text="hello", key="k")
    assert (await world.incident(incident)).notes == 1
    world.clock.at += DAY + 1
    await world.does("ana", "note", incident, text="hello", key="k")
    assert (await world.incident(incident)).notes == 2


async def test_a_key_is_one_actor_s_and_one_surface_s(world: World) -> None:
    incident = await world.fires()
    await world.does("ana", "note", incident, text="hello", key="k")
    await world.does("omar", "note", incident, text="hello", key="k")
    await world.does("ana", "note", incident, text="hello", key="k", surface="web")
    assert (await world.incident(incident)).notes == 3


async def test_a_key_with_other_arguments_or_another_verb_is_a_conflict(world: World) -> None:
    incident = await world.fires()
    await world.does("ana", "ack", incident, key="k")
    assert (await world.does("ana", "ack", incident, key="k")).changed
    for verb in ("unack", "reopen"):
        with pytest.raises(Conflict, match="idempotency key"):
            await world.does("ana", verb, incident, key="k")
    with pytest.raises(Conflict, match="idempotency key"):
        await world.does("ana", "ack", incident, key="k", take=True)


async def test_the_same_words_written_otherwise_are_the_same_arguments(world: World) -> None:
    incident = await world.fires()
    ana = world.actor("ana")
    first = await world.door.do("note", {"incident": incident, "text": "hi"}, ana, key="k")
    again = await world.door.do("note", {"incident": f"#{incident}", "text": " hi "}, ana, key="k")
    assert first == again and (await world.incident(incident)).notes == 1


async def test_a_refused_command_may_be_tried_again_with_its_key(world: World) -> None:
    incident = await world.fires()
    with pytest.raises(Conflict):
        await world.does("ana", "resolve", incident, key="k")
    await world.clears()
    await world.does("ana", "reopen", incident)
    await world.does("ana", "resolve", incident, key="k")
    assert await world.status(incident) is IncidentStatus.RESOLVED


# old cards


async def test_an_old_card_s_ack_runs_while_it_is_new(world: World) -> None:
    incident = await world.fires()
    old = (await world.incident(incident)).rev
    await world.advance(minutes=5)
    assert (await world.incident(incident)).rev > old
    await world.does("ana", "ack", incident, rev=old)
    assert (await world.incident(incident)).holder == "ana"


async def test_an_old_card_s_escalate_names_who_was_faster(world: World) -> None:
    incident = await world.fires()
    old = (await world.incident(incident)).rev
    await world.does("ana", "escalate", incident, rev=old, surface="discord")
    with pytest.raises(Conflict) as late:
        await world.does("omar", "escalate", incident, rev=old)
    assert late.value.winner == {
        "who": "Ana Petrova",
        "surface": "Discord",
        "at": world.clock.at,
    }


async def test_words_and_quiet_do_not_make_a_card_old(world: World) -> None:
    incident = await world.fires()
    rev = (await world.incident(incident)).rev
    await world.does("ana", "note", incident, text="hello")
    await world.does("ana", "tag", incident, tags="network")
    await world.does("ana", "snooze", incident, until="2h")
    await world.hears(alert("another"))
    await world.does("ana", "silence", incident, until="1h")
    await world.does("ana", "assign", incident, who="omar")
    assert (await world.incident(incident)).rev == rev
    await world.does("omar", "escalate", incident, rev=rev)


# at once


async def settled(*calls: Any) -> list[Any]:
    """Results and errors of calls made at once."""
    return await asyncio.gather(*calls, return_exceptions=True)


async def test_of_two_acks_at_once_one_wins_and_the_other_is_told(world: World) -> None:
    incident = await world.fires()
    acks = [
        world.door.do("ack", {"incident": incident}, world.actor(who, surface))
        for who, surface in (("ana", "slack"), ("omar", "discord"))
    ]
    got = await settled(*acks)
    lost = [e for e in got if isinstance(e, Conflict)]
    assert len(lost) == 1 and lost[0].winner is not None
    found = await world.incident(incident)
    assert lost[0].winner["who"] == world.door.definitions().name_of(found.holder)
    assert (await world.history(incident)).count("ack") == 1


async def test_whatever_races_a_resolve_the_incident_ends_resolved_or_says_no(
    world: World,
) -> None:
    for round_ in range(6):
        incident = await world.fires(f"k{round_}", labels={"service": f"s{round_}"})
        ana, omar = world.actor("ana"), world.actor("omar")
        calls = [
            world.door.do("resolve", {"incident": incident, "how": "now"}, ana),
            world.door.do("ack", {"incident": incident}, omar),
            world.door.do("escalate", {"incident": incident}, omar),
        ]
        got = await settled(*(calls[round_ % 3 :] + calls[: round_ % 3]))
        assert all(not isinstance(e, BaseException) or isinstance(e, Conflict) for e in got), got
        await world.settle()
        found = await world.incident(incident)
        assert found.status is IncidentStatus.RESOLVED and found.next is None
        kinds = await world.history(incident)
        assert kinds.count("resolve") == 1
        assert not {"ack", "escalate", "step"} & set(kinds[kinds.index("resolve") :])


async def test_a_monitor_s_resolve_beats_a_late_ack_at_the_same_time(world: World) -> None:
    from store.model import AlertStatus

    incident = await world.fires()
    source = await world.source()
    resolved = alert(status=AlertStatus.RESOLVED)
    got = await settled(
        world.door.intake(source, (resolved,)),
        world.door.do("ack", {"incident": incident}, world.actor("omar")),
    )
    await world.settle()
    assert await world.status(incident) is IncidentStatus.RESOLVED
    assert not isinstance(got[0], BaseException)
