"""Run… in Slack and Discord at once, with the real slack_bolt and discord.py: the form of what is
chosen, and one card in each thread that is edited to the end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from commands.automation import ending, telling
from commands.automation.offers import Catalogue
from commands.context import Ctx
from store import executions
from store.executions import DONE, RUNNING, Ran
from tests.automation.test_running_from_the_card import FAILOVER, ROTATE, Held
from tests.stories.test_bridge import Both, both
from tests.support.slack.model import View

__all__ = ["both"]

pytestmark = pytest.mark.slow


def slack_run(both: Both) -> str:
    """What the card of the run says below the incident's card in #ops."""
    texts = (m.visible_text for m in both.slack_replies())
    return next((text for text in texts if "rotate-wal" in text), "")


def discord_run(both: Both) -> str:
    """What the card of the run says in Discord."""
    return next((text for text in both.words() if "rotate-wal" in text), "")


def labels(form: View) -> list[str]:
    """What the fields of a form are called."""
    return [b["label"]["text"] for b in form.blocks if b["type"] == "input"]


async def now(both: Both, **changed: object) -> None:
    """The run is otherwise, as its runner tells."""

    def change(ctx: Ctx) -> None:
        one = executions.last(ctx.tx)[0]
        telling.changed(ctx, executions.save(ctx.tx, one, **changed))

    await both.app.door.system(change)


async def test_the_form_follows_the_choice_and_the_card_follows_the_run(both: Both) -> None:
    door = both.app.door
    door.rules = replace(door.rules, offers=Catalogue((ROTATE, FAILOVER)))
    both.app.outbox.carrier.others.errands.executing.engine = Held()  # type: ignore[assignment]
    incident = await both.fires()
    slack = both.slack
    card = slack.channel("ops").top()[0]
    form = (await slack.press("ana", card, "Run…")).modal
    assert form is not None
    assert labels(form) == ["Action", "Host", "Keep", "Force", "Token"], "what is dangerous is last"
    await slack.pick("ana", form, "Action", "failover")
    await both.until(lambda: labels(form)[1:] == ["To", "Type what it changes, to confirm"])
    await slack.pick("ana", form, "Action", "rotate-wal")
    await both.until(lambda: "Host" in labels(form))
    await slack.pick("ana", form, "Host", "db-7")
    await both.until(lambda: "pg.rotate_wal host=db-7 on st2 for Ana Petrova" in form.visible_text)
    sent = await slack.submit("ana", form, {"Keep": "48h"})
    assert not sent.errors
    await both.until(lambda: "STARTING" in slack_run(both))
    await both.until(lambda: "STARTING" in discord_run(both))

    at = door.clock.now()
    steps = (Ran("fence", DONE, 0, at, at + 6_000), Ran("archive", RUNNING, 0, at + 6_000))
    await now(both, state=RUNNING, began_at=at, steps=steps, tail=("28 of 41",), remote="5f")
    await both.until(lambda: "28 of 41" in slack_run(both))
    await both.until(lambda: "28 of 41" in discord_run(both))
    assert "✔ fence 6 s" in discord_run(both)

    number = (await door.reader.read(executions.last))[0].id
    await door.system(lambda ctx: ending.ended(ctx, number, DONE, "freed 612 GB"))
    await both.until(lambda: "DONE" in slack_run(both))
    await both.until(lambda: "DONE" in discord_run(both))
    assert "freed 612 GB" in slack_run(both)
    assert sum("rotate-wal" in m.visible_text for m in both.slack_replies()) == 1
    assert sum("rotate-wal" in text for text in both.words()) == 1
    one = (await door.reader.read(executions.last))[0]
    assert one.params == {"host": "db-7", "keep": "48h"} and one.incident_id == incident

    discord, card_there = both.discord, both.discord.channel("ops").public[0]
    denied = await discord.press(both.omar, card_there, "Run…")
    assert "failover" not in str(denied.message and discord.visible_text(denied.message))
