"""Second persons, permissions with values and questions of workflows, in a whole world."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.automation.answering import answer
from bot.cards import approval as approval_card
from bot.cards import inquiry as inquiry_card
from bot.cards.model import Card, Form
from bot.cards.scene import Scene
from commands.automation import ending, inquiring
from commands.automation.offers import REMOTE, Offer
from commands.context import Ctx
from commands.errors import Conflict, Denied, Invalid
from commands.notices import THREAD
from commands.rules.approving import Need
from integrations.base import Param, Permanent, RemoteInquiry, Transient
from store import executions, inquiries
from store.db import Tx
from store.executions import WAITING, Execution
from store.inquiries import Inquiry
from store.model import MINUTE
from store.tables import AUDIT, OUTBOX
from tests.support.world import World
from tests.web.site import Site

YAML = """
people:
  ana: {name: Ana Petrova, zone: Europe/Berlin, roles: {db: [responder, staging]}, slack: U0ANA}
  omar: {name: Omar Haddad, roles: [responder, runner], slack: U0OMAR}
  mei: {name: Mei Lin, roles: [admin], slack: U0MEI}
  bob: {name: Bob, roles: [viewer], slack: U0BOB}
roles:
  staging: {permissions: ["action:st2:pg.*[cluster=staging-*]"]}
  runner: {permissions: ["action:st2:pg.*"]}
teams: {db: {members: [ana, omar], oncall: omar, lead: mei}}
routes: [{name: db, team: db, channels: ["slack:#ops"]}]
"""
FAILOVER = Offer(
    "st2:pg.failover", REMOTE, "st2", "pg.failover", "Fail over",
    params=(Param("cluster", required=True), Param("force", "flag"), Param("pin", secret=True)),
    needs=(Need("role:admin", params={"force": ("true",)}), Need("oncall:db", within=10 * MINUTE)),
    confirm="{params.cluster}", dangerous="writes stop for about 20 s", dry="force",
    undo="st2:pg.failback",
)  # fmt: skip
ASKED = "cluster=staging-1 pin=4711-secret"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = await World.build(f"sqlite:///{tmp_path}/p.db", tmp_path, YAML)
    made.door.rules.offers.told("st2", [FAILOVER])
    yield made
    await made.end()


async def asks(world: World, who: str = "ana", incident: int = 1, params: str = ASKED) -> int:
    given: dict[str, Any] = {"action": FAILOVER.name, "params": params, "confirm": "staging-1"}
    done = await world.does(who, "run", incident, **given)
    assert "Not done yet" in done.say
    return int(done.say.rpartition(" ")[2])


async def ran(world: World) -> list[Execution]:
    return await world.app.reader.read(executions.last)


async def at_once(world: World, who: str, verb: str, **args: Any) -> None:
    """Before anything that follows is done outside."""
    await world.door.do(verb, args, world.actor(who))


def told(world: World, word: str) -> list[str]:
    """Whose direct messages hold a card of that kind."""
    return [account for account, card in world.pad.direct if card.head.word == word]


async def in_threads(world: World) -> list[str]:
    """What stands in the threads of the incident's cards."""
    mine = OUTBOX.c.purpose == THREAD
    return await world.app.reader.read(
        lambda tx: [r.about for r in tx.conn.execute(select(OUTBOX).where(mine))]
    )


async def drawn(world: World, number: int, to: str = "") -> Card:
    """The card of an approval as somebody sees it."""
    one = await world.app.reader.read(lambda tx: approval_card.read(tx, str(number)))
    assert one is not None
    known = world.door.definitions()
    return approval_card.card(one, Scene(known, "http://pv", world.clock.now(), to))


async def read_record(world: World) -> str:
    """All that is on record, as auditors read it."""

    def read(tx: Tx) -> str:
        rows = tx.conn.execute(select(AUDIT))
        return repr(
            [(r.outcome, tx.ring.open("audit", f"{r.writer}.{r.seq}", r.sealed)) for r in rows]
        )

    return await world.app.reader.read(read)


