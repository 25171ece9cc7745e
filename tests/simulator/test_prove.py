"""Whether anybody would be asked at every instant: holes with their why, and the engine agrees."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from bot.__main__ import main
from commands.context import Rulebook
from commands.playing import played
from commands.prove import Proof, walked
from commands.rules.reach import Contacts, first_asked, places
from commands.simulate import Simulate, asked
from store.model import DAY, HOUR, MINUTE, Definitions, Severity
from store.model.oncall import Away
from tests.oncall.walker import Survey
from tests.simulator.support import NOW, YAML, at, settings

HOLED = """
people:
  ana: {name: Ana Petrova, email: ana@example.eu}
  omar: {name: Omar Haddad, email: omar@example.eu}
  mei: {name: Mei Lin}
teams:
  db: {members: [ana, omar], oncall: "schedule:nights"}
  edge: {members: [mei], oncall: mei, lead: mei}
schedules:
  nights:
    zone: Europe/Berlin
    layers:
      - name: nights
        start: 2026-01-05T20:00
        rotation: {kind: weekly, people: [ana, omar]}
        restrictions: [{start: "20:00", end: "02:30"}, {start: "03:00", end: "08:00"}]
      - {name: days, people: [ana], restrictions: [{start: "08:00", end: "20:00"}]}
routes:
  - {name: db, match: {service: db}, team: db, policy: db}
  - {name: edge, match: {service: edge}, team: edge, policy: team}
policies:
  db:
    steps:
      - {targets: [oncall], delay: 5}
      - targets: ["person:omar"]
        severity: [critical, error]
        hours: {zone: Europe/Berlin, start: "00:00", end: "02:45"}
  team:
    steps: [{targets: [oncall], delay: 5}, {targets: ["policy:other"], delay: 5}]
  other:
    steps: [{targets: [{round_robin: [ana, mei]}], delay: 5}]
  default:
    steps: [{targets: ["person:ana"], delay: 5}]
"""


def proof(yaml: str, days: int = 90, away: tuple[Away, ...] = ()) -> Proof:
    """The proof for the settings of a text."""
    known = replace(settings(yaml).definitions(), away=away)
    return walked(known, NOW, NOW + days * DAY, Contacts())


def test_a_policy_that_always_asks_somebody_is_proven() -> None:
    found = proof(YAML)
    assert not found.holes and found.instants > 12


def test_a_hole_has_its_edges_and_says_why_for_each_severity() -> None:
    holes = [h for h in proof(HOLED, 2).holes if h.place.policy.name == "db"]
    critical = [h for h in holes if Severity.CRITICAL in h.severities]
    warning = [h for h in holes if Severity.WARNING in h.severities]
    day = at("2026-09-02T00:00:00+02:00")
    assert [(h.start - day, h.end - day) for h in critical][:1] == [(165 * MINUTE, 180 * MINUTE)]
    assert [(h.start - day, h.end - day) for h in warning][:1] == [(150 * MINUTE, 180 * MINUTE)]
    assert critical[0].why == (
        "step 1 of db: nobody is behind oncall",
        "step 2 of db: it is for within 00:00-02:45 Europe/Berlin",
        "db has no fallback",
    )


def test_the_night_clocks_go_back_has_its_own_hole() -> None:
    holes = [h for h in proof(HOLED, 60).holes if h.place.policy.name == "db"]
    night = at("2026-10-25T00:00:00+02:00")
    (back,) = [h for h in holes if night <= h.start < night + 5 * HOUR and len(h.severities) == 2
               and Severity.WARNING in h.severities]  # fmt: skip
    # 02:30 ends the window at its second occurrence, 03:00 comes once.
    assert (back.start, back.end) == (night + 3 * HOUR + 30 * MINUTE, night + 4 * HOUR)


def test_who_is_asked_in_turn_must_all_be_reachable_and_a_policy_hands_over() -> None:
    (hole,) = [h for h in proof(HOLED, 3).holes if h.place.policy.name == "team"]
    assert (hole.start, hole.end) == (NOW, NOW + 3 * DAY)
    assert hole.why == (
        "step 1 of team: Mei Lin has no contact that is known",
        "step 1 of other: Mei Lin has no contact that is known",
        "other has no fallback",
    )


def test_an_alert_that_no_route_takes_is_a_place_too() -> None:
    known = settings(HOLED).definitions()
    assert "no route: an alert that matches none" in {p.by for p in places(known)}
    (hole, *_) = proof(
        HOLED.replace('  default:\n    steps: [{targets: ["person:ana"], delay: 5}]\n', ""), 1
    ).holes[-1:]
    assert hole.place.policy.name == "default"


def test_who_is_away_does_not_count() -> None:
    one = YAML.replace('"person:omar"', '"person:ana"').replace("lead: omar", "lead: ana")
    gone = (Away("ana", NOW + DAY, NOW + 2 * DAY, "holiday"),)
    (hole,) = [h for h in proof(one, 5, away=gone).holes if Severity.CRITICAL in h.severities]
    assert (hole.start, hole.end) == (NOW + DAY, NOW + 2 * DAY)
    assert "Ana Petrova is away" in hole.why[0]


TELLING = """
people:
  ana: {name: Ana Petrova, email: ana@example.eu}
  omar: {name: Omar Haddad, email: omar@example.eu}
  mei: {name: Mei Lin, email: mei@example.eu}
