"""One long night in which every kind of card is shown once: what each chat was asked to show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bot.cards import testing
from bot.cards.model import Account, Answer, Card, Form, Note, Private, Sent
from bot.cards.scene import Scene
from store import page_tests
from tests.golden import asked, lost, resources, rooms, runs, savings, storm
from tests.support.able_pad import AblePad
from tests.support.engines import migrated_url
from tests.support.world import ObedientClock, World, alert

START = 1_795_313_340_000
YAML = """
people:
  ana:
    name: Ana Petrova
    email: ana@example.eu
    zone: Europe/Berlin
    roles: [admin]
    slack: U0ANA
    discord: "101"
    rules: [{after: 0, via: slack}]
  omar:
    name: Omar Haddad
    email: omar@example.eu
    zone: Asia/Dubai
    slack: U0OMAR
    discord: "102"
    rules: [{after: 0, via: slack}]
  mei: {name: Mei Lin, email: mei@example.eu, zone: Asia/Singapore, slack: U0MEI, roles: [viewer]}
teams:
  db: {members: [ana, omar], oncall: "schedule:db-primary", lead: omar, manager: omar}
schedules:
  db-primary:
    zone: Europe/Berlin
    layers:
      - name: primary
        start: 2026-10-05T08:00
        rotation: {kind: weekly, people: [ana, omar]}
policies:
  db-primary:
    steps:
      - {targets: [oncall], delay: 5}
      - {targets: [lead], delay: 5}
      - {targets: [team], delay: 5}
routes:
  - name: db
    match: {team: db}
    team: db
    policy: db-primary
    channels: ["slack:#ops", "discord:#ops"]
  - {name: rest, team: db, channels: ["slack:#ops"]}