def text(card: Card) -> str:
    return "".join(span.text for span in card.state.spans)


def labels(card: Card) -> list[str]:
    return [press.label for press in (*card.actions.buttons, *card.actions.more)]


async def test_what_was_shown_is_run_once_the_one_on_call_typed_its_word(world: World) -> None:
    incident = await world.fires("a", labels={"team": "db"})
    number = await asks(world)
    shown = await drawn(world, number)
    assert shown.head.title == f"Fail over for #{incident}"
    assert "needs whoever is on call for db" in text(shown)
    assert "dangerous: writes stop" in text(shown)
    assert labels(shown) == ["Approve…", "Dry run", "Decline…", "Ask why…", "Cancel (Ana)"]
    assert labels(await drawn(world, number, "ana")) == ["Dry run", "Cancel"]
    assert "4711-secret" not in repr(shown) and "cluster=staging-1" in repr(shown.fold)
    assert "No reply by SMS" in shown.short
    assert told(world, "APPROVE?") == ["U0OMAR"]
    assert await in_threads(world) == ["approval:1"]

    with pytest.raises(Denied, match="another must approve"):
        await world.does("ana", "approve", approval=number, typed="staging-1")
    with pytest.raises(Denied, match="on call for db"):
        await world.does("mei", "approve", approval=number, typed="staging-1")
    with pytest.raises(Denied, match="SMS"):
        await world.does("omar", "approve", surface="sms", approval=number, typed="staging-1")
    with pytest.raises(Invalid, match="type staging-1"):
        await world.does("omar", "approve", approval=number)
    press = shown.actions.buttons[0]
    form = await world.press("U0OMAR", press.token)
    assert isinstance(form, Form)
    assert "Type staging-1" in next(i.hint for i in form.inputs if i.name == "typed")

    await world.does("omar", "ask-why", approval=number, text="why now?")
    assert "Answer…" in labels(await drawn(world, number, "ana"))
    await world.does("ana", "say-why", approval=number, text="replica is gone")
    assert not await ran(world)
    await world.does("omar", "approve", approval=number, typed="staging-1")
    (one,) = await ran(world)
    assert (one.by, one.approved_by, one.params["pin"]) == ("ana", "omar", "4711-secret")
    said = [(e.say, e.kind) for e in (await world.detail(incident)).timeline]
    assert any(s.startswith("Omar Haddad approved: ") for s, kind in said if kind == "approval")
    record = await read_record(world)
    assert "4711-secret" not in record and "4711-secret" not in repr(said)
    assert "'state': ['waits', 'approved']" in record and "'decided_by': [None, 'omar']" in record


async def test_a_run_that_is_not_what_was_shown_any_more_is_not_run(world: World) -> None:
    await world.fires("a", labels={"team": "db"})
    number = await asks(world)
    world.door.rules.offers.told("st2", [replace(FAILOVER, fixed={"fence": "no"})])
    with pytest.raises(Conflict, match="not what it was"):
        await world.does("omar", "approve", approval=number, typed="staging-1")
    world.door.rules.offers.told("st2", [FAILOVER])
    await world.does("ana", "take-back", approval=number)
    with pytest.raises(Conflict, match="withdrawn by Ana"):
        await world.does("omar", "approve", approval=number, typed="staging-1")
    number = await asks(world)
    await world.advance(minutes=11)
    over = await drawn(world, number)
    assert "⌛" in text(over) and labels(over) == ["Ask again"]
    again = await world.does("ana", "ask-again", approval=number)
    with pytest.raises(Conflict, match="asked again already"):
        await world.does("ana", "ask-again", approval=number)
    new = int(again.say.rpartition(" ")[2])

    await at_once(world, "omar", "try-approval", approval=new)
    (tried,) = await ran(world)
    assert tried.dry and tried.params["force"] is True
    await world.door.system(lambda ctx: ending.ended(ctx, tried.id, "done", "would promote db-2"))
    assert "would promote db-2" in repr((await drawn(world, new)).fold)
    with pytest.raises(Denied):
        await world.does("mei", "try-approval", approval=new)


