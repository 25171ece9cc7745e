"""The Home tab: published when it is opened, fresh when something changed, its buttons answered."""

from __future__ import annotations

import asyncio

import pytest

from bot.abilities import ShowsHome
from bot.cards.model import Press, Private, Quietly, Span
from bot.cards.page import Entry, Page, Part
from bot.slack import SlackSurface
from bot.slack.home import A_ROUND, MOST_BLOCKS, PUBLISH, view_of
from tests.slack_surface.conftest import Start
from tests.slack_surface.support import ASSIGN, GIVE_BACK, Clock, Desk, card, hostile, private
from tests.support.slack import FakeSlack, User, View
from tests.support.slack.checks import Problems, check_view
from tests.support.slack.text import live_tokens


def page(*lines: str, on_call: bool = True) -> Page:
    """A small Home."""
    disk = (Span("🔴 "), Span("#1842 ", bold=True), Span("Disk 94 %", url="https://pv.eu/i/1842"))
    lead = (Span("You are on call for "), Span("team db_x", own=False), Span("."))
    return Page(
        (lead,) if on_call else (),
        (Press("Declare…", "cmd:declare:0:0"), Press("Test my pages", "cmd:test-page:0:0")),
        (
            Part("Now yours", (
                Entry(disk, (Press("Acknowledge", "cmd:ack:1842:7"),)),
                Entry((Span("#7 mine"),), (
                    Press("Note…", "cmd:note:7:1"),
                    Press("Give back", "cmd:unack:7:1", confirm=GIVE_BACK),
                )),
            )),
            Part("On call now", tuple(Entry((Span(line, own=False),)) for line in lines)),
        ),
        (Span("Console", url="https://pv.example.eu/"),),
    )  # fmt: skip


@pytest.fixture
def desk() -> Desk:
    return Desk(page=page("team db: Ana until 08:00"))


def published(fake: FakeSlack) -> int:
    return [c.method for c in fake.calls].count(PUBLISH)


async def opened(fake: FakeSlack, who: User) -> View:
    home = (await fake.open_home(who)).home
    assert home is not None
    return home


async def test_it_shows_what_is_mine_with_buttons_beside_it(
    fake: FakeSlack, surface: SlackSurface, ana: User, desk: Desk
) -> None:
    home = await opened(fake, ana)
    said = home.visible_text
    assert "You are on call for team db_x." in said and "team db: Ana until 08:00" in said
    assert "[Declare…]" in said and "[Acknowledge]" in said
    [(account,)] = desk.named("home")
    assert (account.id, account.surface) == (ana.id, "slack")


async def test_opened_again_it_is_sent_only_where_it_changed(
    fake: FakeSlack, surface: SlackSurface, ana: User, desk: Desk
) -> None:
    for _ in range(3):
        await opened(fake, ana)
    assert published(fake) == 1
    desk.page = page("team db: Omar")
    assert "Omar" in (await opened(fake, ana)).visible_text
    assert published(fake) == 2


async def test_the_messages_tab_is_no_home(fake: FakeSlack, surface: SlackSurface) -> None:
    event = {"type": "app_home_opened", "user": "U1", "tab": "messages", "event_ts": "1.0"}
    await fake.delivery.event(event)
    await fake.workspace.quiet()
    assert published(fake) == 0


async def test_somebody_elses_state_on_the_screen_is_drawn_over(
    fake: FakeSlack, surface: SlackSurface, ana: User, desk: Desk
) -> None:
    home = await opened(fake, ana)
    home.hash = "another process drew it"
    desk.page = page("team db: Omar")
    await surface.freshen()
    assert "Omar" in home.visible_text


async def test_an_open_home_is_kept_fresh_for_a_day(
    fake: FakeSlack, surface: SlackSurface, ana: User, desk: Desk, clock: Clock
) -> None:
    assert isinstance(surface, ShowsHome)
    assert surface.homes() == 0
    home = await opened(fake, ana)
    await surface.freshen()
    assert published(fake) == 1 and surface.homes() == 1
    desk.page = page("team db: Omar")
    await surface.freshen()
    assert "Omar" in home.visible_text and published(fake) == 2
    clock.at += 86_401
    desk.page = page("team db: Mei")
    await surface.freshen()
    assert published(fake) == 2 and surface.homes() == 0


