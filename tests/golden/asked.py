"""Card 14: what a second person must agree to, and what a workflow asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.cards import approval, inquiry
from bot.cards.inquiry import Seen
from bot.cards.model import Card
from bot.cards.scene import Scene
from store.approvals import EXPIRED, WAITS, Approval
from store.executions import DONE, WAITING, Execution
from store.inquiries import Inquiry
from store.model import MINUTE, Definitions, Instant, Person

_RUN = {"action": "failover", "automation": "", "why": "", "again_of": 0}
_MORE = {
    "run": _RUN, "word": "db-1", "dangerous": "writes stop for about 20 s", "dries": True,
    "undo": "postgres.failback", "title": "Failover db-1 to db-2",
}  # fmt: skip
_TRIED = "would promote db-2 (lag 0.4 s)\nrepoint 3 poolers\nfence db-1"
_SCHEMA = {
    "properties": {
        "go": {"type": "boolean", "required": True, "description": "Promote db-2 now?"},
        "node": {"type": "string", "enum": ["db-2", "db-3"], "description": "Which one."},
    }
}


def cards(now: Instant) -> Iterator[tuple[str, Card]]:
    """While it waits, and once nobody decided in time."""
    people = {h: Person(h, n) for h, n in (("ana", "Ana Petrova"), ("omar", "Omar Haddad"))}
    scene = Scene(Definitions(0, people, {}, (), {}), "https://pv.example.eu", now)
    says = "failover cluster=main from=db-1 to=db-2 force=false about #1899"
    more = {
        **_MORE, "dry": {"execution": 3, "at": now, "state": DONE, "text": _TRIED},
        "talk": [["omar", "why now?"], ["ana", "db-1 loses its disk in 20 min"]],
    }  # fmt: skip
    one = Approval(
        77, WAITS, "run", "ana", 1899, now, now + 10 * MINUTE, rule="oncall:db", to=("omar",),
        says=says, more=more,
    )  # fmt: skip
    yield "14 approve", approval.card(one, scene)
    yield "14 nobody decided", approval.card(replace(one, state=EXPIRED, more=_MORE), scene)
    asks = Inquiry(
        5, "waits", "st2", "q1", now, 12, 1899, now + 30 * MINUTE, schema=_SCHEMA, to=("ana",)
    )
    runs = Execution(12, WAITING, "failover", "st2", "ana", now, says="failover cluster=main")
    yield "14 question", inquiry.card(Seen(asks, runs), scene)
