"""Severity, delay, grouping, an end without a word: what rules say of alerts that fit them."""

from __future__ import annotations

import pytest

from bot.settings import BadSettings, parse
from commands.errors import Conflict, Invalid
from commands.typed import read_line
from store.model import MINUTE, AlertStatus, IncidentStatus, Severity
from tests.rules.conftest import Built
from tests.support.world import World, alert

TRIGGERED, RESOLVED = IncidentStatus.TRIGGERED, IncidentStatus.RESOLVED


async def why(world: World, number: int) -> str:
    """Everything that Why? says of an incident."""
    return "\n".join(await world.asks("ana", "why", incident=number))


# ---- severity ----------------------------------------------------------------------------------

STAGING = """
rules:
  - {name: staging, match: "env=staging", severity: warning}
  - {name: late, match: "env=*", severity: error}
"""


async def test_the_first_rule_that_fits_says_how_bad_it_is(house: Built) -> None:
    world = await house(STAGING)
    number = await world.fires(
        severity="critical", severity_raw="disaster", labels={"env": "staging"}
    )
    incident = await world.incident(number)
    assert incident.severity is Severity.WARNING
    detail = await world.detail(number)
    assert detail.alerts[0].severity_raw == "disaster"
    said = await why(world, number)
    assert "Warning because rule staging says so; the monitor: disaster." in said
    assert (
        await world.incident(await world.fires("b", labels={"env": "prod"}))
    ).severity == "error"


async def test_a_rules_severity_is_what_routes_see(house: Built) -> None:
    world = await house("")
    await world.does(
        "ana", "edit", kind="rule", name="calm", text="match: team:db env=lab\nseverity: info\n"
    )
    await world.does(
        "ana", "edit", kind="route", name="infos", text="match: {severity: info}\nteam: db\n"
    )
    number = await world.fires(labels={"env": "lab", "team": "elsewhere"})
    assert (await world.incident(number)).route == "infos"


async def test_without_a_rule_that_fits_the_monitor_is_believed(house: Built) -> None:
    world = await house(STAGING)
    number = await world.fires(severity="critical")
    assert (await world.incident(number)).severity is Severity.CRITICAL


# ---- delay -------------------------------------------------------------------------------------

DELAY = """
rules:
  - {name: patience, match: warning, delay: 5}
"""


async def test_a_delayed_alert_is_shown_at_once_and_pages_when_it_still_fires(house: Built) -> None:
    world = await house(DELAY)
    number = await world.fires(severity="warning")
    assert len(world.pad.posts) == 1 and world.paged() == []
    incident = await world.incident(number)
    assert incident.next is not None and incident.next.why == "if it still fires"
    assert incident.next.at == world.clock.at + 5 * MINUTE and incident.next.who == ("ana",)
    card = world.pad.cards[next(iter(world.pad.cards))]
    assert "if it still fires" in "".join(s.text for s in card.state.spans)
    await world.advance(minutes=4.9)
    assert world.paged() == []
    await world.advance(minutes=0.2)
    assert world.paged()
    assert "Step 1 waits 5 min. Rule patience." in await why(world, number)


async def test_what_is_over_before_the_delay_pages_nobody(house: Built) -> None:
    world = await house(DELAY)
    number = await world.fires(severity="warning")
    await world.advance(minutes=3)
    await world.clears()
    await world.advance(minutes=60)
    assert world.paged() == [] and await world.status(number) is RESOLVED


async def test_an_alert_that_may_not_wait_ends_the_wait_of_its_incident(house: Built) -> None:
    world = await house(DELAY)
    number = await world.fires("a", severity="warning")
    await world.advance(minutes=1)
    assert await world.fires("b", severity="critical") == number
    assert world.paged()


async def test_the_delay_begins_anew_when_it_fires_again(house: Built) -> None:
    world = await house(DELAY)
    number = await world.fires(severity="warning")
    await world.advance(minutes=4)
    await world.clears()
    await world.advance(minutes=2)
    assert await world.fires(severity="warning") == number
    await world.advance(minutes=4)
    assert world.paged() == []
    await world.advance(minutes=2)
    assert world.paged()


async def test_a_person_who_escalates_waits_for_no_delay(house: Built) -> None:
    world = await house(DELAY)
    number = await world.fires(severity="warning")
    await world.does("omar", "escalate", number)
    assert world.paged()


