"""The table of commands and the errors of the design of cards, line by line, as a chat answers
them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.cards.model import Account, Answer, Errors, Form, Private, Quietly
from bot.tokens import read_arguments
from store.model import IncidentStatus
from tests.support.world import World, words

ANA = Account("slack", "T1", "U0ANA", "ana")
OMAR = Account("slack", "T1", "U0OMAR", "omar")
TWO_ANAS = """
people:
  ana: {name: Ana Petrova, email: ana@example.eu, zone: Europe/Berlin, roles: [admin], slack: U0ANA}
  acosta: {name: Ana Costa, email: ac@example.eu, zone: Europe/London, roles: [responder]}
  apetrova: {name: Ana Maria, email: am@example.eu, zone: Europe/London, roles: [responder]}
  omar: {name: Omar Haddad, email: omar@example.eu, zone: Asia/Dubai, slack: U0OMAR}
  bob: {name: Bob Lee, email: bob@example.eu, zone: Europe/Berlin}
  bobby: {name: Bob Ray, email: ray@example.eu, zone: Europe/Berlin}
  mei: {name: Mei Lin, email: mei@example.eu, zone: UTC, roles: [viewer]}
teams:
  db: {members: [ana, omar, bob], oncall: "schedule:db", lead: omar}
  web: {members: [bobby]}
routes:
  - {name: db, match: {team: db}, team: db, channels: ["slack:#ops"]}
  - {name: rest, team: db}
schedules:
  db:
    zone: Europe/Berlin
    layers: [{name: days, start: 2026-11-16T08:00, rotation: {kind: weekly, people: [ana, omar]}}]
"""


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """#1 is open; it is Sunday 22 Nov, 03:09 in Berlin."""
    made = await World.build(f"sqlite:///{tmp_path}/pixelview.db", tmp_path, TWO_ANAS)
    await made.fires("a", labels={"service": "one", "host": "db-3"})
    yield made
    await made.end()


async def typed(world: World, line: str, who: Account = ANA, here: int | None = None) -> Answer:
    return await world.app.desk.typed(line, who, f"{who.id}:{line}:{world.clock.now()}", here)


async def said(world: World, line: str, who: Account = ANA) -> str:
    answer = await typed(world, line, who)
    assert isinstance(answer, Private) and answer.note is not None, answer
    return words(answer.note)


def buttons(answer: Answer) -> list[str]:
    assert isinstance(answer, Private) and answer.note is not None, answer
    return [p.label for p in answer.note.actions]


# the commands


async def test_1_ack_takes_several_and_only_errors_speak(world: World) -> None:
    await world.fires("b", labels={"service": "two"})
    assert await typed(world, "ack 1 2") == Quietly()
    assert (await world.incident(2)).holder == "ana"
    assert "There is no incident #99." in await said(world, "ack 99")


async def test_2_unack_gives_it_back_and_paging_resumes(world: World) -> None:
    await typed(world, "ack 1")
    assert await typed(world, "unack 1 going offline") == Quietly()
    assert await world.status(1) is IncidentStatus.TRIGGERED


async def test_3_resolve_asks_while_it_still_fires(world: World) -> None:
    asked = await typed(world, "resolve 1 cleaned old WAL")
    assert isinstance(asked, Form) and [i.name for i in asked.inputs] == ["how", "text"]
    assert [i.label for i in asked.inputs][1] == "Summary"
    values = {"how": "now", "text": "cleaned old WAL"}
    assert await world.app.desk.submit(asked.token, values, ANA, "s") == Quietly()
    assert await world.status(1) is IncidentStatus.RESOLVED


async def test_4_reopen_and_13_show_are_about_one_incident(world: World) -> None:
    await typed(world, "resolve 1 how=now")
    assert await typed(world, "reopen 1") == Quietly()
    shown = await typed(world, "show #1")
    assert isinstance(shown, Private) and shown.card is not None


async def test_5_assign_asks_them_whatever_the_order_of_the_words(world: World) -> None:
    assert await typed(world, "assign omar 1") == Quietly()
    assert (await world.incident(1)).assignee == "omar"
    assert await typed(world, "assign 1 @bobby") == Quietly()
    assert (await world.incident(1)).assignee == "bobby"


async def test_6_escalate_asks_first_with_name_and_local_time(world: World) -> None:
    await world.settle()
    answer = await typed(world, "escalate 1")
    assert isinstance(answer, Private) and answer.note is not None
    assert words(answer.note) == "Page Omar now?\nStep 2 of default. It is 06:09 for Omar."
    step = (await world.incident(1)).step
    pressed = await world.app.desk.press(answer.note.actions[0].token, ANA, "p")
    assert pressed == Quietly()
    assert (await world.incident(1)).step == step + 1


