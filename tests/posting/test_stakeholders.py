"""Those who only follow: who gets which update, how often, in which words, and how it stops."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from bot.cards.model import Card
from bot.mail.deliver import WIRE
from bot.mail.updates import Letter, message
from commands import stakeholders, subscriptions
from commands.errors import CommandError, Conflict, Denied, Invalid, NotFound
from commands.rules import stakeholders as rules
from store import stakeholders as rows
from store.model.stakeholder import Subject
from tests.posting.conftest import Building
from tests.posting.test_digests import text
from tests.support.world import START, World

MAIL = "mail: {host: mail.example.eu}\n"
SECRET = "db-3.internal"


class Postman:
    """Keeps the letters."""

    def __init__(self, world: World) -> None:
        self.sent: list[EmailMessage] = []
        letters = world.app.outbox.carrier.others.errands.letters
        assert letters is not None
        letters.by(self, "PixelView <pv@example.eu>")

    async def send(self, message: EmailMessage) -> None:
        """Keep it."""
        self.sent.append(message)

    def last(self) -> str:
        """Subject, text and headers of the last one."""
        return self.sent[-1].as_string() + _text(self.sent[-1])


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def news(world: World, account: str) -> list[Card]:
    """The updates one person got by direct message."""
    words = ("STARTED", "UPDATE", "RESOLVED", "BACK")
    return [c for a, c in world.pad.direct if a == account and c.head.word in words]


async def test_an_update_reaches_who_subscribed_once_however_they_did(build: Building) -> None:
    world = await build()
    number = await world.fires("a")
    for what in ("1", "team:db", "error"):
        await world.does("mei", "subscribe", what=what)
    await world.does("omar", "subscribe", what="team:db", who="slack:#news")
    told = await world.does("ana", "update", number, text="Payments are slow")
    assert "2 subscribers" in told.say
    (card,) = news(world, "U0MEI")
    assert (card.head.word, card.head.title) == ("UPDATE", "Disk 94 % full on db-3")
    assert "Payments are slow" in text(card)
    (posted,) = [c for where, c in world.pad.posts if where == "#news"]
    assert "Payments are slow" in text(posted)


async def test_what_does_not_fit_is_not_told(build: Building) -> None:
    world = await build()
    number = await world.fires("a", severity="warning")
    for what in ("error", "service:checkout", "team:db"):
        await world.does("omar", "subscribe", what=what, who="@mei")
    await world.does("omar", "unsubscribe", what="team:db", who="@mei")
    await world.does("ana", "update", number, text="Slow")
    assert news(world, "U0MEI") == []


async def test_the_next_update_in_a_channel_stands_in_the_thread_of_the_first(
    build: Building,
) -> None:
    world = await build()
    number = await world.fires("a")
    await world.does("ana", "subscribe", what=str(number), who="slack:#news")
    await world.does("ana", "update", number, text="Payments are slow")
    await world.advance(minutes=6)
    await world.does("ana", "update", number, text="They are back")
    assert len([c for where, c in world.pad.posts if where == "#news"]) == 1
    assert [w for _, w in world.pad.said if "Update:\nThey are back" in w]
    card = next(c for _, c in reversed(world.pad.edits) if c.head.word == "UPDATE")
    assert "They are back" in text(card)
    assert "02:09 UTC Payments are slow" in text(card)


async def test_updates_in_a_hurry_wait_and_come_as_one(build: Building) -> None:
    world = await build()
    number = await world.fires("a")
    await world.does("mei", "subscribe", what=str(number))
    await world.does("ana", "update", number, text="One")
    await world.does("ana", "update", number, text="Two")
    await world.does("ana", "update", number, text="Three")
    assert len(news(world, "U0MEI")) == 1
    await world.advance(minutes=4)
    assert len(news(world, "U0MEI")) == 1
    await world.advance(minutes=2)
    _, second = news(world, "U0MEI")
    assert "Two\nThree" in text(second)


async def test_the_end_is_told_at_once_with_what_waited_and_the_summary(build: Building) -> None:
    world = await build()
    number = await world.fires("a")
    await world.does("mei", "subscribe", what="team:db")
    await world.does("ana", "update", number, text="One")
    await world.does("ana", "update", number, text="Two")
    await world.does("ana", "resolve", number, how="now", text="Old logs are gone")
    await world.minute()
    assert [c.head.word for c in news(world, "U0MEI")] == ["UPDATE", "RESOLVED"]
    assert "Two\nOld logs are gone" in text(news(world, "U0MEI")[-1])
    await world.advance(minutes=10)
    await world.minute()
    assert len(news(world, "U0MEI")) == 2, "what waited went out with the end"


async def test_who_asked_for_one_incident_hears_that_it_is_over_even_without_updates(
    build: Building,
) -> None:
    world = await build()
    number = await world.fires("a")
    await world.does("mei", "subscribe", number)
    await world.does("omar", "subscribe", what="team:db")
    await world.clears("a")
    await world.minute()
    assert [c.head.word for c in news(world, "U0MEI")] == ["RESOLVED"]
    assert news(world, "U0OMAR") == []


async def test_what_is_back_after_its_end_was_told_is_told_too(build: Building) -> None:
    world = await build()
    number = await world.fires("a")
    await world.does("mei", "subscribe", number)
    await world.does("ana", "resolve", number, how="now")
    await world.minute()
    await world.does("ana", "reopen", number)
    for _ in range(2):
        await world.minute()
    assert [c.head.word for c in news(world, "U0MEI")] == ["RESOLVED", "BACK"]
    await world.does("ana", "resolve", number, how="now")
    await world.minute()
    assert [c.head.word for c in news(world, "U0MEI")][-1] == "RESOLVED"


async def test_who_followed_what_became_part_of_another_follows_that(build: Building) -> None:
    world = await build()
    first = await world.fires("a")
    second = await world.fires("b", labels={"service": "b"})
    await world.does("mei", "subscribe", first)
    await world.does("ana", "merge", first, into=second)
    await world.minute()
    assert news(world, "U0MEI") == []
    await world.does("ana", "resolve", second, how="now")
    await world.minute()
    assert [c.head.number for c in news(world, "U0MEI")] == [f"#{second} "]


async def test_begins_come_by_wish_and_many_of_them_as_one(build: Building) -> None:
    world = await build()
    await world.does("mei", "subscribe", what="error", opened=True)
    await world.minute()
    await world.fires("a", severity="warning")
    await world.fires("b", severity="error", labels={"service": "b"})
    await world.advance(minutes=1)
    await world.minute()
    assert [c.head.word for c in news(world, "U0MEI")] == ["STARTED"]
    for n in range(5):
        await world.fires(f"s{n}", severity="error", labels={"service": f"s{n}"})
    await world.advance(minutes=1)
    await world.minute()
    assert len(news(world, "U0MEI")) == 2
    assert "5 incidents began within a minute: 5 error." in text(news(world, "U0MEI")[-1])


async def test_what_is_over_before_the_minute_is_no_news(build: Building) -> None:
    world = await build()
    await world.does("mei", "subscribe", what="everything", opened=True)
    await world.minute()
    await world.fires("a")
    await world.clears("a")
    await world.advance(minutes=1)
    await world.minute()
    assert news(world, "U0MEI") == []


async def test_names_and_titles_are_told_only_where_the_settings_allow_it(build: Building) -> None:
    plain = await build(more="stakeholders: {titles: false}\n")
    number = await plain.fires("a", title=f"Disk full on {SECRET}")
    await plain.does("mei", "subscribe", number)
    await plain.does("ana", "ack", number)
    await plain.does("ana", "update", number, text="Slow")
    (card,) = news(plain, "U0MEI")
    assert "somebody works on it" in text(card)
    assert SECRET not in text(card)
    assert "Ana" not in text(card)


async def test_names_may_be_told(build: Building) -> None:
    world = await build(more="stakeholders: {names: true}\n")
    number = await world.fires("a")
    await world.does("mei", "subscribe", number)
    await world.does("ana", "ack", number)
    await world.does("ana", "update", number, text="Slow")
    assert "Ana Petrova works on it" in text(news(world, "U0MEI")[0])


# mail


async def test_an_address_is_asked_first_and_gets_nothing_before_it_says_yes(
    build: Building,
) -> None:
    world = await build(more=MAIL)
    post = Postman(world)
    number = await world.fires("a", title=f"Disk full on {SECRET}")
    said = await world.does("ana", "subscribe", what=str(number), who="boss@example.org")
    assert "is asked by mail" in said.say
    assert len(post.sent) == 1
    assert "Yes, send me updates" in post.last()
    assert "List-Unsubscribe" not in post.last()
    assert "boss@example.org" in post.last()
    await world.does("ana", "update", number, text="Payments are slow")
    assert len(post.sent) == 1
    again = await world.does("ana", "subscribe", what=str(number), who="boss@example.org")
    assert "was asked a moment ago" in again.say
    (one,) = await world.app.reader.read(rows.every)
    await world.door.system(lambda ctx: subscriptions.confirm(ctx, one.id))
    await world.advance(minutes=6)
    await world.does("ana", "update", number, text="They are back")
    assert len(post.sent) == 2
    assert "They are back" in post.last()


async def test_a_mail_to_the_outside_says_nothing_of_the_inside(build: Building) -> None:
    world = await build(more=f"{MAIL}stakeholders: {{titles: true}}\n")
    post = Postman(world)
    number = await world.fires("a", title=f"Disk full on {SECRET}", labels={"pod": SECRET})
    await world.does("ana", "subscribe", what="critical", who="boss@example.org")
    (one,) = await world.app.reader.read(rows.every)
    await world.door.system(lambda ctx: subscriptions.confirm(ctx, one.id))
    await world.does("ana", "ack", number)
    await world.does("ana", "update", number, text="Payments are slow")
    await world.does("ana", "resolve", number, how="now", text=f"cleaned {SECRET}")
    await world.minute()
    assert [m["Subject"].split(" · ")[-1] for m in post.sent[1:]] == ["update", "resolved"]
    for mail in post.sent:
        whole = mail.as_string() + _text(mail)
        for word in (SECRET, "Ana", "postgres-main", f"#{number} ", f"/i/{number}"):
            assert word not in whole, word
    first, second = post.sent[1:]
    assert first["References"] == second["References"]
    assert first["Message-ID"] != second["Message-ID"]
    assert first["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert first["List-Unsubscribe"].strip("<>") in _text(first)


def test_the_way_out_stands_whole_in_its_header() -> None:
    leave = f"https://status.example.eu/updates/{'A' * 200}"
    letter = Letter("a@example.org", "Slow · update", ("x",), "1", "t", leave=leave)
    wire = message(letter, "PixelView <pv@example.eu>", START).as_bytes(policy=WIRE)
    assert f"List-Unsubscribe: <{leave}>\r\n".encode() in wire
    assert max(map(len, wire.splitlines())) < 998


async def test_a_person_may_choose_mail(build: Building) -> None:
    world = await build(more=MAIL)
    post = Postman(world)
    number = await world.fires("a")
    await world.does("omar", "subscribe", number, mail=True)
    await world.does("ana", "update", number, text="Slow")
    assert news(world, "U0OMAR") == []
    assert post.sent[0]["To"] == "Omar Haddad <omar@example.eu>"
    assert "List-Unsubscribe" in post.sent[0]


async def test_without_a_mail_server_nobody_subscribes_an_address(build: Building) -> None:
    world = await build()
    with pytest.raises(Conflict, match="No mail server"):
        await world.does("ana", "subscribe", what="error", who="boss@example.org")


async def test_a_question_nobody_answered_is_forgotten(build: Building) -> None:
    world = await build(more=MAIL)
    Postman(world)
    await world.does("ana", "subscribe", what="error", who="boss@example.org")
    (one,) = await world.app.reader.read(rows.every)
    await world.advance(minutes=3 * 24 * 60 + 61)
    await world.door.system(stakeholders.minute)
    assert await world.app.reader.read(rows.every) == []
    assert await world.door.system(lambda ctx: subscriptions.confirm(ctx, one.id)) is None


# who may, and how it stops


async def test_a_viewer_subscribes_themselves_and_nobody_else(build: Building) -> None:
    world = await build()
    await world.does("mei", "subscribe", what="everything")
    for who in ("@omar", "slack:#news", "boss@example.org"):
        with pytest.raises(Denied):
            await world.does("mei", "subscribe", what="everything", who=who)


async def test_everything_can_be_ended_at_once(build: Building) -> None:
    world = await build()
    for what in ("team:db", "error", "service:checkout"):
        await world.does("mei", "subscribe", what=what)
    done = await world.does("mei", "unsubscribe", what="everything")
    assert done.say == "No more updates of 3 subscriptions."
    with pytest.raises(NotFound):
        await world.does("mei", "unsubscribe", what="team:db")


async def test_who_gets_what_is_a_list_in_which_addresses_are_masked(build: Building) -> None:
    world = await build(more=MAIL)
    Postman(world)
    number = await world.fires("a")
    await world.does("mei", "subscribe", number)
    await world.does("ana", "subscribe", what="error", who="boss@example.org", opened=True)
    told = await world.asks("mei", "subscribers")
    assert told.lines == (
        f"Mei Lin: #{number}",
        "b…@example.org: error and above · from the beginning · asked, no answer yet",
    )
    (only,) = (await world.asks("mei", "subscribers", incident=number)).lines
    assert only == f"Mei Lin: #{number}"


TYPED = [
    ("1842", ("incident", "1842"), "", False),
    ("#1842 for @mei", ("incident", "1842"), "@mei", False),
    ("team db", ("team", "db"), "", False),
    ("db", ("team", "db"), "", False),
    ("service:checkout to slack:#news", ("service", "checkout"), "slack:#news", False),
    ("error boss@example.org opened", ("severity", "error"), "mail:boss@example.org", True),
    ("everything", ("severity", "info"), "", False),
    ("team:DB discord:#x", ("team", "db"), "discord:#x", False),
]


@pytest.mark.parametrize(("words", "subject", "who", "opened"), TYPED)
def test_a_subscription_reads_plain_words(
    words: str, subject: tuple[str, str], who: str, opened: bool
) -> None:
    found = rules.read(words, rules.Known(("ana", "mei"), ("db", "web")))
    assert found.subject == Subject(*subject)
    assert (found.who, found.opened) == (who, opened)


MARKED = [
    ("1842 for <#C012|news>", "slack:C012"),
    ("1842 for slack-acme:<#C012>", "slack-acme:C012"),
    ("1842 for #news", "slack:#news"),
    ("#1842 <@U0MEI>", "@mei"),
    ("1842 <mailto:boss@example.org|boss@example.org>", "mail:boss@example.org"),
]


@pytest.mark.parametrize(("words", "who"), MARKED)
def test_the_marks_of_a_chat_are_read_as_what_they_mean(words: str, who: str) -> None:
    said = rules.plain(words, "slack", {"U0MEI": "mei"})
    found = rules.read(said, rules.Known(("ana", "mei"), ()))
    assert (found.subject, found.who) == (Subject("incident", "1842"), who)


@pytest.mark.parametrize("words", ["team:nope", "kettle", "1842 1843", "@ana @mei 1", "a@b"])
def test_words_that_are_no_subscription_say_what_to_write(words: str) -> None:
    with pytest.raises(rules.BadWords, match=r"\w"):
        rules.read(words, rules.Known(("ana", "mei"), ("db",)))


async def test_nothing_is_subscribed_to_that_is_not_there(build: Building) -> None:
    world = await build()
    wrong: list[tuple[type[CommandError], str]] = [(NotFound, "77"), (Invalid, ""), (Invalid, "x")]
    for error, what in wrong:
        with pytest.raises(error):
            await world.does("mei", "subscribe", what=what)