teams:
  db: {members: [ana, omar], zone: Europe/Berlin, oncall: "schedule:leads", manager: mei}
schedules:
  leads:
    zone: Europe/Berlin
    layers:
      - {name: work, people: [omar], restrictions: [{start: "08:00", end: "18:00"}]}
routes:
  - {name: db, match: {service: db}, team: db, policy: db}
policies:
  db:
    steps:
      - {targets: ["channel:slack:#ops"], delay: 30}
      - {targets: [oncall], delay: 5}
      - {targets: [manager], delay: 5, hours: {start: "20:00", end: "02:30"}}
      - {targets: ["person:ana"], delay: 5, alerts: {more_than: 3}}
    repeat: 1
"""


def test_a_step_that_only_tells_takes_its_time_before_the_next_one_asks() -> None:
    known = settings(TELLING).definitions()
    place = next(p for p in places(known) if p.by == "route db")
    day = at("2026-09-02T00:00:00+02:00")
    before = first_asked(known, place, Severity.INFO, day + 7 * HOUR + 35 * MINUTE, Contacts())
    assert [a.person.handle for a in before.asked] == ["omar"]
    holes = [h for h in proof(TELLING, 3).holes if h.place.policy.name == "db"]
    # Told at 01:59 Mei is asked at 02:29; told at 07:00, Omar at 08:00, in the second pass.
    edges = [(h.start - day, h.end - day) for h in holes if day <= h.start < day + 12 * HOUR]
    assert edges == [(2 * HOUR, 7 * HOUR)]
    assert holes[-1].why[0] == "step 1 of db: it only tells channel:slack:#ops"


async def engine_asks(known: Definitions, service: str, severity: str, when: int) -> set[str]:
    """Whom the engine pages first, in a simulation."""
    words = Simulate(severity=severity, service=service)
    question = asked(words, when, "UTC", known)
    night = await played(question, known, Rulebook())
    pages = [e for e in night.events if e.kind == "page"]
    return {e.person for e in pages if e.at == pages[0].at}


@pytest.mark.parametrize("yaml", [YAML, HOLED, TELLING], ids=["whole", "holed", "telling"])
async def test_the_engine_asks_whom_the_proof_says_at_sampled_instants(yaml: str) -> None:
    known = settings(yaml).definitions()
    by_route = {p.by: p for p in places(known)}
    dice = random.Random(7)
    edges = [h.start for h in walked(known, NOW, NOW + 60 * DAY, Contacts()).holes]
    samples = [NOW + dice.randrange(60 * DAY) for _ in range(15)] + dice.sample(
        edges, min(10, len(edges))
    )
    for when in samples:
        severity = dice.choice(list(Severity))
        place = by_route["route db"]
        said = first_asked(known, place, severity, when, Contacts())
        paged = await engine_asks(known, "db", str(severity), when)
        assert paged == {a.person.handle for a in said.asked}, (when, severity, said)


def test_a_survey_gives_what_each_instant_gives() -> None:
    known = settings(HOLED).definitions()
    dice = random.Random(3)
    survey = Survey(known, NOW, NOW + 60 * DAY, Contacts())
    for place in places(known):
        for severity in (Severity.CRITICAL, Severity.INFO):
            for start, end, reached in survey.asked(place, severity):
                for when in (start, end - MINUTE, start + dice.randrange(end - start)):
                    one = first_asked(known, place, severity, when, Contacts())
                    assert [a.person for a in one.asked] == [a.person for a in reached.asked]


@pytest.mark.parametrize(("yaml", "status"), [(YAML, 0), (HOLED, 1)], ids=["whole", "holed"])
def test_the_exit_status_is_for_a_ci(
    yaml: str,
    status: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PIXELVIEW_TOKEN", raising=False)
    Path("pv.yaml").write_text(yaml, "utf-8")
    assert main(["prove", "--config", "pv.yaml", "--days", "30", "--json"]) == status
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is (status == 0) and bool(found["holes"]) is (status == 1)
    assert main(["prove", "--config", "pv.yaml", "--days", "30"]) == status
    assert capsys.readouterr().out.startswith("NOT proven" if status else "Proven")
