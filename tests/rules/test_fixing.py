"""What a person does about an alert that flaps, from its card: silence until it is calm, a rule."""

from __future__ import annotations

import pytest

from bot.cards.model import Form
from commands.errors import Conflict, Denied, Invalid
from commands.fixing import like
from store.model import IncidentStatus
from tests.rules.conftest import Built
from tests.rules.test_flapping import fires, flaps

RESOLVED = IncidentStatus.RESOLVED


async def test_the_card_of_what_flaps_offers_what_helps(house: Built) -> None:
    world = await house("")
    await flaps(world, 4)
    (card,) = world.pad.cards.values()
    labels = [press.label for press in card.actions.buttons]
    assert labels == [
        "Acknowledge", "Silence until it is calm…", "Fix the rule…", "Resolve…",
    ]  # fmt: skip
    assert card.actions.buttons[0].primary
    assert {"Assign…", "Escalate"} <= {press.label for press in card.actions.more}


async def test_until_it_is_calm_means_as_long_as_was_said(house: Built) -> None:
    world = await house("")
    number = await flaps(world, 4)
    await world.does("omar", "calm", number, stays="30", text="known, ticket 7")
    (card,) = world.pad.cards.values()
    assert "Silenced until it is calm for 30 min" in "".join(s.text for s in card.state.spans)
    world.clear()
    await fires(world)
    await world.advance(minutes=25)
    assert world.paged() == []
    await world.advance(minutes=6)
    assert world.pad.pages


async def test_until_it_is_calm_stops_what_asks_for_a_critical_one_too(house: Built) -> None:
    world = await house("")
    number = await flaps(world, 4, seconds=20, severity="critical")
    await world.does("omar", "calm", number, stays="15")
    world.clear()
    await flaps(world, 3, seconds=20, severity="critical")
    assert world.paged() == []
    await world.advance(minutes=16)
    incident = await world.incident(number)
    assert incident.status is RESOLVED and incident.calm == 0


async def test_what_does_not_flap_is_silenced_by_another_word(house: Built) -> None:
    world = await house("")
    number = await fires(world)
    with pytest.raises(Conflict, match="does not flap"):
        await world.does("omar", "calm", number)


async def test_fix_makes_a_rule_that_can_be_taken_back(house: Built) -> None:
    world = await house("")
    number = await fires(world)
    await world.advance(minutes=3)
    await world.clears(title="Load 31 on staging-2")
    done = await world.does("ana", "fix", number, how="delay", minutes=4)
    assert "Rule load-on-staging-2-delay is made, in force as version 2." in done.say
    assert 'It fits source=alertmanager title="Load * on staging-2".' in done.say
    assert "In the last 7 days 1 of 1 like it would have paged nobody." in done.say
    await world.advance(minutes=20)
    world.clear()
    await world.fires(severity="warning", title="Load 77 on staging-2")
    assert world.paged() == []
    await world.does("ana", "revert", version=2)
    assert world.door.definitions().alert_rules == ()


async def test_fix_can_group_and_keep_quiet(house: Built) -> None:
    world = await house("")
    number = await fires(world)
    await world.does("ana", "fix", number, how="group", by="host, env")
    await world.does("ana", "fix", number, how="quiet")
    await world.does("ana", "fix", number, how="hours")
    hours, quiet, group = world.door.definitions().alert_rules
    assert group.group_by == ("host", "env") and group.group_window == 30
    assert quiet.quiet is True
    assert hours.hours is not None and hours.hours.zone == "Europe/Berlin"
    for wrong in ({"how": "group", "by": "a b; c"}, {"how": "delay", "minutes": 0}, {"how": "so"}):
        with pytest.raises(Invalid):
            await world.does("ana", "fix", number, **wrong)


async def test_only_who_may_change_definitions_fixes_rules(house: Built) -> None:
    world = await house("")
    number = await fires(world)
    with pytest.raises(Denied):
        await world.does("omar", "fix", number, how="quiet")


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("Load 31 on staging-2", 'source=alertmanager title="load * on staging-2"'),
        ("it's [1,2] a=b?", 'source=alertmanager title="it\'s ?*?*? a=b?"'),
        ("Disk 94.5 % full, on /var", 'source=alertmanager title="disk * % full? on /var"'),
    ],
)
async def test_alerts_like_it_have_its_title_with_other_numbers(
    house: Built, title: str, found: str
) -> None:
    world = await house("")
    number = await world.fires(title=title)
    incident = await world.incident(number)
    assert like(incident).casefold() == found
    done = await world.does("ana", "fix", number, how="quiet")
    assert "1 like it" in done.say


async def test_an_alert_that_has_a_name_is_known_by_it(house: Built) -> None:
    world = await house("")
    number = await world.fires(labels={"alertname": "HighLoad"})
    assert like(await world.incident(number)) == "source=alertmanager alertname=HighLoad"


async def test_the_form_says_which_alerts_are_meant_and_what_would_be_saved(house: Built) -> None:
    world = await house("")
    number = await flaps(world, 4)
    form = await world.press("U0ANA", f"cmd:fix:{number}:{(await world.incident(number)).rev}")
    assert isinstance(form, Form)
    given = {each.name: each for each in form.inputs}
    assert given["match"].initial == 'source=alertmanager title="Load * on staging-2"'
    assert given["match"].hint == "1 in the last 7 days; 1 of them paged people."
    assert "0 of 1 like it would have paged nobody" in given["minutes"].hint


async def test_the_filter_of_the_form_may_be_another(house: Built) -> None:
    world = await house("")
    number = await fires(world)
    await world.does("ana", "fix", number, how="delay", match="warning service=lab")
    (rule,) = world.door.definitions().alert_rules
    assert rule.match == "warning service=lab"
