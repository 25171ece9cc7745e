"""Monitors are told what people did to the incidents of their alerts, and looked at."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

import integrations
from bot.cards import hushed as card_hushed
from bot.cards.view import View, visible
from commands import hushed, write_back
from commands.errors import Denied
from integrations.base import (
    Capability,
    Deed,
    Did,
    Hush,
    Manifest,
    Misconfigured,
    Permanent,
    Rights,
    Transient,
)
from store.model import HOUR, Alert, AlertReading, AlertStatus, IncidentStatus, Severity
from tests.support.world import START, YAML, World, alert

SETTINGS = """
intake:
  sources:
    alertmanager:
      write_back: {url: "http://127.0.0.1:9", every: 0}
      people: {Zoe: zoey, bob: omar}
"""
RESOLVED = AlertStatus.RESOLVED


class Listener:
    """A monitor that writes down what it is told; ``fail`` is what it raises, once each."""

    def __init__(self) -> None:
        self.told: list[Deed] = []
        self.fail: list[Exception] = []
        self.here: list[Alert] = []
        self.stands: list[AlertReading] = []
        self.but = ""
        self.takes = frozenset(Did)
        self.quiet: list[Hush] = []

    async def tell(self, deed: Deed) -> str:
        if self.fail:
            raise self.fail.pop(0)
        self.told.append(deed)
        return self.but

    async def look(self, open_here: Sequence[Alert]) -> Sequence[AlertReading]:
        if self.fail:
            raise self.fail.pop(0)
        self.here = list(open_here)
        return self.stands

    async def hushed(self, open_here: Sequence[Alert]) -> Sequence[Hush]:
        return [each for each in self.quiet if each.key in {a.key for a in open_here}]

    async def close(self) -> None:
        """Nothing is held."""


@pytest.fixture
def monitor(monkeypatch: pytest.MonkeyPatch) -> Listener:
    listener = Listener()

    class Module:
        MANIFEST = Manifest("alertmanager", "X", frozenset({Capability.WRITE_BACK}))

        @staticmethod
        def connect(settings: object) -> Listener:
            assert settings == {"url": "http://127.0.0.1:9"}
            return listener

    real = integrations.load
    monkeypatch.setattr(
        integrations, "load", lambda name: Module if name == "alertmanager" else real(name)
    )
    return listener


@pytest.fixture
async def world(tmp_path: Path, monitor: Listener) -> AsyncIterator[World]:
    made = await World.build(f"sqlite:///{tmp_path}/pv.db", tmp_path, YAML + SETTINGS)
    yield made
    await made.end()


async def lines(world: World, incident: int, kind: str) -> list[tuple[str, str]]:
    found = (await world.detail(incident)).timeline
    return [(e.say, e.why) for e in found if e.kind == kind]


async def test_the_monitor_is_told_who_acknowledged(world: World, monitor: Listener) -> None:
    incident = await world.fires("k1")
    await world.does("omar", "ack", incident)
    [deed] = monitor.told
    assert (deed.did, deed.by, deed.incident) == (Did.ACKNOWLEDGED, "Omar Haddad", incident)
    assert [a.key for a in deed.alerts] == ["k1"]
    assert deed.message() == f"PixelView #{incident}: Omar Haddad acknowledged it."
    said = "Alertmanager was told: Omar Haddad acknowledged it."
    assert await lines(world, incident, write_back.WRITE_BACK) == [(said, "")]


async def test_all_that_people_do_is_told_in_order(world: World, monitor: Listener) -> None:
    incident = await world.fires("k1")
    await world.does("omar", "ack", incident)
    await world.does("omar", "note", incident, text="looking at the disk")
    await world.does("omar", "severity", incident, to="warning")
    await world.does("omar", "unack", incident)
    await world.does("ana", "resolve", incident, how="now", text="cleaned up")
    await world.does("ana", "reopen", incident)
    assert [d.did for d in monitor.told] == [
        Did.ACKNOWLEDGED, Did.NOTED, Did.SEVERITY, Did.UNACKNOWLEDGED, Did.RESOLVED, Did.REOPENED,
    ]  # fmt: skip
    note, severity, resolved = monitor.told[1], monitor.told[2], monitor.told[4]
    assert note.message() == f"PixelView #{incident}: Omar Haddad wrote: looking at the disk"
    assert severity.severity is Severity.WARNING
    assert resolved.text == "cleaned up"


async def test_a_silence_is_told_with_its_end(world: World, monitor: Listener) -> None:
    incident = await world.fires("k1")
    await world.does("omar", "silence", incident, until="2h", text="load test")
    [deed] = monitor.told
    assert (deed.did, deed.until) == (Did.SILENCED, START + 2 * HOUR)
    assert deed.message().endswith("Omar Haddad silenced 1 alert. load test")


async def test_a_monitor_is_told_only_what_it_takes(world: World, monitor: Listener) -> None:
    monitor.takes = frozenset({Did.SILENCED})
    incident = await world.fires("k1")
    await world.does("omar", "ack", incident)
    assert monitor.told == []
    assert await lines(world, incident, write_back.WRITE_BACK) == []


async def test_a_silence_made_in_the_monitor_stands_on_the_card_till_it_ends(
    world: World, monitor: Listener
) -> None:
    incident = await world.fires("k1")
    rev = (await world.detail(incident)).incident.rev
    until = world.clock.now() + HOUR
    monitor.quiet = [Hush("k1", "s1", until, "bob", "load <!here> test")]
    for _ in range(2):
        await world.app.monitors.look("alertmanager")
    assert await lines(world, incident, hushed.KIND) == [
        ("bob silenced it in Alertmanager.", "load <!here> test")
    ]
    assert await fold_of(world, incident) == (
        "🔇 Silenced in Alertmanager until {} by bob: “load <!here> test”"
    )
    detail = await world.detail(incident)
    assert (detail.incident.status, detail.incident.rev) == (IncidentStatus.TRIGGERED, rev)

    monitor.quiet = []
    for _ in range(2):
        await world.app.monitors.look("alertmanager")
    said = [say for say, _ in await lines(world, incident, hushed.KIND)]
    assert said[1:] == ["The silence in Alertmanager is over."]
    assert await fold_of(world, incident) == ""


async def test_a_silence_over_some_of_its_alerts_says_so(world: World, monitor: Listener) -> None:
    incident = await world.fires("k1")
    assert await world.fires("k2") == incident
    monitor.quiet = [Hush("k2", "s1", world.clock.now() + HOUR, "", "")]
    await world.app.monitors.look("alertmanager")
    [(said, _)] = await lines(world, incident, hushed.KIND)
    assert said == "Somebody silenced 1 of 2 alerts in Alertmanager."
    assert await fold_of(world, incident) == "🔇 Silenced in Alertmanager (1 of 2 alerts) until {}"


async def fold_of(world: World, incident: int) -> str:
    """The card's line about it, its instant as {}."""
    view = View(
        await world.detail(incident), world.door.definitions(), "https://pv", world.clock.now()
    )
    found = ["".join("{}" if s.at else s.text for s in row) for row in card_hushed.lines(view)]
    return "".join(found)