async def test_the_delay_survives_a_restart(house: Built) -> None:
    world = await house(DELAY)
    await world.fires(severity="warning")
    await world.die()
    again = await world.again()
    try:
        await again.advance(minutes=3)
        assert again.paged() == []
        await again.advance(minutes=3)
        assert again.paged()
    finally:
        await again.end()


HOURS = """
rules:
  - {name: by-day, hours: {zone: Europe/Berlin, start: "09:00", end: "17:00"}}
"""


async def test_what_comes_at_night_pages_when_its_hours_begin(house: Built) -> None:
    world = await house(HOURS)
    number = await world.fires(severity="warning")
    waits = (await world.incident(number)).next
    assert waits is not None and waits.at == world.clock.at + (5 * 60 + 51) * MINUTE
    said = await why(world, number)
    assert "Step 1 waits for its hours, within 09:00-17:00 Europe/Berlin. Rule by-day." in said
    await world.advance(minutes=5 * 60 + 50)
    assert world.paged() == []
    await world.advance(minutes=2)
    assert world.paged()


async def test_a_critical_alert_waits_for_no_hours(house: Built) -> None:
    world = await house(HOURS)
    await world.fires(severity="critical")
    assert world.paged()


# ---- grouping ----------------------------------------------------------------------------------


async def test_a_rule_says_what_makes_one_incident_and_for_how_long(house: Built) -> None:
    world = await house(
        """
rules:
  - {name: hosts, match: "type:host", group_by: [host], group_window: 30}
"""
    )
    one = await world.fires("a", type="host", labels={"host": "db-1", "service": "x"})
    await world.advance(minutes=20)
    labels = {"host": "db-1", "service": "y"}
    assert await world.fires("b", type="host", labels=labels) == one
    assert await world.fires("c", type="host", labels={"host": "db-2", "service": "x"}) != one
    said = [e.why for e in (await world.detail(one)).timeline if e.kind == "alert"]
    assert said == ["Grouped because host=db-1 by rule hosts, within 30 min."]
    await world.advance(minutes=31)
    assert await world.fires("d", type="host", labels={"host": "db-1"}) != one


async def test_a_route_has_a_window_of_its_own(house: Built) -> None:
    world = await house("")
    await world.does(
        "ana",
        "edit",
        kind="route",
        name="slow",
        text="match: {env: slow}\nteam: db\ngroup_window: 60\n",
    )
    labels = {"env": "slow", "team": "elsewhere"}
    one = await world.fires("a", labels=labels)
    await world.advance(minutes=50)
    assert await world.fires("b", labels=labels) == one


# ---- an end without a word ---------------------------------------------------------------------

ONE_SHOT = """
rules:
  - {name: batches, match: "type:ci", resolve_after: 60}
intake:
  sources:
    syslog: {resolve_after: 30}
"""


async def test_so_long_without_a_word_and_it_is_over(house: Built) -> None:
    world = await house(ONE_SHOT)
    number = await world.fires(type="ci", title="Nightly build failed")
    await world.advance(minutes=59)
    assert await world.status(number) is TRIGGERED
    await world.advance(minutes=2)
    incident = await world.incident(number)
    assert incident.status is RESOLVED and incident.resolved_by is None
    lines = [(e.say, e.why) for e in (await world.detail(number)).timeline]
    over = "Nightly build failed counts as over: not a word of it for 60 min."
    assert (over, "Rule batches.") in lines


async def test_each_repeat_begins_the_wait_anew(house: Built) -> None:
    world = await house(ONE_SHOT)
    number = await world.fires(type="ci")
    for _ in range(3):
        await world.advance(minutes=50)
        assert await world.fires(type="ci") == number
    assert await world.status(number) is TRIGGERED
    await world.advance(minutes=61)
    assert await world.status(number) is RESOLVED


async def test_a_source_may_say_so_for_all_of_its_alerts(house: Built) -> None:
    world = await house(ONE_SHOT)
    accepted = await world.hears(alert("one"), source="syslog")
    number = accepted.incident_id or 0
    await world.does("ana", "ack", number)
    await world.advance(minutes=31)
    assert await world.status(number) is RESOLVED