async def test_a_permission_holds_for_its_values_alone_and_a_denial_is_kept(world: World) -> None:
    incident = await world.fires("a", labels={"team": "db"})
    given: dict[str, Any] = {"action": FAILOVER.name, "confirm": "prod"}
    with pytest.raises(Denied) as found:
        await world.does("ana", "run", incident, params="cluster=prod pin=4711-secret", **given)
    assert found.value.needs == "action:st2:pg.failover[cluster=prod]"
    assert "Omar Haddad" in found.value.ask and "Ana Petrova" not in found.value.ask
    record = await read_record(world)
    assert "denied" in record and "cluster=prod" in record and "4711-secret" not in record
    assert not await ran(world)
    can = await world.asks("ana", "can", who="ana", do="run", action=FAILOVER.name, team="db")
    assert can.facts["only"] == ["action:st2:pg.*[cluster=staging-*]"]


class Workflows:
    """A runner as far as questions go: what it was answered, and what it says to that."""

    def __init__(self) -> None:
        self.answered: list[tuple[str, Mapping[str, Any]]] = []
        self.says: Exception | None = None

    async def answer(self, inquiry: str, response: Mapping[str, Any]) -> None:
        self.answered.append((inquiry, response))
        if self.says is not None:
            raise self.says


QUESTION = RemoteInquiry(
    "q1", "r1", text="Fail over now?", schema={"properties": {
        "go": {"type": "boolean", "required": True, "description": "Go on?"},
        "pin": {"type": "string", "secret": True}}},
)  # fmt: skip


async def question(world: World, number: int) -> Inquiry:
    one = await world.app.reader.read(lambda tx: inquiries.get(tx, number))
    assert one is not None
    return one


async def listens(world: World, *found: RemoteInquiry) -> None:
    await world.door.system(lambda ctx: inquiring.told(ctx, "st2", found))
    await world.settle()


async def sends(world: World, runner: Any, number: int) -> None:
    await answer(world.door, runner, number)


async def test_a_question_goes_to_who_may_answer_and_the_first_answer_counts(world: World) -> None:
    incident = await world.fires("a", labels={"team": "db"})

    def runs(ctx: Ctx) -> None:
        executions.add(ctx.tx, Execution(
            executions.new(ctx.tx), WAITING, FAILOVER.name, "st2", "omar", ctx.now, REMOTE,
            "pg.failover", "r1", incident_id=incident, says="st2:pg.failover cluster=prod",
        ))  # fmt: skip

    await world.door.system(runs)
    expires = world.clock.now() + 30 * MINUTE
    await listens(world, replace(QUESTION, expires_at=expires))
    await listens(world, replace(QUESTION, expires_at=expires))
    assert told(world, "ANSWER?") == ["U0OMAR"], "once"
    assert await in_threads(world) == ["inquiry:1"]
    with pytest.raises(Denied, match="Mei Lin"):
        await world.does("bob", "answer", inquiry=1, values="yes")
    with pytest.raises(Invalid, match="go must be yes or no"):
        await world.does("omar", "answer", inquiry=1, values="go=perhaps")
    form = await world.press("U0OMAR", "cmd:answer:1:1")
    assert isinstance(form, Form)
    assert [i.name for i in form.inputs] == ["values.go", "values.pin"]
    assert form.inputs[1].secret

    runner = Workflows()
    await at_once(world, "omar", "answer", inquiry=1, values="go=yes pin=4711-secret")
    with pytest.raises(Conflict, match="Omar Haddad answered it in Slack"):
        await world.does("mei", "answer", inquiry=1, values="go=no")
    runner.says = Transient("no answer", None)
    with pytest.raises(Transient):
        await sends(world, runner, 1)
    runner.says = Permanent("pin did not pass schema validation: too short")
    await sends(world, runner, 1)
    one = await question(world, 1)
    assert (one.state, one.answer) == ("waits", {})
    seen = await world.app.reader.read(lambda tx: inquiry_card.read(tx, "1"))
    assert seen is not None
    scene = Scene(world.door.definitions(), "http://pv", world.clock.now(), "omar")
    assert "too short" in repr(inquiry_card.card(seen, scene).fold)
    assert "too short" not in repr(inquiry_card.card(seen, replace(scene, to="")).fold)

    runner.says = None
    await at_once(world, "omar", "answer", inquiry=1, values="go=yes pin=4711-long-secret")
    await sends(world, runner, 1)
    await listens(world)
    one = await question(world, 1)
    assert (one.state, one.says, one.answer) == ("answered", "go=yes pin=••••", {})
    assert runner.answered[-1] == ("q1", {"go": True, "pin": "4711-long-secret"})
    said = [e.say for e in (await world.detail(incident)).timeline if e.kind == "inquiry"]
    assert "Omar Haddad answered: go=yes pin=••••." in said
    assert "4711-long-secret" not in await read_record(world)