status: {title: Example, components: {Checkout: {match: "service:shop"}, Search: {}}}
"""

ANA = Account("slack", "T1", "U0ANA", "ana")
OMAR = Account("discord", "G1", "102", "omar")
MEI = Account("slack", "T1", "U0MEI", "mei")


@dataclass(slots=True)
class Shown:
    """What was shown, by name: cards (with a direct message's note), notes, forms; and when."""

    cards: dict[str, tuple[Card, Note | None]] = field(default_factory=dict)
    notes: dict[str, Note] = field(default_factory=dict)
    forms: dict[str, Form] = field(default_factory=dict)
    at: dict[str, int] = field(default_factory=dict)


class Watching(AblePad):
    """A chat that remembers notes as they were said."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.heard: list[Note] = []

    async def say(self, sent: Sent, note: Note, *, nonce: str, maybe_copy: bool) -> Sent:
        """Keep the note."""
        self.heard.append(note)
        return await super().say(sent, note, nonce=nonce, maybe_copy=maybe_copy)


class Night:
    """Plays it, and puts names to what was shown."""

    def __init__(self, world: World, chats: dict[str, Watching]) -> None:
        self.world, self.chats, self.shown = world, chats, Shown()

    @classmethod
    async def begun(cls, folder: Path) -> Night:
        """At nine past three of a Sunday in November, Ana on call."""
        chats = {name: Watching(name) for name in ("slack", "discord")}
        clock = ObedientClock(START)
        url = migrated_url("sqlite", folder)
        world = await World.build(url, folder, YAML, clock, chats["slack"])
        world.app.surfaces["discord"] = chats["discord"]
        return cls(world, chats)

    # naming

    def card(self, name: str, word: str = "", chat: str = "slack") -> Card:
        """The newest card in a channel, of that head word where one is given."""
        pad = self.chats[chat]
        found = [*pad.posts, *pad.edits]
        newest = {id(c): c for _, c in found if not word or word in c.head.word}
        assert newest, f"no card {word}; there are {[c.head.word for _, c in found]}"
        order = pad.edits if pad.edits and any(word in c.head.word for _, c in pad.edits) else found
        kept = next(c for _, c in reversed(order) if not word or word in c.head.word)
        self.shown.cards[name] = (kept, None)
        self.shown.at[name] = self.world.clock.at
        return kept

    def direct(self, name: str, word: str = "", chat: str = "slack") -> Card:
        """The newest direct message."""
        pad = self.chats[chat]
        number = max(i for i, (_, c) in enumerate(pad.direct) if word in c.head.word)
        kept, note = pad.direct[number][1], pad.pages[number][1]
        self.shown.cards[name] = (kept, note)
        self.shown.at[name] = self.world.clock.at
        return kept

    def words(self, name: str, pick: Callable[[str], bool], chat: str = "slack") -> None:
        """The newest words in a thread that are meant."""
        for note in reversed(self.chats[chat].heard):
            if pick("".join(s.text for line in note.lines for s in line)):
                self.shown.notes[name] = note
                self.shown.at[name] = self.world.clock.at
                return
        raise AssertionError(f"no words for {name}")

    async def answers(self, name: str, answer: Answer) -> Answer:
        """What only one person sees."""
        self.shown.at[name] = self.world.clock.at
        if isinstance(answer, Form):
            self.shown.forms[name] = answer
        elif isinstance(answer, Private) and answer.note is not None:
            self.shown.notes[name] = answer.note
        elif isinstance(answer, Private) and answer.card is not None:
            self.shown.cards[name] = (answer.card, None)
        else:
            raise AssertionError(f"{name} was answered {answer}")
        await self.world.settle()
        return answer

    async def types(self, name: str, text: str, who: Account = ANA) -> Answer:
        """What a typed command answers."""
        key = f"type:{name}"
        return await self.answers(name, await self.world.app.desk.typed(text, who, key))

    async def presses(self, name: str, token: str, who: Account = ANA) -> Answer:
        """What a press answers."""
        key = f"press:{name}"
        return await self.answers(name, await self.world.app.desk.press(token, who, key))

    # the night

    async def play(self) -> Shown:
        """From the first page to the morning."""
        for part in (
            self._one_incident, self._answers, self._noise, self._rota, self._checks, self._others,
        ):  # fmt: skip
            await part()
        await rooms.put(self.shown)
        await lost.put(self.shown)
        now = self.world.clock.at
        for name, note in resources.notes(now):
            self.shown.notes[name], self.shown.at[name] = note, now
        drawn = (*storm.cards(now), *savings.cards(now), *resources.cards(now), *runs.cards(now))
        drawn = (*drawn, *asked.cards(now))
        for name, card in drawn:
            self.shown.cards[name], self.shown.at[name] = (card, None), now
        for name, form in runs.forms():
            self.shown.forms[f"form {name}"], self.shown.at[f"form {name}"] = form, now
        return self.shown

    async def _one_incident(self) -> None:
        world = self.world
        links = {"host": "db-3", "env": "prod", "region": "eu-west-1"}
        value = "/var/lib/postgresql is at 94.2 % of 2.0 TB, full in about 41 min"
        number = await world.fires(labels=links, description=value)
        self.card("01 new")
        self.direct("01 new, page")
        self.words("01 new, first reply", lambda t: "db-3" in t)
        await world.advance(minutes=5, seconds=1)
        self.card("04 escalating")
        self.words("04 escalating, thread", lambda t: "did not answer" in t or "next" in t)
        new = self.card("04 escalating")
        ack = next(p for p in new.actions.buttons if p.token.startswith("cmd:ack"))
        await world.does("ana", "ack", number, surface="discord")
        self.card("02 in progress")
        await self.presses("02 too late", ack.token, OMAR)
        for verb in ("assign", "note", "resolve", "silence", "merge", "severity"):
            known = [p for c in (new,) for p in (*c.actions.buttons, *c.actions.more)]
            if found := [p for p in known if p.token.split(":")[1] == verb]:
                await self.presses(f"form {verb}", found[0].token)
        await world.does("omar", "note", number, text="archive target was full")
        self.words("02 note, thread", lambda t: "archive target" in t)
        await world.advance(minutes=31)
        self.direct("03 check-in")
        await world.does("ana", "note", number, text="still on it")
        await world.does("ana", "snooze", number, until="2h")
        self.card("02 snoozed")
        await world.does("ana", "resolve", number, how="now", text="cleaned old WAL")
        self.card("05 resolved")
        self.words("05 resolved, thread", lambda t: "cleaned old WAL" in t)

    async def _answers(self) -> None:
        world = self.world
        number = await world.fires("k2", severity="warning", title="Replica lag 40 s on db-2")
        for name, text in (
            ("25 help", "help"), ("25 help of one", "help override"),
            ("list", "list"), ("09 who", "who db"), ("shifts", "shifts"),
            ("why", f"why {number}"), ("error typo", "acknowlege 7"),
            ("error time", f"snooze {number} until sat 25:00"), ("error gone", "ack 999"),
            ("show", f"show {number}"), ("setup", "setup"),
        ):  # fmt: skip
            await self.types(name, text)
        await self.types("24 denied", f"ack {number}", MEI)
        await self.types("unlinked", f"ack {number}", Account("discord", "G1", "999", "eve"))
        for verb in ("declare", "override", "cover", "maintenance", "page", "new-schedule"):
            await self.types(f"form {verb}", verb)

    async def _noise(self) -> None:
        world = self.world
        await world.does(
            "ana", "silence", what="host=staging-2", until="3h", text="load test", no_preview=True
        )
        await world.hears(alert("k3", severity="warning", labels={"host": "staging-2"}))
        await world.advance(minutes=1)
        self.card("11 silence", "SILENCED")
        await world.does(
            "ana", "maintenance", what="db-5", when="sun 05:00-06:00", text="disk swap"
        )
        await world.advance(minutes=75)
        self.card("12 maintenance", "MAINTENANCE")

    async def _rota(self) -> None:
        world = self.world
        await world.does("ana", "cover", when="sun 10:00-14:00", reason="wedding")
        await world.advance(minutes=1)
        self.card("10 cover", "COVER")
        await world.advance(minutes=60 * 27 + 5)
        self.card("08 handoff", "HANDOFF")

    async def _checks(self) -> None:
        world = self.world
        await world.does("ana", "test-page")
        # What the first message says of the other contacts depends on which was sent sooner:
        # drawn once more when all have rung.
        self.direct("test page", "TEST PAGE")
        test = await world.app.reader.read(lambda tx: page_tests.newest(tx, "ana", 0))
        assert test is not None
        _, note = self.shown.cards["test page"]
        known = world.door.definitions()
        scene = Scene(known, "https://pv.example.eu", world.clock.at, "ana")
        self.shown.cards["test page"] = (testing.rings(test, scene), note)
        await world.does("ana", "test-card")
        self.card("test card", "TEST CARD")

    async def _others(self) -> None:
        world = self.world
        rule = "cards: digest\ndigest: hourly\nhere: {when: opened}\n"
        await world.does("ana", "edit", kind="channel", name="slack:#ops", text=rule)
        await world.minute()
        await world.fires("k7", severity="error", title="Queue 9 000 long", labels={"service": "q"})
        await world.fires("k8", severity="warning", title="Slow disk", labels={"service": "disk"})
        number = await world.fires(
            "k9", title="Checkout answers with 503", labels={"service": "shop"}
        )
        call = next(c for _, c in reversed(self.chats["slack"].posts) if _calls(c))
        self.shown.cards["here"], self.shown.at["here"] = (call, None), world.clock.at
        await world.advance(minutes=61)
        await world.minute()
        self.card("digest", "DIGEST")
        await self.types("channels", "channels")
        await world.does("mei", "subscribe", number)
        await world.does("ana", "subscribe", number, who="slack:#news")
        told = "Payments are slow.\nVouchers work."
        await world.does("ana", "update", number, text=told)
        self.direct("news", "UPDATE")
        self.card("news in a channel", "UPDATE")
        await world.does("ana", "resolve", number, how="now", text="A provider was down")
        await world.minute()
        self.direct("news, over", "RESOLVED")
        await self.types("subscribers", "subscribers")
        for verb in ("publish", "subscribe"):
            await self.presses(f"form {verb}", f"cmd:{verb}:{number}:1")


def _calls(card: Card) -> bool:
    return any(span.here for span in card.notification)


def names(shown: Shown) -> Iterator[str]:
    """Everything that was shown, in order of its name."""
    yield from sorted({*shown.cards, *shown.notes, *shown.forms})
