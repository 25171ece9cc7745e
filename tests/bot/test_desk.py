"""What chats bring to the desk, and what only the presser gets back."""

from __future__ import annotations

import pytest

from bot.cards.model import Account, Answer, Errors, Form, Heard, Private, Quietly
from store import outbox
from store.model import IncidentStatus
from tests.support.world import World, alert, words

ANA = Account("slack", "T1", "U0ANA", "ana")
OMAR = Account("slack", "T1", "U0OMAR", "omar")
NOBODY = Account("slack", "T1", "U0NEW", "newcomer")


def said(answer: Answer) -> str:
    """The words of a private answer."""
    assert isinstance(answer, Private) and answer.note is not None, answer
    return words(answer.note)


async def token(world: World, verb: str, incident: int) -> str:
    return f"cmd:{verb}:{incident}:{(await world.incident(incident)).rev}"


async def viewer(world: World) -> Account:
    mei = world.door.definitions().people["mei"]
    await world.app.identity.link(mei, "slack", "U0MEI", "test")
    return Account("slack", "T1", "U0MEI", "mei")


async def test_a_press_changes_the_card_and_says_nothing(world: World) -> None:
    incident = await world.fires()
    answer = await world.press("U0ANA", await token(world, "ack", incident))
    assert answer == Quietly()
    assert await world.status(incident) is IncidentStatus.ACKNOWLEDGED


async def test_the_second_presser_is_told_who_where_and_when(world: World) -> None:
    incident = await world.fires()
    drawn = await token(world, "ack", incident)
    await world.press("U0ANA", drawn, "p1")
    await world.advance(seconds=4)
    text = said(await world.press("U0OMAR", drawn, "p2"))
    assert text == (
        "Ana Petrova already has #1: acknowledged in Slack at 02:09 UTC, 4 s before you. "
        "Nothing more to do."
    )


async def test_the_second_presser_may_take_it_over(world: World) -> None:
    incident = await world.fires()
    drawn = await token(world, "ack", incident)
    await world.press("U0ANA", drawn, "p1")
    late = await world.press("U0OMAR", drawn, "p2")
    assert isinstance(late, Private) and late.note is not None
    (take,) = late.note.actions
    omar = Account("slack", "T1", "U0OMAR", "omar")
    asked = await world.app.desk.confirm(take.token, omar)
    assert asked is not None and asked.title == f"Take over #{incident}?"
    assert await world.press("U0OMAR", take.token, "p3") == Quietly()
    assert (await world.incident(incident)).holder == "omar"


async def test_a_button_with_dots_opens_its_form(world: World) -> None:
    incident = await world.fires()
    answer = await world.app.desk.press(await token(world, "assign", incident), ANA, "p")
    assert isinstance(answer, Form)
    assert [i.name for i in answer.inputs] == ["who", "text"]
    assert answer.title == "Assign #1"


async def test_a_form_comes_back_and_runs(world: World) -> None:
    incident = await world.fires()
    desk = world.app.desk
    form = await desk.press(await token(world, "assign", incident), ANA, "p")
    assert isinstance(form, Form)
    assert await desk.submit(form.token, {"who": "omar", "text": ""}, ANA, "s") == Quietly()
    assert (await world.incident(incident)).assignee == "omar"


async def test_a_form_without_what_it_needs_says_so_at_the_field(world: World) -> None:
    incident = await world.fires()
    answer = await world.app.desk.submit(await token(world, "assign", incident), {}, ANA, "s")
    assert isinstance(answer, Errors)
    assert answer.fields["who"].startswith("Person or team is needed.")


async def test_a_wrong_time_is_said_at_the_field(world: World) -> None:
    incident = await world.fires()
    form = await token(world, "snooze", incident)
    answer = await world.app.desk.submit(form, {"until": "sat 25:00"}, ANA, "s")
    assert isinstance(answer, Errors)
    assert "sat 20:00" in answer.fields["until"]


async def test_an_alert_that_fires_again_while_the_form_is_open_is_asked_about(
    world: World,
) -> None:
    incident = await world.fires("a")
    await world.hears(alert("b"))
    rev = (await world.incident(incident)).rev
    answer = await world.app.desk.submit(f"cmd:resolve:{incident}:{rev}", {"text": "x"}, ANA, "s")
    assert isinstance(answer, Form)
    assert "how" in [i.name for i in answer.inputs]
    assert "still fire" in answer.intro


async def test_nobody_fills_in_a_form_they_may_not_send(world: World) -> None:
    incident = await world.fires()
    account = await viewer(world)
    answer = await world.app.desk.press(await token(world, "assign", incident), account, "p")
    text = said(answer)
    assert text.startswith("🚫 You can't assign. It needs the permission incident.act")
    assert "you are viewer" in text and "Ana Petrova" in text
    assert "denied" in await world.history(incident)


async def test_a_stranger_changes_nothing_and_learns_how_to_be_known(world: World) -> None:
    incident = await world.fires()
    answer = await world.app.desk.press(await token(world, "ack", incident), NOBODY, "p")
    assert isinstance(answer, Private) and answer.note is not None
    assert words(answer.note).startswith("I don't know you yet, so nothing changed.")
    links = [s.url for line in answer.note.lines for s in line if s.url]
    assert len(links) == 1 and "/link/" in str(links[0])
    assert await world.status(incident) is IncidentStatus.TRIGGERED