async def test_what_the_monitor_itself_resolved_is_not_told_to_it(
    world: World, monitor: Listener
) -> None:
    incident = await world.fires("k1")
    await world.clears("k1")
    assert await world.status(incident) is IncidentStatus.RESOLVED
    assert monitor.told == []


async def test_a_source_without_a_monitor_is_told_nothing(world: World, monitor: Listener) -> None:
    accepted = await world.hears(alert("k9"), source="other")
    await world.does("omar", "ack", accepted.incident_id)
    assert monitor.told == []


async def test_a_monitor_that_is_away_is_told_later_and_keeps_no_page(
    world: World, monitor: Listener
) -> None:
    monitor.fail = [Transient("away", uncertain=True)] * 5
    incident = await world.fires("k1")
    await world.does("omar", "ack", incident)
    assert monitor.told == []
    assert world.app.monitors.troubles == {"alertmanager": "away"}
    await world.advance(minutes=5)
    assert [d.did for d in monitor.told] == [Did.ACKNOWLEDGED]
    assert world.app.monitors.troubles == {}


async def test_a_monitor_that_is_away_for_a_day_is_given_up(
    world: World, monitor: Listener
) -> None:
    monitor.fail = [Transient("away", retry_after=3600)] * 60
    incident = await world.fires("k1")
    await world.does("omar", "ack", incident)
    await world.advance(minutes=26 * 60)
    say, why = (await lines(world, incident, "write_back_failed"))[0]
    assert say == "Alertmanager could not be told: Omar Haddad acknowledged it."
    assert why == "It did not answer for a day."


async def test_a_refusal_is_on_the_timeline(world: World, monitor: Listener) -> None:
    monitor.fail = [Permanent("no permission")]
    incident = await world.fires("k1")
    await world.does("omar", "ack", incident)
    assert [why for _, why in await lines(world, incident, "write_back_failed")] == [
        "no permission"
    ]


async def test_what_could_not_be_done_as_asked_is_on_the_timeline(
    world: World, monitor: Listener
) -> None:
    monitor.but = "It can't be closed by hand there."
    incident = await world.fires("k1")
    await world.does("omar", "resolve", incident, how="now")
    [(_, why)] = await lines(world, incident, "write_back")
    assert why == "It can't be closed by hand there."


# looking


async def test_what_fires_there_and_is_unknown_comes_in(world: World, monitor: Listener) -> None:
    await world.source()
    monitor.stands = [replace(alert("lost"), starts_at=START - 60_000)]
    assert await world.app.monitors.look("alertmanager") == 1
    await world.settle()
    found = await world.asks("ana", "list")
    assert len(found.incidents) == 1
    assert await world.app.monitors.look("alertmanager") == 0


async def test_what_is_over_there_is_over_here(world: World, monitor: Listener) -> None:
    incident = await world.fires("k1")
    await world.advance(minutes=1)
    monitor.stands = [alert("k1", status=RESOLVED)]
    assert await world.app.monitors.look("alertmanager") == 1
    assert [a.key for a in monitor.here] == ["k1"]
    await world.settle()
    assert await world.status(incident) is IncidentStatus.RESOLVED
    assert monitor.told == []


