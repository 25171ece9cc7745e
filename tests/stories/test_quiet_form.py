"""The form behind "Snooze or silence…": this one, its alerts, or all that is like it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.cards.model import Account, Answer, Errors, Form, Private, Quietly
from store import silences
from tests.support.world import World

LABELS = {"hostname": "staging-2", "service": "cart"}


async def form(world: World, incident: int) -> Form:
    """The form as it opens."""
    answer = await world.press("U0ANA", f"cmd:quiet:{incident}:1")
    assert isinstance(answer, Form)
    return answer


async def sent(world: World, shown: Form, **values: str) -> Answer:
    """The form comes back with what stood in it, and these values."""
    filled = {i.name: i.initial for i in shown.inputs} | values
    account = Account("slack", "T1", "U0ANA", "Ana")
    answer = await world.app.desk.submit(shown.token, filled, account, f"k{values}")
    await world.settle()
    return answer


async def warns(world: World, key: str = "a", **more: Any) -> int:
    """Something fires on staging-2."""
    return await world.fires(key, **{"severity": "warning", "labels": LABELS, **more})


async def test_it_begins_with_where_it_is_and_what_that_would_hide(world: World) -> None:
    incident = await warns(world)
    shown = await form(world, incident)
    assert shown.title == f"Snooze or silence #{incident}"
    assert [(i.name, i.required) for i in shown.inputs] == [
        ("how", False), ("until", True), ("matcher", False), ("text", False), ("critical", False),
    ]  # fmt: skip
    matcher = shown.inputs[2]
    assert matcher.initial == "host=staging-2 service=cart"
    assert matcher.hint == "This hides 1 incident now, 1 last week, never criticals."


async def test_what_matches_is_silenced_with_its_reason(world: World) -> None:
    incident, other = await warns(world), await warns(world, "b", labels={"hostname": "web-1"})
    shown = await form(world, incident)
    answer = await sent(world, shown, how="matching", until="3h")
    assert answer == Errors({"text": "Say why: others will ask. "
                             "silence host=staging-2 for 3h load test"})  # fmt: skip
    answer = await sent(world, shown, how="matching", until="3h", text="load test")
    assert isinstance(answer, Private)
    assert (await world.incident(incident)).hush is not None
    assert (await world.incident(other)).hush is None
    made = await world.app.reader.read(lambda tx: silences.get(tx, 1))
    assert made is not None and made.what == "host=staging-2 service=cart"


async def test_a_critical_is_included_by_typing_the_word(world: World) -> None:
    incident = await warns(world, severity="critical")
    shown = await form(world, incident)
    hints = {i.name: i.hint for i in shown.inputs}
    assert hints["critical"] == (
        "1 critical fits and pages on. Type critical to hide criticals too."
    )
    values = {"how": "matching", "until": "3h", "text": "load test"}
    answer = await sent(world, shown, **values)
    assert answer == Errors(
        {"critical": f"#{incident} is critical and would page on. Type critical to include it."}
    )
    answer = await sent(world, shown, **values, critical="yes")
    assert isinstance(answer, Errors) and "critical" in answer.fields
    assert isinstance(await sent(world, shown, **values, critical="Critical"), Private)
    assert (await world.incident(incident)).hush is not None


@pytest.mark.parametrize(
    ("how", "field"), [("snooze", "snoozed_until"), ("alerts", "silenced_until")]
)
async def test_this_one_alone_sleeps_or_is_silenced(world: World, how: str, field: str) -> None:
    incident = await warns(world)
    answer = await sent(world, await form(world, incident), how=how, until="1h")
    assert isinstance(answer, Quietly)
    found = await world.incident(incident)
    assert getattr(found, field) == world.clock.at + 3_600_000 and found.hush is None


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"matcher": ""}, "matcher"),
        ({"matcher": "host=*"}, "matcher"),
        ({"until": "sat 25:00"}, "until"),
        ({"until": "60d"}, "until"),
        ({"how": "loudly"}, "how"),
    ],
)
async def test_an_error_stands_at_its_field(
    world: World, values: dict[str, str], field: str
) -> None:
    shown = await form(world, await warns(world))
    given = {"how": "matching", "until": "3h", "text": "why", **values}
    answer = await sent(world, shown, **given)
    assert isinstance(answer, Errors) and list(answer.fields) == [field]


async def test_where_nothing_is_known_of_it_nothing_is_filled_in(world: World) -> None:
    done = await world.does("ana", "declare", text="checkout is slow", team="db")
    shown = await form(world, done.changed[0][0])
    assert shown.inputs[2].initial == ""
