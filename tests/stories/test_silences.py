"""A load test, a silence by a filter: what it hides, what it never hides, and how it ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.cards.model import Form, Private
from commands import self_audit
from commands.context import Done
from commands.errors import Conflict, Invalid, NotFound
from store import audit, silences
from store.model import IncidentStatus, NextUp
from store.model.silence import Silence, SilenceState
from tests.support.engines import ENGINES, migrated_url
from tests.support.world import World, words

TRIGGERED, ACKNOWLEDGED, RESOLVED = IncidentStatus
STAGING = {"host": "staging-2"}
WHAT = "host=staging-2"


async def silence(world: World, what: str = WHAT, until: str = "3h", **more: Any) -> Done:
    """Ana silences something."""
    given: dict[str, Any] = {
        "what": what,
        "until": until,
        "text": "load test",
        "no_preview": True,
        **more,
    }
    return await world.does("ana", "silence", **given)


async def kept(world: World, number: int = 1) -> Silence:
    """A silence as it is now."""
    found = await world.app.reader.read(lambda tx: silences.get(tx, number))
    assert found is not None
    return found


async def warns(world: World, key: str = "a", **more: Any) -> int:
    """Something less than critical fires on staging-2."""
    labels = {**STAGING, "service": key}
    return await world.fires(key, severity="warning", **{"labels": labels, **more})


async def test_what_fires_under_a_silence_opens_and_pages_nobody_until_its_end(
    world: World,
) -> None:
    await silence(world)
    incident = await warns(world)
    found = await world.incident(incident)
    assert found.silenced_until == world.clock.at + 3 * 3_600_000
    assert found.next == NextUp("unsnooze", found.silenced_until, why="silenced")
    assert found.hush is not None and (found.hush.id, found.hush.text) == (1, "load test")
    await world.advance(minutes=179)
    assert world.paged() == []
    await world.advance(minutes=1)
    assert world.paged() == ["U0ANA", "ana"]
    found = await world.incident(incident)
    assert (found.silenced_until, found.hush, found.step) == (None, None, 0)
    assert (await kept(world)).state is SilenceState.OVER


async def test_what_is_new_and_fits_becomes_silent_and_starts_over_when_it_ends(
    world: World,
) -> None:
    incident = await warns(world)
    await world.advance(minutes=6)
    assert (await world.incident(incident)).step == 1
    world.clear()
    await silence(world, until="1h")
    found = await world.incident(incident)
    assert found.asking == () and found.silenced_until is not None
    await world.advance(minutes=59)
    assert world.paged() == []
    await world.advance(minutes=1)
    assert world.paged() == ["U0ANA", "ana"]
    assert (await world.incident(incident)).step == 0


async def test_what_somebody_has_stays_with_them_and_is_silent_when_given_back(
    world: World,
) -> None:
    incident = await warns(world)
    await world.does("omar", "ack", incident)
    world.clear()
    await silence(world)
    found = await world.incident(incident)
    assert (found.status, found.holder, found.silenced_until) == (ACKNOWLEDGED, "omar", None)
    done = await world.does("omar", "unack", incident)
    assert done.say == f"Nobody has #{incident}, and a silence hides it."
    found = await world.incident(incident)
    assert found.status is TRIGGERED and found.hush is not None
    assert world.paged() == []


async def test_criticals_page_on_unless_the_word_is_said(world: World) -> None:
    await silence(world)
    loud = await world.fires("c", labels=STAGING)
    assert (await world.incident(loud)).silenced_until is None
    assert world.paged() == ["U0ANA", "ana"]
    world.clear()
    await silence(world, f"{WHAT} critical")
    assert (await world.incident(loud)).silenced_until is not None
    other = await world.fires("d", labels={**STAGING, "service": "other"})
    assert (await world.incident(other)).silenced_until is not None
    assert world.paged() == []


async def test_what_becomes_critical_is_heard_at_once(world: World) -> None:
    await silence(world)
    incident = await warns(world)
    await world.fires("a", severity="critical", labels={**STAGING, "service": "a"})
    found = await world.incident(incident)
    assert (found.severity, found.silenced_until, found.hush) == ("critical", None, None)
    assert world.paged() == ["U0ANA", "ana"]
    [line] = [e for e in (await world.detail(incident)).timeline if e.kind == "silence"]
    assert line.say == "It became critical. Silence 1 does not hide it any more."
    await world.does("ana", "ack", incident)
    await world.advance(minutes=180)
    assert [e.kind for e in (await world.detail(incident)).timeline].count("silence") == 1


async def test_a_person_who_says_it_is_critical_wakes_it(world: World) -> None:
    await silence(world)
    incident = await warns(world)
    await world.does("ana", "severity", incident, to="critical")
    assert world.paged() == ["U0ANA", "ana"]


async def test_a_critical_child_wakes_what_it_is_merged_into(world: World) -> None:
    await silence(world)
    parent, child = await warns(world), await world.fires("c", labels={"service": "x"})
    world.clear()
    await world.does("omar", "merge", child, into=parent)
    found = await world.incident(parent)
    assert (found.severity, found.silenced_until) == ("critical", None)
    assert world.paged() == ["U0ANA", "ana"]


async def test_silenced_and_other_alerts_never_share_an_incident(world: World) -> None:
    same = {"service": "checkout"}
    before = await world.fires("a", severity="warning", labels={**same, "host": "db-1"})
    await silence(world)
    hidden = await world.fires("b", severity="warning", labels={**same, **STAGING})
    again = await world.fires("c", severity="warning", labels={**same, **STAGING})
    other = await world.fires("d", severity="warning", labels={**same, "host": "db-2"})
    assert hidden == again and other == before and hidden != before
    mixed = await world.incident(before)
    assert mixed.silenced_until is None and mixed.alerts_total == 2


async def test_an_incident_is_hidden_only_where_all_that_fires_of_it_fits(world: World) -> None:
    same = {"service": "checkout"}
    mixed = await world.fires("a", severity="warning", labels={**same, **STAGING})
    assert await world.fires("b", severity="warning", labels={**same, "host": "db-1"}) == mixed
    await silence(world)
    assert (await world.incident(mixed)).silenced_until is None
    await world.clears("b", labels={**same, "host": "db-1"})
    await silence(world, until="4h")
    found = await world.incident(mixed)
    assert found.hush is not None and found.hush.id == 2
    world.clear()
    other = await world.fires("c", severity="warning", labels={**same, "host": "db-1"})
    assert other != mixed and world.paged() == ["U0ANA", "ana"]


async def test_what_comes_and_goes_under_a_silence_stays_silent(world: World) -> None:
    await silence(world)
    incident = await warns(world)
    for _ in range(3):
        await world.clears("a", labels={**STAGING, "service": "a"})
        assert await world.status(incident) is RESOLVED
        await world.advance(minutes=2)
        assert await warns(world) == incident
    found = await world.incident(incident)
    assert found.status is TRIGGERED and found.hush is not None and world.paged() == []
    await world.clears("a", labels={**STAGING, "service": "a"})
    await world.advance(minutes=200)
    assert world.paged() == [] and await world.status(incident) is RESOLVED


async def test_ending_it_asks_about_what_still_fires_exactly_once(world: World) -> None:
    await silence(world)
    fires, over = await warns(world), await warns(world, "b")
    await world.clears("b", labels={**STAGING, "service": "b"})
    world.clear()
    await world.does("omar", "silence-end", silence=1)
    assert world.paged() == ["U0ANA", "ana"]
    assert (await world.incident(fires)).hush is None and await world.status(over) is RESOLVED
    steps = [e for e in (await world.detail(fires)).timeline if e.kind == "step"]
    assert len(steps) == 1
    found = await kept(world)
    assert (found.state, found.ended_by) == (SilenceState.OVER, "omar")
    with pytest.raises(Conflict, match="Silence 1 is over\\. Omar Haddad ended it"):
        await world.does("ana", "silence-end", silence=1)


async def test_extending_it_moves_the_end_of_all_it_hides(world: World) -> None:
    await silence(world, until="1h")
    incident = await warns(world)
    done = await world.does("ana", "silence-extend", silence=1, until="1h")
    assert done.say.startswith("Silence 1 lasts until ")
    await world.advance(minutes=119)
    assert world.paged() == []
    found = await world.incident(incident)
    assert found.silenced_until == world.clock.at + 60_000
    await world.advance(minutes=1)
    assert world.paged() == ["U0ANA", "ana"]
    with pytest.raises(Conflict, match="Silence 1 is over"):
        await world.does("ana", "silence-extend", silence=1, until="1h")


async def test_it_can_not_be_extended_backwards(world: World) -> None:
    await silence(world, until="1d")
    with pytest.raises(Invalid, match="End it: silence-end 1"):
        await world.does("ana", "silence-extend", silence=1, until="05:00")
    with pytest.raises(Invalid, match="30 days at most"):
        await world.does("ana", "silence-extend", silence=1, until="40d")


async def test_of_two_silences_the_one_that_goes_on_hides_it_on(world: World) -> None:
    await silence(world, until="3h")
    incident = await warns(world)
    await silence(world, "service=a", until="1h")
    found = await world.incident(incident)
    assert found.hush is not None and found.hush.id == 1
    await world.does("ana", "silence-end", silence=1)
    found = await world.incident(incident)
    assert found.hush is not None and found.hush.id == 2
    assert found.silenced_until == world.clock.at + 3_600_000 and world.paged() == []
    await world.advance(minutes=60)
    assert world.paged() == ["U0ANA", "ana"]


async def test_a_critical_hidden_by_its_word_is_heard_when_that_silence_ends(world: World) -> None:
    await silence(world, until="5h")
    incident = await warns(world)
    await silence(world, "service=a critical", until="1h")
    await world.fires("a", severity="critical", labels={**STAGING, "service": "a"})
    found = await world.incident(incident)
    assert found.hush is not None and found.hush.id == 2 and world.paged() == []
    await world.advance(minutes=60)
    assert world.paged() == ["U0ANA", "ana"]


async def test_a_snoozed_incident_sleeps_on_and_is_silent_then(world: World) -> None:
    incident = await warns(world)
    await world.does("ana", "snooze", incident, until="1h")
    await silence(world, until="3h")
    assert (await world.incident(incident)).hush is None
    world.clear()
    await world.advance(minutes=61)
    found = await world.incident(incident)
    assert found.hush is not None and found.snoozed_until is None and world.paged() == []
    await world.advance(minutes=120)
    assert world.paged() == ["U0ANA", "ana"]


async def test_a_person_who_escalates_is_heard_whatever_is_silenced(world: World) -> None:
    await silence(world)
    incident = await warns(world)
    await world.does("ana", "escalate", incident, step=1)
    found = await world.incident(incident)
    assert (found.hush, found.silenced_until) == (None, None)
    assert world.paged() == ["U0OMAR", "omar"]


async def test_what_a_maintenance_held_is_silent_when_that_is_over(world: World) -> None:
    await world.does("ana", "maintenance", what="team:db", when="1h")
    incident = await warns(world)
    await silence(world, until="3h")
    await world.advance(minutes=90)
    found = await world.incident(incident)
    assert found.hush is not None and found.silenced_until is not None
    assert world.paged() == []
    await world.advance(minutes=90)
    assert world.paged() == ["U0ANA", "ana"]


async def test_a_maintenance_goes_on_after_a_silence(world: World) -> None:
    await silence(world, until="1h")
    incident = await warns(world)
    await world.does("ana", "maintenance", what="team:db", when="2h")
    await world.advance(minutes=90)
    assert world.paged() == [] and (await world.incident(incident)).hush is None
    await world.advance(minutes=30)
    assert world.paged() == ["U0ANA", "ana"]


async def test_it_is_looked_at_before_it_begins(world: World) -> None:
    await warns(world)
    await world.fires("c", labels={**STAGING, "service": "c"})
    world.clear()
    done = await world.does("ana", "silence", what=WHAT, until="3h", text="load test")
    first, second, third = done.say.splitlines()
    assert first.startswith("host=staging-2 until ")
    assert first.endswith(" hides 1 incident now, 1 last week, never criticals.")
    assert second == (
        "host=staging-2 would silence 1 critical. Say critical to include them: they page on."
    )
    assert third == "Nothing is silenced yet. Go on: silence-start 1"
    assert (await world.incident(1)).silenced_until is None
    [offer] = done.offers
    answer = await world.press("U0ANA", offer.token)
    assert isinstance(answer, Private) and answer.note is not None
    assert "It hides 1 incident now, never criticals." in words(answer.note)
    assert (await world.incident(1)).silenced_until is not None
    with pytest.raises(Conflict, match="Silence 1 has begun already"):
        await world.does("ana", "silence-start", silence=1)


async def test_an_old_preview_is_not_begun(world: World) -> None:
    await world.does("ana", "silence", what=WHAT, until="3h", text="load test")
    await world.advance(minutes=181)
    with pytest.raises(Conflict, match="too old"):
        await world.does("ana", "silence-start", silence=1)


@pytest.mark.parametrize(
    ("given", "say"),
    [
        ({"what": "critical"}, "That would silence everything"),
        ({"what": "nobody"}, "Who has an incident is not known"),
        ({"text": " "}, "Say why: others will ask"),
        ({"until": "31d"}, "A silence lasts 30 days at most"),
        ({"what": ""}, "Say what: an incident's number or a filter"),
        ({"what": "host="}, "host= has no value"),
    ],
)
async def test_what_is_refused_says_what_to_type(
    world: World, given: dict[str, str], say: str
) -> None:
    with pytest.raises(Invalid, match=say):
        await silence(world, **given)


async def test_a_number_in_place_of_a_filter_is_an_incident(world: World) -> None:
    incident = await world.fires("a")
    await silence(world, f"#{incident}")
    found = await world.incident(incident)
    assert found.silenced_until is not None and found.hush is None
    one = await kept(world)
    assert (one.of, one.what) == (incident, "")


async def test_a_silence_of_one_incident_can_be_extended_and_ended_too(world: World) -> None:
    incident = await world.fires("a")
    await world.does("ana", "silence", incident, until="1h", text="known")
    world.clear()
    await world.does("ana", "silence-extend", silence=1, until="1h")
    await world.advance(minutes=100)
    assert world.paged() == []
    await world.fires("a")
    await world.does("ana", "silence-end", silence=1)
    assert world.paged() == ["U0ANA", "ana"]
    assert (await world.incident(incident)).silenced_until is None


async def test_ended_early_what_a_silenced_resolve_left_firing_opens_again(world: World) -> None:
    incident = await world.fires("a")
    await world.does("ana", "resolve", incident, how="silence_1d")
    world.clear()
    await world.does("ana", "silence-end", silence=1)
    assert await world.status(incident) is TRIGGERED and world.paged() == ["U0ANA", "ana"]


async def test_the_card_stands_where_its_incidents_are_and_changes_with_it(world: World) -> None:
    await warns(world)
    world.pad.posts.clear()
    await silence(world)
    [(channel, card)] = [(c, k) for c, k in world.pad.posts if k.head.word == "SILENCED"]
    assert channel == "#ops" and card.head.title == WHAT
    said = "".join(s.text for s in card.state.spans)
    assert said.startswith("Until ") and said.endswith(
        "by Ana: “load test” · hides 1 incident now, 1 last week · never criticals"
    )
    labels = [(p.label, p.confirm is not None) for p in card.actions.buttons]
    assert labels == [("Extend…", False), ("End now", True), ("Show what it hides", False)]
    form = await world.press("U0OMAR", card.actions.buttons[0].token)
    assert isinstance(form, Form) and [i.name for i in form.inputs] == ["until"]
    shown = await world.press("U0OMAR", card.actions.buttons[2].token, "p2")
    assert isinstance(shown, Private) and shown.note is not None
    assert "#1 Disk 94 % full on db-3" in words(shown.note)
    await world.press("U0OMAR", card.actions.buttons[1].token, "p3")
    over = [k for _, k in world.pad.edits if k.head.word == "SILENCE OVER"]
    assert "Omar ended it" in "".join(s.text for s in over[-1].state.spans)
    assert over[-1].actions.buttons == ()


async def test_the_incident_card_says_who_silenced_it_until_when_and_why(world: World) -> None:
    await silence(world)
    await warns(world)
    [card] = [k for _, k in world.pad.posts if k.id == 1 and k.head.word == "WARNING"]
    said = "".join(s.text for s in card.state.spans)
    assert said.startswith("🔇 Silenced until ") and card.quiet
    assert said.endswith(" by Ana: “load test” · silence 1 · nobody has it")
    why = await world.asks("ana", "why", incident=1)
    assert any(line.startswith("Silence 1 of Ana Petrova's hides it until ") for line in why)


async def test_silences_are_listed_with_what_they_hide(world: World) -> None:
    assert (await world.asks("ana", "silences")).lines == ("Nothing is silenced.",)
    await silence(world, until="1h")
    await warns(world)
    loud = await world.fires("c")
    await world.does("omar", "silence", loud, until="2h")
    first, second = (await world.asks("ana", "silences")).lines
    assert first.startswith("1: host=staging-2 until ")
    assert first.endswith('by Ana Petrova: "load test"; hides 1 now, never criticals')
    assert second.startswith(f"2: the alerts of #{loud} until ")
    assert second.endswith("by Omar Haddad; hides 1 now")
    shown = await world.asks("ana", "silence-show", silence=1)
    assert [i.id for i in shown.incidents] == [1]
    with pytest.raises(NotFound, match="There is no silence 9"):
        await world.asks("ana", "silence-show", silence=9)


async def test_the_self_audit_leaves_what_is_silenced_alone(world: World) -> None:
    await silence(world)
    await warns(world)
    await world.advance(minutes=5)
    assert await self_audit.run(world.door) == 0
    assert world.paged() == []


async def test_silences_outlive_a_crash(tmp_path: Path) -> None:
    world = await World.build(migrated_url("sqlite", tmp_path), tmp_path)
    await silence(world)
    hidden = await warns(world)
    await world.die()
    world = await world.again()
    other = await warns(world, "b")
    for incident in (hidden, other):
        assert (await world.incident(incident)).hush is not None
    assert world.paged() == []
    await world.advance(minutes=181)
    assert world.paged().count("U0ANA") == 2
    assert (await world.app.reader.read(audit.verify))[2] == []
    await world.end()


@pytest.mark.parametrize("engine", ENGINES)
async def test_what_many_alerts_of_one_body_open_is_silent(engine: str, tmp_path: Path) -> None:
    world = await World.build(migrated_url(engine, tmp_path), tmp_path)
    await silence(world)
    for n in range(3):
        await warns(world, f"k{n}", labels={**STAGING, "service": "one"})
    found = await world.incident(1)
    assert (found.alerts_total, found.hush is not None) == (3, True)
    await world.does("ana", "silence-end", silence=1)
    assert world.paged() == ["U0ANA", "ana"]
    await world.end()


async def test_a_silence_of_what_nothing_has_says_what_may_be_meant(world: World) -> None:
    await world.fires(labels={"cluster": "blue"})
    said = await world.does("ana", "silence", what="clustr=blue", until="1h", text="test")
    assert "has a label clustr. Did you mean cluster?" in said.say
    said = await world.does("ana", "silence", what="cluster=red", until="1h", text="test")
    assert "Nothing open or of the last week fits it" in said.say