async def test_the_question_before_an_escalation_has_the_clock_of_the_moment(
    world: World,
) -> None:
    incident = await world.fires()
    drawn = await token(world, "escalate", incident)
    await world.advance(minutes=3)
    asked = await world.app.desk.confirm(drawn, ANA)
    assert asked is not None
    assert asked.title == "Page Omar now?"
    assert asked.text == "Step 2 of default. It is 06:12 for Omar."
    assert await world.app.desk.confirm(await token(world, "ack", incident), ANA) is None
    assert await world.app.desk.confirm("cmd:escalate:99:1", ANA) is None


@pytest.mark.parametrize(
    "line",
    [
        "ack 1",
        "ack #1",
        "ACK 1",
        "ack http://127.0.0.1:8080/i/1",
    ],
)
async def test_an_incident_is_named_in_many_ways(world: World, line: str) -> None:
    incident = await world.fires()
    assert await world.app.desk.typed(line, ANA, "k") == Quietly()
    assert (await world.incident(incident)).holder == "ana"


async def test_in_a_thread_the_number_may_be_left_out(world: World) -> None:
    incident = await world.fires()
    assert await world.app.desk.typed("ack", ANA, "k", incident) == Quietly()
    assert (await world.incident(incident)).holder == "ana"


async def test_a_misspelt_command_is_offered_as_a_button(world: World) -> None:
    incident = await world.fires()
    answer = await world.app.desk.typed(f"acknowlege {incident}", ANA, "k")
    assert said(answer) == f"No command acknowlege. Did you mean ack? /pv ack {incident}"
    assert isinstance(answer, Private) and answer.note is not None
    [press] = answer.note.actions
    assert press.token == await token(world, "ack", incident)


async def test_a_command_without_its_arguments_asks_for_them(world: World) -> None:
    await world.fires()
    answer = await world.app.desk.typed("assign", ANA, "k")
    assert isinstance(answer, Form)
    assert [i.name for i in answer.inputs] == ["incident", "who", "text"]
    values = {"incident": "1", "who": "omar"}
    assert await world.app.desk.submit(answer.token, values, ANA, "s") == Quietly()
    assert (await world.incident(1)).assignee == "omar"


async def test_lists_and_cards_are_private(world: World) -> None:
    incident = await world.fires()
    listed = said(await world.app.desk.typed("list critical", ANA, "k"))
    assert listed == f"🔴 #{incident} Disk 94 % full on db-3 · nobody has it"
    assert said(await world.app.desk.typed("list warning", ANA, "k")) == (
        "Nothing matches warning. 1 open without the filter."
    )
    shown = await world.app.desk.typed(f"show {incident}", ANA, "k")
    assert isinstance(shown, Private) and shown.card is not None


async def test_a_long_answer_says_where_all_of_it_is(world: World) -> None:
    answer = await world.app.desk.typed("coverage", ANA, "k")
    assert isinstance(answer, Private) and answer.note is not None
    console, *_, command = answer.note.rest
    assert (console.text, command.text) == ("Console", "pv coverage") and console.url


async def test_who_changes_a_definition_is_told_since_no_card_shows_it(world: World) -> None:
    made = said(await world.app.desk.typed("edit rule calm {match: warning, delay: 5}", ANA, "k"))
    assert made.startswith("✅ Rule calm is made, in force as version 2.")
    assert "revert 2" in made
    assert "before version 2" in said(await world.app.desk.typed("revert 2", ANA, "k2"))


async def test_help_fits_the_screen(world: World) -> None:
    text = said(await world.app.desk.typed("help", ANA, "k"))
    assert len(text.splitlines()) <= 9
    assert "/pv ack 1842" in text
    one = said(await world.app.desk.typed("help resolve", ANA, "k"))
    assert one.splitlines()[0] == "/pv resolve <incident> [how] [text]"


async def test_suggestions_know_incidents_and_people(world: World) -> None:
    incident = await world.fires()
    desk = world.app.desk
    found = await desk.suggest("ack", "incident", "disk", ANA)
    assert found == [(str(incident), f"#{incident} Disk 94 % full on db-3")]
    assert await desk.suggest("assign", "who", "om", ANA) == [("omar", "Omar Haddad")]
    assert ("team:db", "team db") in await desk.suggest("assign", "who", "", ANA)
    assert await desk.suggest("assign", "who", "", NOBODY) == []


async def test_words_in_a_thread_are_noted_and_bridged_once(world: World) -> None:
    incident = await world.fires()
    [place] = await world.app.reader.read(lambda tx: outbox.places(tx, incident))
    for _ in range(2):
        heard = Heard("C1", "1.1", "archive target was full", thread=str(place.message))
        await world.app.desk.heard(incident, heard, ANA)
    await world.settle()
    assert (await world.incident(incident)).notes == 1
    echoed = [t for _, t in world.pad.said if "archive target" in t]
    assert echoed == [], "the thread it was written in does not hear it twice"


async def test_a_button_that_is_not_ours_is_answered(world: World) -> None:
    for bad in ("", "cmd", "cmd:ack:x:1", "cmd:nothing:1:1", "cmd:ack:99:1"):
        assert said(await world.app.desk.press(bad, ANA, f"k{bad}"))


async def test_several_incidents_are_taken_with_one_line(world: World) -> None:
    one = await world.fires("a", labels={"service": "one"})
    two = await world.fires("b", labels={"service": "two"})
    assert await world.app.desk.typed(f"ack {one} #{two}", ANA, "k") == Quietly()
    assert {(await world.incident(i)).holder for i in (one, two)} == {"ana"}
    text = said(await world.app.desk.typed(f"ack {one} {two} 99", OMAR, "k2"))
    assert text.count("Ana Petrova already has") == 2
    assert "There is no incident #99." in text