async def test_what_just_fired_may_still_be_on_its_way(world: World, monitor: Listener) -> None:
    await world.source()
    monitor.stands = [replace(alert("new"), starts_at=START - 1000)]
    assert await world.app.monitors.look("alertmanager") == 0


async def test_what_a_person_resolved_stays_resolved(world: World, monitor: Listener) -> None:
    incident = await world.fires("k1")
    await world.does("omar", "resolve", incident, how="now")
    await world.advance(minutes=30)
    monitor.stands = [replace(alert("k1"), starts_at=START)]
    assert await world.app.monitors.look("alertmanager") == 0


async def test_a_monitor_that_can_not_be_looked_at_is_a_bad_sign(
    world: World, monitor: Listener
) -> None:
    await world.source()
    monitor.fail = [Misconfigured("the token is wrong", "token")]
    with pytest.raises(Misconfigured):
        await world.app.monitors.look("alertmanager")
    signs = {s.name: s for s in world.app.health.signs()}
    assert not signs["Monitor alertmanager"].ok
    assert signs["Monitor alertmanager"].words == "the token is wrong"
    await world.app.monitors.look("alertmanager")
    signs = {s.name: s for s in world.app.health.signs()}
    assert signs["Monitor alertmanager"].ok


# who hears of it


def cards(world: World) -> list[str]:
    """The titles of cards about monitors in channels."""
    return [c.head.title for _, c in world.pad.posts if c.head.title.startswith("monitor ")]


async def test_who_owns_a_source_hears_at_most_hourly_that_its_monitor_refuses(
    world: World, monitor: Listener
) -> None:
    incident = await world.fires("k1")
    monitor.fail = [Permanent("no permission")] * 20
    await world.does("omar", "ack", incident)
    await world.does("omar", "note", incident, text="x")
    assert cards(world) == ["monitor alertmanager"]
    _, card = next(p for p in world.pad.posts if p[1].head.title.startswith("monitor "))
    assert visible(card.state.spans) == "no permission"
    assert "acknowledged it." in str(card.fold)
    await world.advance(minutes=61)
    await world.does("omar", "note", incident, text="y")
    assert cards(world) == ["monitor alertmanager"] * 2


async def test_a_wrong_setting_is_told_at_once_and_its_end_too(
    world: World, monitor: Listener
) -> None:
    await world.source()
    monitor.fail = [Misconfigured("the token is wrong", "token")]
    with pytest.raises(Misconfigured):
        await world.app.monitors.look("alertmanager")
    await world.settle()
    assert cards(world) == ["monitor alertmanager"]
    await world.advance(minutes=1)
    await world.app.monitors.look("alertmanager")
    await world.settle()
    _, last = world.pad.edits[-1]
    assert last.head.word == "ANSWERS"


async def test_a_short_absence_is_told_nobody(world: World, monitor: Listener) -> None:
    await world.source()
    monitor.fail = [Transient("away")] * 3
    for minutes in (0, 5, 6):
        await world.advance(minutes=minutes)
        with pytest.raises(Transient):
            await world.app.monitors.look("alertmanager")
        await world.settle()
        assert cards(world) == ([] if minutes < 6 else ["monitor alertmanager"])


# whether they answer


async def test_a_monitor_says_what_it_lets_us_do(world: World, monitor: Listener) -> None:
    async def check() -> Rights:
        return Rights(("Listener 1.0",), ("it has no receiver pv",))

    await world.source()
    monitor.check = check  # type: ignore[attr-defined]
    told = await world.asks("ana", "monitors")
    assert told.lines[:2] == ("▲ alertmanager: Listener 1.0.", "  It has no receiver pv.")
    assert not told.ok
    [fact] = told.facts["monitors"]
    assert (fact["ok"], fact["lacks"][0], fact["error"]) == (False, "it has no receiver pv", "")


async def test_a_person_of_the_settings_who_is_nobody_is_named(
    world: World, monitor: Listener
) -> None:
    await world.source()
    told = await world.asks("ana", "monitors")
    assert told.lines == (
        "▲ alertmanager: it answers.",
        "  Its people say that zoe is zoey, and there is nobody zoey.",
    )


async def test_one_that_does_not_answer_says_why(world: World, monitor: Listener) -> None:
    told = await world.asks("ana", "monitors")
    assert told.lines == (
        "✖ alertmanager: there is no intake source alertmanager yet: create its token.",
    )
    with pytest.raises(Denied):
        await world.asks("omar", "monitors")


async def test_a_monitor_can_watch_over_us(world: World, monitor: Listener) -> None:
    heard: list[tuple[bool, str]] = []

    async def report(well: bool, said: str) -> None:
        heard.append((well, said))

    monitor.report = report  # type: ignore[attr-defined]
    await world.fires("k1")
    await world.app.monitors._report("alertmanager")
    [(_, said)] = heard
    assert said.startswith("PixelView runs, 1 open incident")
