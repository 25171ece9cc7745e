"""From the card: what fits, the form of the chosen action, what exactly will run, and one card in
the thread that is edited until the end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.cards.model import Account, Card, Errors, Form, Output, Private, Rows, Sent
from commands.automation import ending, executing, form_fields, telling
from commands.automation.offers import REMOTE, Catalogue, Offer
from commands.context import Ctx
from integrations.base import Param
from store import executions
from store.executions import DONE, FAILED, RUNNING, Execution, Ran
from tests.support.engines import fresh_url
from tests.support.world import Pad, World

ROTATE = Offer(
    "rotate-wal", REMOTE, "st2", "pg.rotate_wal", "Rotate WAL",
    params=(Param("host", required=True), Param("keep", default="24h"), Param("force", "flag"),
            Param("token", secret=True)),
    given={"host": "{labels.host}"}, match={"severity": ("critical",)}, undo="unrotate",
)  # fmt: skip
FAILOVER = Offer(
    "failover", REMOTE, "st2", "pg.failover", "Fail over",
    params=(Param("to", choices=("db-1", "db-2")),), match={}, confirm="{params.to}",
    dangerous="writes stop for 20 s",
)  # fmt: skip
HIDDEN = Offer("st2:core.local", REMOTE, "st2", "core.local", params=(Param("cmd"),))
STAGING = replace(ROTATE, name="staging-only", match={"host": ("staging-*",)})


class Threads(Pad):
    """A pad whose cards have threads that hold cards."""

    def __init__(self) -> None:
        super().__init__()
        self.replies: list[tuple[str, Card]] = []

    async def reply(self, sent: Sent, card: Card, *, nonce: str, maybe_copy: bool) -> Sent:
        """A card below another."""
        message = self._id()
        self.cards[message] = card
        self.replies.append((sent.message, card))
        return Sent(sent.channel, message, sent.message)


class Held:
    """A runner that takes what it is asked and says nothing yet."""

    def runner(self, name: str) -> Any:
        return self

    async def begin(self, one: Execution) -> None:
        return None


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = await World.build(fresh_url("sqlite", tmp_path), tmp_path, pad=Threads())
    offers = Catalogue((ROTATE, FAILOVER, HIDDEN, STAGING))
    made.door.rules = replace(made.door.rules, offers=offers)
    made.app.outbox.carrier.others.errands.executing.engine = Held()  # type: ignore[assignment]
    yield made
    await made.end()


def field(offer: Offer, name: str) -> str:
    return form_fields.field_name(offer, name)


async def last(world: World) -> Execution:
    return (await world.door.reader.read(executions.last))[0]


def below(world: World) -> list[Card]:
    assert isinstance(world.pad, Threads)
    return [card for _, card in world.pad.replies]


ANA = Account("slack", "T1", "U0ANA", "U0ANA")


async def test_what_fits_is_chosen_filled_in_shown_and_run(world: World) -> None:
    first = await world.fires(labels={"host": "db-3"})
    await world.does("ana", "run", first, action="rotate-wal", params="keep=48h token=hunter2")
    done = await last(world)
    await world.door.system(lambda ctx: ending.ended(ctx, done.id, DONE, "freed 612 GB"))
    await world.clears()
    await world.advance(minutes=60)
    second = await world.fires(labels={"host": "db-3"})
    assert second != first

    shown = world.pad.posts[-1][1].actions
    assert "Rotate WAL…" in [b.label for b in shown.buttons], "what fixed it is on the card"
    labels = {b.label: b.token for b in shown.more}
    form = await world.press("U0ANA", labels["Run…"])
    assert isinstance(form, Form)
    action, *fields = form.inputs
    assert action.changes
    assert [v for v, _ in action.options] == ["rotate-wal", "failover"]
    assert dict(action.options)["rotate-wal"] == (
        "Rotate WAL (rotate-wal) · ★ fixed it last time · used 1×"
    )
    assert {f.label: f.initial for f in fields} == {
        "Host": "db-3", "Keep": "48h", "Force": "", "Token": "",
    }  # fmt: skip
    assert [f.label for f in fields if f.secret] == ["Token"]
    assert form.intro.startswith(
        "What will run: pg.rotate_wal host=db-3 keep=48h on st2 for Ana Petrova · needs approval: "
        "no · last run: ok"
    )

    desk, typed = world.app.desk, {"action": "failover", field(ROTATE, "host"): "db-9"}
    other = await desk.changed(form.token, typed, ANA)
    assert isinstance(other, Form)
    assert [f.label for f in other.inputs] == ["Action", "To", "Type what it changes, to confirm"]
    chosen = {"action": "failover", field(FAILOVER, "to"): "db-2"}
    named = await desk.changed(form.token, chosen, ANA)
    assert isinstance(named, Form)
    assert named.inputs[-1].label == "Type db-2"
    assert "pg.failover to=db-2" in named.intro
    refused = await desk.submit(form.token, chosen, ANA, "a")
    assert isinstance(refused, Errors)
    assert "db-2" in refused.fields["confirm"]

    filled = {
        "action": "rotate-wal", field(ROTATE, "host"): "db-4", field(ROTATE, "keep"): "24h",
        field(ROTATE, "force"): "true", field(ROTATE, "token"): "hunter3",
    }  # fmt: skip
    answer = await desk.submit(form.token, filled, ANA, "b")
    assert isinstance(answer, Private)
    one = await last(world)
    assert one.params == {"host": "db-4", "force": True, "token": "hunter3"}
    assert (one.incident_id, one.by, one.secret) == (second, "ana", ("token",))
    assert "hunter" not in one.says


async def test_one_card_in_the_thread_is_edited_until_the_end(world: World) -> None:
    number = await world.fires(labels={"host": "db-3"})
    await world.does("ana", "run", number, action="rotate-wal")
    await world.settle()
    (starting,) = below(world)
    assert (starting.head.word, starting.head.title) == (
        "STARTING",
        "rotate-wal host=db-3",
    )
    one = await last(world)

    async def now(**changed: Any) -> None:
        def change(ctx: Ctx) -> None:
            known = executions.get(ctx.tx, one.id)
            assert known is not None
            telling.changed(ctx, executions.save(ctx.tx, known, **changed))

        await world.door.system(change)
        await world.settle()

    world.pad.edits.clear()
    await world.advance(seconds=4)
    at = world.clock.at
    steps = (Ran("fence", DONE, 0, at, at + 6_000), Ran("archive", RUNNING, 0, at + 6_000))
    await now(state=RUNNING, began_at=at, steps=steps, tail=("line 1", "line 2"), remote="5f")
    await now(tail=("line 2", "line 3"))
    (_, running), *more = world.pad.edits
    assert not more, "while it runs it is edited once in three seconds"
    assert running.head.word == "RUNNING"
    assert [b.label for b in running.actions.buttons] == ["Cancel…", "Full output"]
    rows = next(block for block in running.fold if isinstance(block, Rows))
    assert ["".join(span.text for span in row) for row in rows.rows] == ["✔ fence 6 s · … archive"]
    await world.advance(seconds=3)
    assert Output("line 2\nline 3") in world.pad.edits[-1][1].fold

    failed = (steps[0], replace(steps[1], state=FAILED, ended_at=at + 9_000))
    await now(steps=failed)
    text = "No space left on device"
    await world.door.system(lambda ctx: ending.ended(ctx, one.id, FAILED, text, "exit 1"))
    await world.settle()
    card = world.pad.edits[-1][1]
    assert card.head.word == "FAILED", "what ended is told at once"
    said = "".join(span.text for span in card.state.spans)
    assert said.startswith('exit 1 at step 2 "archive": No space left on device')
    assert [b.label for b in card.actions.buttons] == [
        "Run with changes…", "Full output", "Undo…", "Escalate",
    ]  # fmt: skip
    assert card.actions.buttons[-1].confirm is not None, "nobody is paged by one press"
    assert len(below(world)) == 1
    account, direct = world.pad.direct[-1]
    assert account == "U0ANA"
    push = "".join(span.text for span in direct.notification)
    assert push == f"❌ #{number} rotate-wal failed at step 2: No space left on device"
    again = await world.press("U0ANA", card.actions.buttons[0].token)
    assert isinstance(again, Form)
    assert again.inputs[0].initial == "rotate-wal"


async def test_where_a_form_stays_as_it_is_the_action_is_chosen_first(world: World) -> None:
    number = await world.fires(labels={"host": "db-3"})
    world.pad.changes_forms = False  # type: ignore[attr-defined]
    which = await world.press("U0ANA", f"cmd:run:{number}:1")
    assert isinstance(which, Private) and which.note is not None
    shown = [p.label for p in which.note.actions]
    assert shown == ["rotate-wal…", "failover…"], "what interrupts nothing stands first"
    form = await world.press("U0ANA", which.note.actions[0].token)
    assert isinstance(form, Form)
    assert [f.label for f in form.inputs] == ["Host", "Keep", "Force", "Token"]
    again = await world.press("U0ANA", form.token)
    assert isinstance(again, Form), "the next part of a form is of the same action"
    assert again.inputs == form.inputs
    filled = {field(ROTATE, "host"): "db-8", field(ROTATE, "keep"): "24h"}
    answer = await world.app.desk.submit(form.token, filled, ANA, "c")
    assert isinstance(answer, Private)
    one = await last(world)
    assert (one.action, one.params, one.incident_id) == ("rotate-wal", {"host": "db-8"}, number)


async def test_names_and_values_are_proposed_while_somebody_types(world: World) -> None:
    async def proposed(name: str, text: str, who: Account = ANA) -> list[str]:
        return [value for value, _ in await world.app.desk.suggest("run", name, text, who)]

    assert await proposed("action", "failov") == ["failover"]
    assert await proposed("params", "ke") == ["keep="]
    assert await proposed("params", "keep=1h t") == ["keep=1h to=", "keep=1h token="]
    assert await proposed("params", "to=") == ["to=db-1", "to=db-2"]
    assert not await proposed("params", "", Account("slack", "T1", "U0NOBODY", "Nobody"))


async def test_who_may_not_run_it_is_not_offered_it(world: World) -> None:
    number = await world.fires(labels={"host": "db-3"})
    told = await world.asks("mei", "run-form", incident=number)
    assert told.lines == ("No action fits.",)
    assert executing.ABOUT == "execution"