async def test_only_what_is_silent_ends_and_the_rest_goes_on(house: Built) -> None:
    world = await house(ONE_SHOT)
    number = await world.fires("ci", type="ci")
    assert await world.fires("other") == number
    await world.advance(minutes=70)
    incident = await world.incident(number)
    assert (incident.alerts_total, incident.alerts_firing) == (2, 1)
    assert incident.status is not RESOLVED


async def test_what_counted_as_over_and_is_said_again_fires_again(house: Built) -> None:
    world = await house(ONE_SHOT)
    starts = world.clock.at
    number = await world.fires(type="ci", starts_at=starts)
    await world.advance(minutes=61)
    assert await world.status(number) is RESOLVED
    await world.advance(minutes=5)
    assert await world.fires(type="ci", starts_at=starts) == number
    assert await world.status(number) is TRIGGERED


async def test_the_wait_survives_a_restart(house: Built) -> None:
    world = await house(ONE_SHOT)
    number = await world.fires(type="ci")
    await world.die()
    again = await world.again()
    try:
        await again.advance(minutes=61)
        assert await again.status(number) is RESOLVED
    finally:
        await again.end()


async def test_what_is_merged_or_reopened_still_ends_without_a_word(house: Built) -> None:
    world = await house(ONE_SHOT)
    one = await world.fires("one", type="ci", labels={"service": "one"})
    two = await world.fires("two", type="ci", labels={"service": "two"})
    await world.does("ana", "merge", one, into=two)
    await world.advance(minutes=61)
    assert await world.status(two) is RESOLVED
    three = await world.fires("three", type="ci", labels={"service": "three"})
    await world.does("ana", "resolve", three, how="now")
    await world.does("ana", "reopen", three)
    await world.advance(minutes=61)
    assert await world.status(three) is RESOLVED


async def test_a_new_rule_is_about_what_is_open_already(house: Built) -> None:
    world = await house("")
    number = await world.fires(type="ci")
    await world.does("ana", "edit", kind="rule", name="shots", text="resolve_after: 30\n")
    await world.advance(minutes=31)
    assert await world.status(number) is RESOLVED


# ---- quiet -------------------------------------------------------------------------------------

QUIET = """
rules:
  - {name: chatter, match: "team:db env=lab", quiet: true}
"""


async def test_what_a_rule_keeps_quiet_is_kept_and_pages_nobody(house: Built) -> None:
    world = await house(QUIET)
    number = await world.fires(severity="error", labels={"env": "lab"})
    await world.advance(minutes=200)
    assert world.paged() == [] and world.pad.posts == []
    incident = await world.incident(number)
    assert incident.status is TRIGGERED and incident.held_by == "chatter"
    assert incident.next is not None and incident.next.why == "rule chatter keeps it quiet"
    assert "rule chatter keeps it quiet" in await why(world, number)
    assert await world.fires("b", labels={"env": "prod"}) != number


async def test_a_critical_alert_is_never_kept_quiet_unless_the_rule_says_so(house: Built) -> None:
    world = await house(QUIET.replace("quiet: true", "quiet: true, criticals: true"))
    await world.fires(severity="critical", labels={"env": "lab"})
    assert world.paged() == []
    await world.does(
        "ana", "edit", kind="rule", name="early", text="match: env=prod\nquiet: true\n"
    )
    await world.fires("b", severity="critical", labels={"env": "prod"})
    assert world.paged()


async def test_a_rule_that_is_taken_back_lets_go_what_it_kept(house: Built) -> None:
    world = await house("")
    done = await world.does(
        "ana", "edit", kind="rule", name="hush", text="match: env=lab\nquiet: true\n"
    )
    number = await world.fires(severity="error", labels={"env": "lab"})
    await world.advance(minutes=5)
    assert world.paged() == []
    await world.does("ana", "revert", version=int(done.say.rsplit(" ", 1)[1]))
    await world.advance(minutes=1)
    assert world.paged() and len(world.pad.posts) == 1
    assert (await world.incident(number)).held_by == ""


# ---- a rule is a definition like others --------------------------------------------------------