async def test_6_escalate_to_a_step_names_who_is_there(world: World) -> None:
    answer = await typed(world, "escalate 1 to step 1")
    assert isinstance(answer, Private) and answer.note is not None
    assert words(answer.note).startswith("Page Ana now?\nStep 1 of default.")
    assert read_arguments(answer.note.actions[0].token)[1]["step"] == "0"


async def test_6_a_card_that_changed_after_the_question_is_not_escalated(world: World) -> None:
    answer = await typed(world, "escalate 1")
    assert isinstance(answer, Private) and answer.note is not None
    await typed(world, "ack 1", OMAR)
    late = await world.app.desk.press(answer.note.actions[0].token, ANA, "p")
    assert isinstance(late, Private) and late.note is not None
    assert "changed since that card was drawn" in words(late.note)
    [fresh] = late.note.actions
    assert (fresh.label, fresh.confirm is not None) == ("Escalate", True)
    assert await world.app.desk.press(fresh.token, ANA, "q") == Quietly()


async def test_7_page_declares_and_12_declare_too(world: World) -> None:
    assert "is open: the import hangs. Ana Petrova is paged." in await said(
        world, "page db the import hangs"
    )
    made = await said(world, "declare checkout slow sev error team db")
    assert "is open: checkout slow." in made


async def test_8_note_9_snooze_11_merge_show_on_the_card(world: World) -> None:
    await world.fires("b", labels={"service": "two"})
    for line in ("note 1 archive target was full", "snooze 1 until monday 9", "merge 2 into 1"):
        assert await typed(world, line) == Quietly(), line
    assert (await world.incident(1)).notes == 1


async def test_10_silence_is_previewed_first(world: World) -> None:
    answer = await typed(world, "silence host=db-3 for 3h load test")
    assert isinstance(answer, Private) and answer.note is not None
    assert buttons(answer) == ["Silence it"]
    assert "critical" in words(answer.note)
    assert [s.at for line in answer.note.lines for s in line if s.at] == [
        world.clock.now() + 3 * 3_600_000
    ]


async def test_14_list_15_why_16_who_17_shifts_answer_alone(world: World) -> None:
    assert "#1" in await said(world, "list critical nobody team db")
    assert "Omar" in await said(world, "why 1 @omar")
    assert "Omar Haddad" in await said(world, "who db tomorrow 9am")
    shifts = (await said(world, "shifts", OMAR)).splitlines()
    assert len(shifts) == 5, "the next four"


async def test_18_cover_19_override_20_away_21_maintenance_say_when(world: World) -> None:
    override = await typed(world, "override @ana db thu 08:00-20:00", OMAR)
    assert buttons(override) == ["Undo"]
    for line in (
        "cover today 12:00-14:00 wedding",
        "away tomorrow 9:00-12:00",
        "maintenance db-5 disk swap tue 10:00-11:30",
    ):
        answer = await typed(world, line)
        assert isinstance(answer, Private) and answer.note is not None
        assert any(s.at for one in answer.note.lines for s in one), line


async def test_21_what_is_said_before_the_time_is_no_part_of_what(world: World) -> None:
    text = await said(world, "maintenance db-5 disk swap tue 10:00-11:30")
    assert text.startswith("✅ Maintenance 1 of db-5 is set: Tue 24 Nov 10:00")


async def test_25_help_begins_with_ones_own_state(world: World) -> None:
    await typed(world, "ack 1")
    lines = (await said(world, "help")).splitlines()
    assert len(lines) <= 9
    assert lines[:2] == ["You are on call for db.", "1 open is yours: #1 Disk 94 % full on db-3"]
    assert lines[2].startswith("Try: ack · resolve · note · who · cover")
    assert "/pv help override" in lines[-1] and "Console" in lines[-1]


# the errors


async def test_a_misspelt_command_has_a_button_that_runs_it(world: World) -> None:
    answer = await typed(world, "acknowlege 1")
    assert isinstance(answer, Private) and answer.note is not None
    assert words(answer.note) == "No command acknowlege. Did you mean ack? /pv ack 1"
    assert await world.app.desk.press(answer.note.actions[0].token, ANA, "p") == Quietly()
    assert (await world.incident(1)).holder == "ana"


async def test_a_misspelt_command_with_more_words_runs_with_them(world: World) -> None:
    answer = await typed(world, "asign 1 omar")
    assert buttons(answer) == ["/pv assign 1 omar"]
    assert isinstance(answer, Private) and answer.note is not None
    assert await world.app.desk.press(answer.note.actions[0].token, ANA, "p") == Quietly()
    assert (await world.incident(1)).assignee == "omar"