async def test_a_question_that_is_over_says_how(world: World) -> None:
    late, there = (
        replace(QUESTION, expires_at=world.clock.now() + MINUTE),
        replace(QUESTION, id="q2"),
    )
    named = replace(QUESTION, id="q3", users=("omar",), roles=("admin",))
    await listens(world, late, there, named)
    assert (await question(world, 3)).to == ("omar",)
    with pytest.raises(Denied):
        await world.does("mei", "answer", inquiry=3, values="go=yes")
    await world.advance(minutes=2)
    await listens(world, late, there, named)  # a StackStorm may list it for minutes more
    with pytest.raises(Conflict, match="time is over"):
        await world.does("mei", "answer", inquiry=1, values="go=yes")
    await listens(world, named)
    assert [(await question(world, n)).state for n in (1, 2, 3)] == [
        "expired",
        "elsewhere",
        "waits",
    ]
    await at_once(world, "omar", "answer", inquiry=3, values="go=no")
    runner = Workflows()
    taken = Permanent("Inquiry q3 has already been responded to.")
    runner.says = taken
    await sends(world, runner, 3)
    assert (await question(world, 3)).state == "elsewhere"

    await listens(world, replace(QUESTION, id="q4", users=("omar",)))
    await at_once(world, "omar", "answer", inquiry=4, values="go=no")
    runner.says = Transient("the answer was lost", None, uncertain=True)
    with pytest.raises(Transient):
        await sends(world, runner, 4)
    runner.says = taken
    await sends(world, runner, 4)
    assert (await question(world, 4)).state == "answered", "it was this very answer"


async def test_the_console_shows_what_waits_and_takes_the_word(tmp_path: Path) -> None:
    site = await Site.build(f"sqlite:///{tmp_path}/w.db", tmp_path, YAML)
    world = site.world
    world.door.rules.offers.told("st2", [FAILOVER])
    await world.fires("a", labels={"team": "db"})
    number = await asks(world)
    await listens(world, replace(QUESTION, users=("omar",)))
    omar, bob = await site.visitor("omar"), await site.visitor("bob")
    page = await omar.get("/asked")
    assert "st2:pg.failover cluster=staging-1" in page.words and "Fail over now?" in page.words
    assert "Nothing waits for your word" in (await bob.get("/asked")).words
    assert (await bob.get("/q/1")).status == 404
    sheet = await omar.get(f"/ask/approve?incident={number}")
    assert "Type staging-1" in sheet.words
    wrong = await omar.does("approve", number, typed="prod", asked="1")
    assert "type exactly that" in wrong.words
    await omar.does("approve", number, typed="staging-1", asked="1")
    assert [one.approved_by for one in await ran(world)] == ["omar"]
    sheet = await omar.get("/ask/answer?incident=1")
    assert 'name="values.go"' in sheet.text
    wrong = await omar.does("answer", 1, **{"values.go": "", "values.pin": "x"}, asked="1")
    assert "go is needed" in wrong.words
    await omar.does("answer", 1, **{"values.go": "yes", "values.pin": "4711"}, asked="1")
    assert (await question(world, 1)).answer == {"go": True, "pin": "4711"}
    assert "on its way" in (await omar.get("/q/1")).words
    await site.end()