async def test_a_rule_is_made_tried_exported_and_taken_back(house: Built) -> None:
    world = await house("")
    await world.fires(severity="warning")
    told = await world.asks(
        "ana", "preview", kind="rule", name="wait", text="match: warning\ndelay: 5\n"
    )
    assert any("1 of the 1 incident" in line for line in told.lines), told.lines
    done = await world.does(
        "ana", "edit", kind="rule", name="wait", text="match: warning\ndelay: 5\n"
    )
    assert "Rule wait is made, in force as version 2." in done.say
    assert [r.name for r in world.door.definitions().alert_rules] == ["wait"]
    lines = await world.asks("ana", "export")
    assert lines[:2] == ["rules:", "  - name: wait"]
    await world.does("ana", "revert", version=2)
    assert world.door.definitions().alert_rules == ()


async def test_a_new_rule_goes_before_the_others_and_a_changed_one_keeps_its_place(
    house: Built,
) -> None:
    world = await house(STAGING)
    for name in ("one", "two"):
        await world.does("ana", "edit", kind="rule", name=name, text="severity: info\n")
    await world.does("ana", "edit", kind="rule", name="one", text="severity: warning\n")
    names = [r.name for r in world.door.definitions().alert_rules]
    assert names == ["two", "one", "staging", "late"]
    with pytest.raises(Conflict, match="Rule staging comes from the settings file"):
        await world.does("ana", "edit", kind="rule", name="staging", text="severity: info\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("match: warning", "says nothing"),
        ("match: 'severity=loud'\ndelay: 5", "Line 1: match: loud is not a severity"),
        ("match: mine\ndelay: 5", "nobody has it yet"),
        ("delay: -1", "Line 1: delay"),
        ("equal: [host]\ndelay: 1", "equal goes with under"),
        ("under: ''", "under: everything can't be under everything"),
        ("flapping: {changes: 1}", "Line 1: flapping"),
        ("hours: {start: '9'}", "Line 1: hours: start"),
        ("hours: {start: '9:00', end: '10:00', holidays: DE}", "Line 1: hours"),
        ("delay: 5\nwait: 3", "Line 2: wait: no such setting"),
    ],
)
async def test_a_rule_that_can_not_be_is_refused_with_its_line(
    house: Built, text: str, said: str
) -> None:
    world = await house("")
    with pytest.raises(Invalid, match=said):
        await world.does("ana", "edit", kind="rule", name="wrong", text=text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rules:\n  - {name: a, delay: 1}\n  - {name: a, delay: 2}\n", "there are two rules a"),
        ("rules:\n  - {name: a, match: 'host='}\n", "host= has no value"),
        ("intake:\n  sources:\n    x: {resolve_after: soon}\n", "write minutes without a word"),
        ("grouping: {flapping: {changes: 2}}\n", "grouping.flapping"),
    ],
)
def test_mistakes_in_the_file_have_their_line(text: str, said: str) -> None:
    with pytest.raises(BadSettings, match=said):
        parse(text, "test.yaml")


def test_match_may_be_a_mapping_as_of_a_route() -> None:
    (rule,) = parse("rules: [{name: a, match: {host: [db-1, db-2]}, delay: 1}]\n", "x").rules
    assert rule.match == "host=db-1,db-2"


async def test_by_hand_is_by_hand_whatever_rules_say(house: Built) -> None:
    world = await house("\nrules:\n  - {name: all, delay: 30, severity: info, quiet: true}\n")
    await world.does("ana", "declare", text="Checkout slow", severity="critical")
    (incident,) = (await world.asks("ana", "list")).incidents
    assert incident.severity is Severity.CRITICAL and world.paged()


async def test_acknowledged_there_is_judged_like_a_firing(house: Built) -> None:
    world = await house(STAGING)
    accepted = await world.hears(
        alert("z", status=AlertStatus.ACKNOWLEDGED, labels={"env": "staging"})
    )
    (number,) = accepted.incidents
    assert (await world.incident(number)).severity is Severity.WARNING


async def test_a_rule_is_written_on_one_line_in_a_chat(house: Built) -> None:
    world = await house("")
    line = "edit rule patience {match: warning, delay: 5}"
    verb, args = read_line(line, world.door.definitions())
    await world.does("ana", verb.name, **args)
    (rule,) = world.door.definitions().alert_rules
    assert (rule.match, rule.delay) == ("warning", 5)