async def test_many_open_homes_are_drawn_a_few_at_a_time(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, clock: Clock
) -> None:
    people = [fake.add_user(f"P{n} Person") for n in range(A_ROUND + 5)]
    for one in people:
        await opened(fake, one)
        clock.at += 2
    before = published(fake)
    desk.page = page("changed")
    await surface.freshen()
    assert published(fake) == before + A_ROUND
    clock.at += 60
    await surface.freshen()
    assert published(fake) == before + len(people)


async def test_a_press_without_words_shows_in_home_at_once(
    fake: FakeSlack, surface: SlackSurface, ana: User, desk: Desk
) -> None:
    home = await opened(fake, ana)
    desk.page = page("team db: Ana", on_call=False)
    seen = await fake.press(ana, home, "Acknowledge")
    assert [token for token, _, _ in desk.named("press")] == ["cmd:ack:1842:7"]
    assert seen.modal is None and seen.messages == []
    assert "on call for" not in home.visible_text


async def test_words_for_a_press_stand_in_a_modal_and_in_no_message(
    fake: FakeSlack, surface: SlackSurface, ana: User, desk: Desk
) -> None:
    home = await opened(fake, ana)
    desk.answers["press"] = private("Ringing your contacts: Slack, SMS.")
    seen = await fake.press(ana, home, "Test my pages")
    assert seen.modal is not None and "Ringing your contacts" in seen.modal.visible_text
    assert seen.modal.title == "Test my pages" and seen.messages == []


async def test_a_form_opens_and_after_it_home_is_fresh(
    fake: FakeSlack, surface: SlackSurface, ana: User, desk: Desk
) -> None:
    home = await opened(fake, ana)
    desk.answers["press"] = ASSIGN
    form = (await fake.press(ana, home, "Declare…")).modal
    assert form is not None and form.title == "Assign #1842"
    desk.page = page("team db: Omar")
    await fake.submit(ana, form, {"who": "omar"})
    await fake.workspace.quiet()
    assert "Omar" in home.visible_text


async def test_a_slow_press_waits_in_a_modal(
    fake: FakeSlack, start: Start, ana: User, desk: Desk
) -> None:
    surface = await start(patience=0.05)
    home = await opened(fake, ana)
    desk.gate, desk.answers["press"] = asyncio.Event(), private("Rings.")
    seen = await fake.press(ana, home, "Test my pages", until=lambda: fake.modal(ana))
    assert seen.modal is not None and "Working on it…" in seen.modal.visible_text
    desk.gate.set()
    view = seen.modal
    await fake.wait_for(lambda: "Rings." in view.visible_text)
    assert surface.homes() == 1


async def test_what_asks_first_asks_in_a_modal(
    fake: FakeSlack, surface: SlackSurface, ana: User, desk: Desk
) -> None:
    home = await opened(fake, ana)
    desk.questions["cmd:unack:7:1"] = GIVE_BACK
    asked = (await fake.choose(ana, home, "Give back")).modal
    assert asked is not None and "Give back #1842?" in asked.visible_text
    assert desk.named("press") == []
    await fake.submit(ana, asked)
    assert [token for token, _, _ in desk.named("press")] == ["cmd:unack:7:1"]


async def test_while_the_desk_is_slow_a_first_home_says_so(
    fake: FakeSlack, start: Start, ana: User, desk: Desk
) -> None:
    desk.gate = asyncio.Event()
    await start(patience=0.05)
    home = (await fake.open_home(ana, until=lambda: fake.workspace.homes)).home
    assert home is not None and "Working on it…" in home.visible_text
    desk.gate.set()
    await fake.wait_for(lambda: "team db: Ana" in home.visible_text)


async def test_a_broken_desk_says_so_once_and_takes_nothing_away(
    fake: FakeSlack, surface: SlackSurface, ana: User, omar: User, desk: Desk
) -> None:
    home = await opened(fake, ana)
    desk.broken = True
    await surface.freshen()
    assert "You are on call" in home.visible_text
    assert "can't be shown right now" in (await opened(fake, omar)).visible_text


async def test_a_429_is_waited_for(
    fake: FakeSlack, surface: SlackSurface, ana: User, desk: Desk, clock: Clock
) -> None:
    home = await opened(fake, ana)
    desk.page = page("team db: Omar")
    fake.fault(PUBLISH, "429", retry_after=9)
    await surface.freshen()
    await surface.freshen()
    assert "Omar" not in home.visible_text
    clock.at += 10
    await surface.freshen()
    assert "Omar" in home.visible_text