async def test_a_misspelt_command_without_its_words_opens_its_form(world: World) -> None:
    answer = await typed(world, "overide @omar")
    assert buttons(answer) == ["/pv override…"]
    assert isinstance(answer, Private) and answer.note is not None
    form = await world.app.desk.press(answer.note.actions[0].token, ANA, "p")
    assert isinstance(form, Form) and form.title == "Override"
    assert next(i.initial for i in form.inputs if i.name == "who") == "omar"


async def test_several_of_a_name_are_buttons(world: World) -> None:
    answer = await typed(world, "assign 1 Bob")
    assert isinstance(answer, Private) and answer.note is not None
    assert words(answer.note).splitlines()[0] == "Which Bob? Bob Lee (db) · Bob Ray (web)"
    assert buttons(answer) == ["Bob Lee (db)", "Bob Ray (web)"]
    assert await world.app.desk.press(answer.note.actions[1].token, ANA, "p") == Quietly()
    assert (await world.incident(1)).assignee == "bobby"


async def test_what_is_resolved_names_open_ones_like_it(world: World) -> None:
    await typed(world, "resolve 1 how=now")
    await world.advance(minutes=60 * 26)
    other = await world.fires("c", labels={"service": "one"})
    text = await said(world, "snooze 1 2h")
    assert text.startswith(f"#1 is resolved (Sun). Open ones like it: #{other}.")
    await typed(world, f"resolve {other} how=now")
    assert "so there is nothing to snooze." in await said(world, "snooze 1 2h")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("snooze 1 sat 25:00", "sat 25:00 is not a time. Try: sat 20:00, tomorrow 9am, in 2h."),
        ("cover sat 25:00", "sat 25:00 is not a time. Try: sat 20:00, tomorrow 9am, in 2h."),
        ("override @omar db sat 20:00-02:00", "Ends before it starts. Did you mean Sun 02:00?"),
        ("snooze 1 yesterday", "yesterday is in the past."),
        ("override @omar db tomorrow at noon", "Until when? tomorrow at noon has no end."),
    ],
)
async def test_a_time_that_is_none_says_what_to_type(world: World, line: str, answer: str) -> None:
    assert (await said(world, line)).startswith(answer)


async def test_a_time_the_clocks_skip_is_said(world: World) -> None:
    gone = "Sun 28 Mar 02:30 does not exist in Berlin (clocks change). Used 03:00."
    assert gone in await said(world, "snooze 1 28 mar 2027 02:30")
    assert gone in await said(world, "override @omar db 28 mar 2027 02:30-05:00")


async def test_what_was_understood_is_said_back_on_the_readers_clock(world: World) -> None:
    answer = await typed(world, "snooze 1 kommenden freitag 18 uhr")
    assert isinstance(answer, Private) and answer.note is not None
    assert words(answer.note).endswith(
        "“kommenden freitag 18 uhr” is read as Fri 27 Nov 18:00 CET."
    )
    [span] = [s for line in answer.note.lines for s in line if s.at]
    assert (span.at, span.form) == (1_795_798_800_000, "date")
    assert (await world.incident(1)).snoozed_until == span.at


async def test_a_day_that_may_be_two_is_asked_about_with_buttons(world: World) -> None:
    answer = await typed(world, "snooze 1 03/04 9:00 vendor")
    assert buttons(answer) == ["3 apr 9:00", "4 mar 9:00"]
    assert isinstance(answer, Private) and answer.note is not None
    assert (await world.incident(1)).snoozed_until is None
    await world.app.desk.press(answer.note.actions[1].token, ANA, "p")
    assert (await world.incident(1)).snoozed_until == 1_804_147_200_000


async def test_the_same_words_in_a_form_are_answered_at_the_field(world: World) -> None:
    form = await typed(world, "snooze 1")
    assert isinstance(form, Form)
    answer = await world.app.desk.submit(form.token, {"until": "03/04 9:00"}, ANA, "s")
    assert isinstance(answer, Errors)
    assert answer.fields == {"until": "Which day is 03/04? Say 3 apr or 4 mar."}
    done = await world.app.desk.submit(form.token, {"until": "demain 9h"}, ANA, "s2")
    assert isinstance(done, Private) and done.note is not None
    assert "is read as Mon 23 Nov 09:00 CET" in words(done.note)


