"""Storm and outage cards as they are drawn of what a night knows, without the night."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.cards import outage, storm
from bot.cards.model import Card
from bot.cards.scene import Scene
from store.model import MINUTE, Definitions, Incident, IncidentStatus, NextUp, Person, Severity
from store.model.storm import Counts, Storm
from tests.cards.support import INCIDENT

URL = "https://pv.example.eu"
CRITICAL, ERROR, WARNING = Severity.CRITICAL, Severity.ERROR, Severity.WARNING
_WORST = (
    (1902, CRITICAL, "Checkout 5xx 31 %", "web-7", None),
    (1907, CRITICAL, "Payment queue 9 000 long", "mq-1", None),
    (1903, CRITICAL, "Replication of orders-primary is 14 min behind", "db-1", "omar"),
    (1911, CRITICAL, "No answer from lb-2", "lb-2", "ana"),
    (1904, ERROR, "Load 61 on web-7", "web-7", None),
)


def cards(now: int) -> Iterator[tuple[str, Card]]:
    """Each by the name of its picture."""
    people = {"ana": Person("ana", "Ana Petrova"), "omar": Person("omar", "Omar Haddad")}
    scene = Scene(Definitions(0, people, {}, (), {}), URL, now)
    found = Storm(
        3, "slack:#ops", now - 6 * MINUTE, now - 6 * MINUTE, now, 0, 128,
        hosts={"web-7": 22, "db-1": 18, "lb-2": 11, **{f"app-{n}": 1 for n in range(77)}},
        sources={"alertmanager": 128}, labels={"rack=B14": 119, "region=eu-west-1": 128},
    )  # fmt: skip
    counts = Counts(
        {"critical": 4, "error": 31, "warning": 93}, {"critical": 2, "error": 31, "warning": 93}
    )
    shown = storm.Shown(found, counts, tuple(_incidents(now)))
    yield "07 storm", storm.card(shown, scene)
    late = [replace(i, id=1920 + n, title="Shop is down") for n, i in enumerate(shown.worst[:5])]
    yield "07 storm, unseen", storm.card(replace(shown, unseen=tuple(late)), scene)
    over = replace(found, ended_at=now, last_at=now - 10 * MINUTE, first_at=now - 16 * MINUTE)
    left = Counts({"error": 1}, {"error": 1}, 127)
    yield "07 storm, over", storm.card(storm.Shown(over, left, shown.worst[4:]), scene)
    gone = outage.Outage("discord", now - 9 * MINUTE, ("sms", "email"), 14)
    yield "28 outage", outage.card(gone, scene)


def _incidents(now: int) -> Iterator[Incident]:
    for number, severity, title, host, holder in _WORST:
        status = IncidentStatus.ACKNOWLEDGED if holder else IncidentStatus.TRIGGERED
        following = NextUp("page", now + 4 * MINUTE, ("omar",)) if number == 1902 else None
        asking = ("ana",) if number == 1902 else ()
        yield replace(
            INCIDENT, id=number, severity=severity, title=title, resource=host, holder=holder,
            status=status, next=following, asking=asking, labels={},
        )  # fmt: skip
