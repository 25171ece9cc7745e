"""Card 12 and what is done with it: announced, begun, extended, over; in chat, before and after."""

from __future__ import annotations

from typing import Any

import pytest

from bot.cards.model import Account, Form, Private, Quietly
from commands.errors import Conflict, Denied, Invalid
from store.model import MINUTE
from tests.maintenance.conftest import card, line, paged, words
from tests.support.world import World


def titles(house: World) -> list[str]:
    """Where maintenance cards were posted, with their words."""
    return [f"{p} {c.head.word} {c.head.title}" for p, c in house.pad.posts if c.head.glyph == "🔧"]


def buttons(house: World) -> list[str]:
    """The buttons of the card as it stands."""
    return [b.label for b in card(house).actions.buttons]


def token(house: World, label: str) -> str:
    """What a button of the card does."""
    actions = card(house).actions
    return next(b.token for b in (*actions.buttons, *actions.more) if b.label == label)


async def tuesday(house: World, **more: str) -> str:
    """A disk is swapped on Tuesday morning."""
    args: dict[str, Any] = {"what": "db-5", "when": "tue 10:00-11:30", "text": "disk swap", **more}
    done = await house.does("ana", "maintenance", **args)
    return str(done.say)


async def to_tuesday(house: World, before: int = 0) -> None:
    """Time passes to some minutes before Tuesday 10:00 in Berlin."""
    at = 1_795_510_800_000 - before * MINUTE
    assert at > house.clock.at
    await house.advance(seconds=(at - house.clock.at) / 1000)


async def test_it_is_announced_a_quarter_of_an_hour_before_and_edited_after(house: World) -> None:
    assert "Tue 24 Nov 10:00–11:30 Berlin" in await tuesday(house)
    await to_tuesday(house, before=16)
    assert titles(house) == []
    await to_tuesday(house, before=15)
    assert [t.split(" ", 1)[1] for t in titles(house)] == ["MAINTENANCE db-5 disk swap"]
    shown = card(house)
    assert words(shown.notification).startswith(
        "🔧 Maintenance starts in 15 min: db-5 disk swap until"
    )
    assert "begins" in line(shown) and "rules already running finish" in line(shown)
    assert buttons(house) == ["Start early", "Extend…", "Skip this one"]
    await to_tuesday(house)
    assert "on until" in line(card(house))
    assert buttons(house) == ["What it covers", "Extend…", "End now"]
    await house.advance(minutes=90)
    assert card(house).head.word == "MAINTENANCE OVER" and buttons(house) == []
    assert len(titles(house)) == 1  # edited in place
    assert [text for _, text in house.pad.said] == ["Over. Nothing still fires."]


async def test_what_still_fires_is_said_at_the_end(house: World) -> None:
    await tuesday(house)
    await to_tuesday(house)
    incident = await house.fires("k1", severity="warning", labels={"host": "db-5"})
    mine = await house.fires("k2", labels={"host": "db-5", "service": "x"})
    await house.does("omar", "ack", mine)
    await house.advance(minutes=90)
    said = [text for _, text in house.pad.said if text.startswith("Over")]
    assert said == [
        f"Over. 2 alerts still fire: 🔴 #{mine}, Omar has it · ⚠️ #{incident}, paging Ana now."
    ]
    assert paged(house) == ["ana"]


async def test_it_is_told_in_the_channels_of_the_teams_it_is_about(house: World) -> None:
    await house.does("ana", "maintenance", what="team:web", when="1h")
    await house.does("ana", "maintenance", what="service:shop", when="1h")
    await house.does("ana", "maintenance", what="all", when="1h")
    places = [t.split(" ", 1)[0] for t in titles(house)]
    assert (
        places[0] == "#web" and set(places[1:2]) == {"#ops"} and {*places[2:]} == {"#web", "#ops"}
    )


async def test_it_is_told_where_such_alerts_came_in_the_last_week(house: World) -> None:
    await house.fires("k1", labels={"team": "web", "service": "shop"})
    said = (await house.does("ana", "maintenance", what="service:shop", when="1h")).say
    assert "It covers 1 open incident, 1 in the last 7 days." in said
    assert [t.split(" ", 1)[0] for t in titles(house)] == ["#web"]


async def test_started_early_by_its_button_it_holds_at_once(house: World) -> None:
    await tuesday(house)
    await to_tuesday(house, before=10)
    answer = await house.press("U0OMAR", token(house, "Start early"))
    assert isinstance(answer, Quietly)
    await house.fires("k1", labels={"host": "db-5"})
    assert paged(house) == [] and "on until" in line(card(house))


