"""Cards 13, 15 and 16: the form of an action, one that runs, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.cards import execution
from bot.cards.execution import Run
from bot.cards.model import Card, Form, Input
from bot.cards.scene import Scene
from bot.filling_in import completed
from commands.automation import form_fields
from commands.automation.offering import Fit
from commands.automation.offers import REMOTE, Offer
from integrations.base import Param
from store.executions import DONE, FAILED, RUNNING, Execution, Ran
from store.model import SECOND, Definitions, Instant

ROTATE = Offer(
    "rotate-wal", REMOTE, "st2", "pg.rotate_wal", "Rotate WAL", dry="dry",
    params=(Param("host", help="Where.", required=True), Param("keep", default="24h"),
            Param("dry", "flag")),
)  # fmt: skip


def _steps(now: Instant) -> tuple[Ran, ...]:
    began = now - 48 * SECOND
    return (
        Ran("fence compute-7", DONE, 0, began, began + 6 * SECOND),
        Ran("evacuate servers", RUNNING, 0, began + 6 * SECOND),
        Ran("verify", "asked"),
    )


def cards(now: Instant) -> Iterator[tuple[str, Card]]:
    """As it runs, as it ended, and where its system does not answer."""
    scene = Scene(Definitions(0, {}, {}, (), {}), "https://pv.example.eu", now)
    runs = Execution(
        12, RUNNING, "nova.evacuate", "st2", "ana", now - 50 * SECOND, REMOTE, "nova.evacuate",
        remote="5f", incident_id=1897, says="nova.evacuate compute-7", approved_by="omar",
        url="https://st2.example.eu/#/history/5f", steps=_steps(now), began_at=now - 48 * SECOND,
        tail=tuple(f"server {n} of 41 is on compute-{n % 9}" for n in range(23, 29)),
    )  # fmt: skip
    done = replace(
        runs, state=DONE, action="rotate-wal", says="rotate-wal host=db-3 keep=24h", steps=(),
        approved_by="", outcome="freed 612 GB", began_at=now - 52 * SECOND, ended_at=now,
        undo="unrotate-wal", tail=("removed 1,204 segments",),
    )  # fmt: skip
    steps = (
        Ran("check", DONE, 0, now - 9 * SECOND, now - 7 * SECOND),
        Ran("archive", FAILED, 0, now - 7 * SECOND, now),
    )
    failed = replace(
        done, state=FAILED, code="exit 1", outcome="No space left on device", steps=steps,
        tail=("tar: /backup: No space left on device",), undo="", began_at=now - 9 * SECOND,
    )  # fmt: skip
    lost = replace(runs, lost_at=now - 130 * SECOND, steps=(), tail=())
    for name, one in (("15 running", runs), ("16 done", done), ("16 failed", failed),
                      ("16 no answer", lost)):  # fmt: skip
        yield name, execution.card(Run(one), scene)


def forms() -> Iterator[tuple[str, Form]]:
    """The form of the action that fixed it the last time."""
    fit = Fit(ROTATE, "severity=critical", {"host": "db-3"})
    said = (
        "What will run: pg.rotate_wal host=db-3 on st2 for Ana Petrova · needs approval: no · "
        "last 5 runs: 4 ok, 31–48 s."
    )
    options = (("rotate-wal", "Rotate WAL (rotate-wal) · ★ fixed it last time · used 12×"),
               ("failover", "Fail over (failover) · used 2×"))  # fmt: skip
    action = Input("action", "Action", "choice", True, options, "rotate-wal", "Offered because …")
    begun = {"inputs": form_fields.fields(fit, {}, None), "intro": said, "instead_of": ["params"]}
    yield "run", completed(Form("Run #1842", "cmd:run:1842:7", (action,), "Run"), begun)