async def test_the_same_words_sent_again_mean_the_same_instant(world: World) -> None:
    first = await world.door.do(
        "snooze", {"incident": 1, "until": "in a fortnight"}, world.actor("ana"), key="k"
    )
    until = (await world.incident(1)).snoozed_until
    await world.advance(minutes=5)
    again = await world.door.do(
        "snooze", {"incident": 1, "until": "in a fortnight"}, world.actor("ana"), key="k"
    )
    assert again.changed == first.changed
    assert (await world.incident(1)).snoozed_until == until


# without arguments


@pytest.mark.parametrize("verb", ["ack", "show", "why", "assign"])
async def test_without_a_number_outside_a_thread_the_incident_is_chosen(
    world: World, verb: str
) -> None:
    form = await typed(world, verb)
    assert isinstance(form, Form)
    [choice] = [i for i in form.inputs if i.name == "incident"]
    assert choice.options == (("1", "#1 Disk 94 % full on db-3"),)
    answer = await world.app.desk.submit(form.token, {"incident": "1", "who": "omar"}, ANA, "s")
    assert not isinstance(answer, (Form, Errors))


async def test_what_would_be_hidden_stands_in_the_form_of_a_silence(world: World) -> None:
    form = await typed(world, "silence host=db-3")
    assert isinstance(form, Form) and form.title == "Silence"
    fields: dict[str, Any] = {i.name: i for i in form.inputs}
    assert list(fields) == ["what", "until", "text", "no_preview"]
    assert fields["what"].hint.startswith("This hides")
    assert (fields["what"].label, fields["text"].label) == ("What", "Reason")


async def test_a_form_about_something_says_of_what_in_its_title(world: World) -> None:
    await typed(world, "silence host=db-3 for 3h load test --no-preview")
    form = await typed(world, "silence-extend 1")
    assert isinstance(form, Form) and form.title == "Extend silence 1"
    bare = await typed(world, "silence-extend")
    assert isinstance(bare, Form) and bare.title == "Extend silence"


async def test_another_name_of_the_command_is_in_every_answer(world: World) -> None:
    world.app.desk._prefixes["slack"] = "/page"
    for line in ("help", "help ack", "acknowlege 1", "snooze 1 asap", "help oncall"):
        text = await said(world, line)
        assert "/page " in text and "/pv" not in text, line


@pytest.mark.parametrize(
    ("surface", "begins"),
    [("web", "> ack 1842"), ("cli", "pv ack 1842"), ("slack", "/pv ack 1842")],
)
async def test_help_begins_commands_as_they_begin_there(
    world: World, surface: str, begins: str
) -> None:
    answer = await world.app.desk.line("help", world.actor("ana", surface), "k")
    assert isinstance(answer, Private) and answer.note is not None
    assert begins in words(answer.note)


async def test_what_has_a_number_is_chosen_by_what_it_is(world: World) -> None:
    await typed(world, "silence host=db-3 for 3h load test --no-preview")
    await typed(world, "maintenance db-5 disk swap tue 10:00-11:30")
    await typed(world, "override @omar db fri 08:00-20:00")
    for verb, begins in (
        ("silence-end", "1: host=db-3 until Sun 22 Nov 06:09 CET"),
        ("change-maintenance", "1: db-5 disk swap, Tue 24 Nov 10:00 CET"),
    ):
        form = await typed(world, verb)
        assert isinstance(form, Form)
        assert form.inputs[0].options == (("1", begins),)
        field = form.inputs[0].name
        assert await world.app.desk.suggest(verb, field, "", ANA) == [("1", begins)]


async def test_a_form_that_opens_later_keeps_what_was_typed(world: World) -> None:
    form = await typed(world, "assign 1")
    assert isinstance(form, Form) and form.again == "ask:assign?incident=1"
    late = await typed(world, "override @omar db")
    assert isinstance(late, Form)
    again = await world.app.desk.press(late.again, ANA, "p")
    assert isinstance(again, Form)
    assert [(i.name, i.initial) for i in again.inputs] == [(i.name, i.initial) for i in late.inputs]


async def test_the_console_asks_before_it_escalates_too(world: World) -> None:
    answer = await world.app.desk.line("escalate 1", world.actor("ana", "web"), "k")
    assert buttons(answer) == ["Page Omar"]


@pytest.mark.parametrize("named", ["1", "#1", "http://127.0.0.1:8080/i/1"])
async def test_an_option_names_an_incident_in_many_ways(world: World, named: str) -> None:
    asked = await world.app.desk.call("escalate", {"incident": named}, ANA, "k")
    assert buttons(asked) == ["Page Omar"]
    wrong = await world.app.desk.call("escalate", {"incident": "soon"}, ANA, "k2")
    assert isinstance(wrong, Private) and wrong.note is not None
    assert words(wrong.note).startswith("soon is not the number of an incident")