async def test_who_is_nobody_sees_how_to_link_and_once_linked_what_is_theirs(
    fake: FakeSlack, surface: SlackSurface, omar: User, desk: Desk
) -> None:
    def link(number: int) -> Page:
        words_ = (Span("I don't know you yet. "), Span("Link", url=f"https://pv.eu/l/{number}"))
        return Page((words_,), still=True)

    desk.page = link(1)
    home = await opened(fake, omar)
    assert "I don't know you yet." in home.visible_text
    desk.page = link(2)
    await surface.freshen()
    assert published(fake) == 1, "another link is no news"
    await opened(fake, omar)
    assert published(fake) == 2
    desk.page = page("team db: Omar")
    await surface.freshen()
    assert "team db: Omar" in home.visible_text


def test_a_long_page_keeps_within_the_limits() -> None:
    entry = Entry((Span("x" * 400, own=False),), (Press("Test", "do:test-page?via=sms"),))
    parts = tuple(Part(f"Part {n}", (entry,) * 20) for n in range(9))
    view = view_of(Page(((Span("lead"),),), parts=parts))
    problems = Problems()
    check_view(view, "home", problems)
    assert problems.found == [] and len(view["blocks"]) == MOST_BLOCKS
    long = view_of(Page((), parts=(Part("Lines", (Entry((Span("x" * 400, own=False),)),) * 20),)))
    problems = Problems()
    check_view(long, "home", problems)
    assert problems.found == []


@pytest.mark.skipif(not hostile(), reason="the injection payloads are not at hand")
def test_nothing_a_stranger_wrote_is_alive_there() -> None:
    for text in [*hostile(), "*bold* _it_ ~no~ `code` :fire: <!channel> <@U1> > quote @here"]:
        entries = (Entry((Span(text, own=False, bold=True),)), Entry((
            Span("#1 "), Span(text, url="https://pv.example.eu/i/1", own=False)),
            (Press("Test", "do:test-page?via=sms"),),
        ))  # fmt: skip
        view = view_of(Page(((Span(text, own=False),),), parts=(Part(text, entries),)))
        problems = Problems()
        check_view(view, "home", problems)
        assert problems.found == []
        assert live_tokens("", view["blocks"], []) == []


def test_ordinary_words_stay_as_they_are() -> None:
    said = "db_primary_x until 08:00–20:00 12:00-13:00 a:b ana@example.eu C:/x"
    view = view_of(Page(((Span(said, own=False),),)))
    assert view["blocks"][0]["text"]["text"] == said


async def test_buttons_in_a_modal_are_answered_in_that_modal(
    fake: FakeSlack, surface: SlackSurface, ana: User, desk: Desk
) -> None:
    home = await opened(fake, ana)
    note = private("Replaced.").note
    assert note is not None
    undo = Private(note=type(note)(note.lines, actions=(Press("Undo", "cmd:undo:5:1"),)))
    desk.answers["press"] = undo
    modal = (await fake.press(ana, home, "Test my pages")).modal
    assert modal is not None and "[Undo]" in modal.visible_text
    desk.answers["press"] = private("Taken back.")
    seen = await fake.press(ana, modal, "Undo")
    assert seen.modal is modal and "Taken back." in modal.visible_text
    assert seen.messages == []


async def test_a_card_in_a_modal_works_like_any(
    fake: FakeSlack, surface: SlackSurface, ana: User, desk: Desk
) -> None:
    home = await opened(fake, ana)
    desk.answers["press"] = Private(card=card())
    modal = (await fake.press(ana, home, "Test my pages")).modal
    assert modal is not None and "Disk 94 % full on db-3" in modal.visible_text
    desk.questions["cmd:unack:1842:7"] = GIVE_BACK
    asked = (await fake.choose(ana, modal, "Give back")).modal
    assert asked is modal and "Give back #1842?" in modal.visible_text
    desk.answers["press"] = Quietly()
    await fake.submit(ana, modal)
    assert [token for token, _, _ in desk.named("press")][-1] == "cmd:unack:1842:7"
    assert fake.modal(ana) is None