async def test_its_form_extends_it(house: World) -> None:
    await tuesday(house)
    await to_tuesday(house)
    await house.fires("k1", labels={"host": "db-5"})
    form = await house.press("U0OMAR", token(house, "Extend…"))
    assert isinstance(form, Form) and [i.name for i in form.inputs] == ["until"]
    account = Account("slack", "T1", "U0OMAR", "omar")
    await house.app.desk.submit(form.token, {"until": "45m"}, account, "s1")
    await house.advance(minutes=134)
    assert paged(house) == []
    await house.advance(minutes=1)
    assert paged(house) == ["ana"]


async def test_ended_by_its_button_it_asks_first_and_pages_what_still_fires(house: World) -> None:
    await tuesday(house)
    await to_tuesday(house)
    await house.fires("k1", labels={"host": "db-5"})
    account = Account("slack", "T1", "U0OMAR", "omar")
    asked = await house.app.desk.confirm(token(house, "End now"), account)
    assert asked is not None and asked.title == "End db-5 disk swap now?"
    assert "1 incident of it still is open" in asked.text
    await house.press("U0OMAR", token(house, "End now"))
    assert paged(house) == ["ana"] and card(house).head.word == "MAINTENANCE OVER"
    await house.advance(minutes=200)
    assert paged(house) == ["omar"]  # nothing more at the end that was planned


async def test_a_press_on_a_card_that_is_older_is_answered_not_run(house: World) -> None:
    await tuesday(house)
    await to_tuesday(house)
    old = token(house, "End now")
    await house.does("ana", "extend-maintenance", maintenance=1, until="1h")
    answer = await house.press("U0OMAR", old)
    assert isinstance(answer, Private) and "on until" in line(card(house))


async def test_what_it_covers_is_listed(house: World) -> None:
    await tuesday(house)
    await to_tuesday(house)
    incident = await house.fires("k1", labels={"host": "db-5"})
    answer = await house.press("U0OMAR", token(house, "What it covers"))
    assert isinstance(answer, Private) and answer.note is not None
    assert f"#{incident}" in words(answer.note.lines[0])


async def test_called_off_before_it_begins_its_card_says_so(house: World) -> None:
    await tuesday(house)
    await to_tuesday(house, before=10)
    done = await house.does("ana", "skip-maintenance", maintenance=1)
    assert "called off" in done.say and "does not come again" in done.say
    assert card(house).head.word == "CALLED OFF"
    await to_tuesday(house)
    await house.fires("k1", labels={"host": "db-5"})
    assert paged(house) == ["ana"]
    with pytest.raises(Conflict, match="is over"):
        await house.does("ana", "skip-maintenance", maintenance=1)


async def test_changed_it_is_as_it_is_wanted(house: World) -> None:
    await tuesday(house)
    done = await house.does(
        "ana", "change-maintenance", maintenance=1, what="db-6", when="tue 10:00-12:00"
    )
    assert "Maintenance 1 of db-6 is changed: Tue 24 Nov 10:00–12:00 Berlin" in done.say
    await to_tuesday(house)
    await house.fires("k1", labels={"host": "db-5"})
    assert paged(house) == ["ana"]
    await house.advance(minutes=119)
    assert card(house).head.word == "MAINTENANCE"
    await house.advance(minutes=1)
    assert card(house).head.word == "MAINTENANCE OVER"


async def test_the_form_of_a_change_begins_with_how_it_is(house: World) -> None:
    await tuesday(house, repeat="weekly")
    await to_tuesday(house, before=10)
    form = await house.press("U0ANA", token(house, "Change…"))
    assert isinstance(form, Form)
    values = {i.name: i.initial for i in form.inputs}
    assert values["what"] == "db-5" and values["repeat"] == "weekly"
    assert values["when"] == "2026-11-24 10:00-11:30 Europe/Berlin"
    account = Account("slack", "T1", "U0ANA", "ana")
    answer = await house.app.desk.submit(form.token, {**values, "text": "new disk"}, account, "s")
    assert isinstance(answer, Private), answer
    await house.settle()
    assert card(house).head.title == "db-5 new disk"
    told = await house.asks("ana", "maintenances", all=True)
    assert ["weekly" in text for text in told.lines] == [True, True]


