"""What is planted where some may not see it: a private incident, a sensitive label, a note."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update

from commands.context import Ctx
from commands.door import Door
from commands.people import actor_of
from store import access, approvals, automation_runs, executions, inquiries, workflows
from store.model import DAY
from store.tables import COUNTERS
from tests.support.world import alert

PRIVATE, SHOWN = 48_151_623, 48_151_624
TITLE, VALUE, NOTE = "zebrafinch", "quokkamart", "wombatcode"
PLANTED = (str(PRIVATE), TITLE, VALUE, NOTE)


async def planted(door: Door) -> None:
    """A private incident, and a shown one with a sensitive label and a sensitive note."""

    def number(ctx: Ctx) -> Any:
        mine = COUNTERS.c.name == "incidents"
        ctx.tx.conn.execute(update(COUNTERS).where(mine).values(next=PRIVATE))
        return access.source(ctx.tx, ctx.now, "alertmanager", "alertmanager")

    async def does(verb: str, incident: int, **args: object) -> None:
        ana = actor_of(door.definitions().people["ana"], "slack")
        await door.do(verb, {"incident": incident, **args}, ana)

    source = await door.system(number)
    labels = {"team": "db", "service": "vault", "host": f"{TITLE}-1"}
    broken = alert("v1", title=f"{TITLE} broke in", labels=labels)
    slow = alert(
        "k1",
        title=f"Checkout fails for {VALUE}",
        description=f"503 for {VALUE.upper()}",
        labels={"team": "db", "customer": VALUE, "service": "checkout"},
    )
    for reading, expected in ((broken, PRIVATE), (slow, SHOWN)):
        assert (await door.intake(source, (reading,))).incident_id == expected
    for each in (PRIVATE, SHOWN):
        await does("ack", each)
        await does("tag", each, tags=TITLE if each == PRIVATE else "network")
    await does("note", SHOWN, text=f"the code is {NOTE}", sensitive=True)
    await does("note", SHOWN, text=f"called {VALUE}, they wait")
    await does("unack", PRIVATE)
    await door.system(_ran)


def _ran(ctx: Ctx) -> None:
    """What was run about both, what it asks, what waits for a word, what an automation did."""
    tx, now, words = ctx.tx, ctx.now, {PRIVATE: TITLE, SHOWN: "network"}
    for n, (incident, word) in enumerate(words.items(), 1):
        given = {"host": f"{word}-1"}
        one = executions.Execution(
            executions.new(tx), executions.RUNNING, "db", "st2", "ana", now, "remote", "pg.x",
            f"r{n}", incident_id=incident, params=given, says=f"db host={word}", why=word,
            tail=(f"{word} printed",), outcome=word, began_at=now,
        )  # fmt: skip
        executions.add(tx, one)
        executions.keep_packed(tx, one.id, executions.packed(f"{word} printed more"))
        inquiries.add(tx, inquiries.Inquiry(
            0, inquiries.WAITS, "st2", f"q{n}", now, one.id, incident, text=f"{word}?",
            schema={"properties": {"go": {"type": "boolean", "description": word}}},
        ))  # fmt: skip
        automation_runs.add(tx, automation_runs.AutomationRun(
            automation_runs.new(tx), "db", automation_runs.SUGGESTED, incident, None, now,
            key=str(n), why=word, outcome=word, deeds=(word,),
        ))  # fmt: skip
        approvals.add(tx, approvals.Approval(
            approvals.new(tx), approvals.WAITS, "run", "ana", incident, now, now + DAY,
            rule="@omar", to=("omar",), says=f"db host={word}",
        ))  # fmt: skip
    workflows.save(tx, workflows.MadeHere("db", workflows.THERE, now))