async def test_a_window_again_for_the_same_things_takes_the_place_of_the_first(
    house: World,
) -> None:
    await house.does("ana", "maintenance", what="db-5", when="1h", text="swap")
    done = await house.does("ana", "maintenance", what="db-5", when="3h")
    assert "Maintenance 1 of db-5 is changed" in done.say
    await house.fires("k1", labels={"host": "db-5"})
    await house.advance(minutes=179)
    assert paged(house) == []
    await house.advance(minutes=1)
    assert paged(house) == ["ana"]
    assert len({*titles(house)}) == 1


async def test_what_is_wrong_is_said_at_its_field(house: World) -> None:
    bad: list[tuple[dict[str, Any], str, str]] = [
        ({"what": "team:none", "when": "1h"}, "what", "There is no team none"),
        ({"what": "new host=x", "when": "1h"}, "what", "is no thing"),
        ({"what": "db-5", "when": "25:00"}, "when", ""),
        ({"what": "db-5", "when": "1h", "repeat": "soon"}, "repeat", "Try: weekly"),
        ({"what": "db-5", "when": "48h", "repeat": "daily"}, "repeat", "before it ends"),
        ({"what": "db-5", "when": "1h", "behaviour": "nothing"}, "behaviour", "no-pages"),
        ({"what": "db-5", "when": "1h", "announce": "soon"}, "announce", "minutes"),
        ({"what": "db-5", "when": "90d"}, "when", "31 days"),
        ({"what": "db-5", "when": "1h", "repeat": "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30"},
         "repeat", "never comes"),
    ]  # fmt: skip
    for args, where, said in bad:
        with pytest.raises(Invalid) as wrong:
            await house.does("ana", "maintenance", **args)
        assert wrong.value.where == where and said in str(wrong.value), (args, str(wrong.value))


async def test_responders_run_what_editors_plan(house: World) -> None:
    with pytest.raises(Denied):
        await house.does("omar", "maintenance", what="db-5", when="1h")
    await house.does("ana", "maintenance", what="db-5", when="1h")
    await house.does("omar", "extend-maintenance", until="1h")
    await house.does("omar", "end-maintenance")


async def test_it_is_typed_in_one_line(house: World) -> None:
    account = Account("slack", "T1", "U0ANA", "ana")
    lines = [
        "maintenance db-5 tue 10:00-11:30 disk swap",
        "maintenance host=web-* team web 2h every tue no-cards new kernel",
        "maintenance service:shop 24 dec - 26 dec",
        "maintenance db-7 sun 02:00-03:00 first sunday of the month reboot",
    ]
    for n, text in enumerate(lines):
        answer = await house.app.desk.typed(text, account, f"t{n}")
        assert isinstance(answer, Private) and answer.note is not None, answer
        assert "is set" in words(answer.note.lines[0]) or "is on" in words(answer.note.lines[0])
    await house.settle()
    told = (await house.asks("ana", "maintenances")).lines
    assert "2 · host=web-* team web new kernel" in "\n".join(told)
    assert "every Tue" in "\n".join(told) and "4 · db-7 reboot · Sun 6 Dec 02:00" in "\n".join(told)
    answer = await house.app.desk.typed("end maintenance 2 all", account, "t9")
    assert isinstance(answer, Private) and answer.note is not None
    assert "does not come again" in words(answer.note.lines[0])


@pytest.mark.parametrize("said", ["every tue 10:00-11:30", "10:00-11:30 every tue"])
async def test_how_often_it_comes_may_stand_before_the_time(house: World, said: str) -> None:
    account = Account("slack", "T1", "U0ANA", "ana")
    await house.app.desk.typed(f"maintenance db-6 {said} disk swap", account, "t")
    (line,) = (await house.asks("ana", "maintenances")).lines
    assert line.startswith("1 · db-6 disk swap · Tue 24 Nov 10:00–11:30 Berlin · every Tue")


async def test_a_name_that_channels_of_two_chats_share_is_said_once(house: World) -> None:
    route = "{match: {team: db}, team: db, channels: ['slack:#x', 'discord:#x']}"
    await house.does("ana", "edit", kind="route", name="two", text=route)
    said = await tuesday(house, what="team:db")
    assert said.count("#x") == 1, said


async def test_its_card_is_one_that_is_kept_however_old_it_is(house: World) -> None:
    await house.does("ana", "maintenance", what="db-5", when="2h", text="disk swap")
    (message,) = [m for m, c in house.pad.cards.items() if c.head.glyph == "🔧"]
    desk = house.app.desk
    assert await desk.keeps("slack", message) and not await desk.keeps("slack", "m0")
    assert await desk.incident_at("slack", "C1", message) is None
