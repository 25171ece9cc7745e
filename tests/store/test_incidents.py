"""Incidents, alerts, labels and the timeline as repositories return them."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from store import alerts, incidents, timeline
from store.incidents import Wanted
from store.model import IncidentStatus, Severity
from store.tables import ALERTS, INCIDENTS, LABELS
from tests.store.conftest import NOW, Base
from tests.store.nouns import add, add_alert, incident

RESOLVED = IncidentStatus.RESOLVED
TAKEN = (IntegrityError, sqlite3.IntegrityError)


async def ids(base: Base, limit: int = 100, **wanted: Any) -> list[int]:
    """The ids of a page."""
    return await base.read(lambda tx: [i.id for i in incidents.page(tx, Wanted(**wanted), limit)])


async def test_only_one_open_incident_has_a_group(base: Base) -> None:
    await base.do(lambda tx: add(tx, incident(1), b"group"))
    with pytest.raises(TAKEN):
        await base.do(lambda tx: add(tx, incident(2), b"group"))
    await base.do(lambda tx: incidents.save(tx, incident(1, status=RESOLVED)))
    await base.do(lambda tx: add(tx, incident(2), b"group"))


async def test_a_reopened_incident_gets_its_group_back_unless_it_is_taken(base: Base) -> None:
    await base.do(lambda tx: add(tx, incident(1), b"group"))
    await base.do(lambda tx: incidents.save(tx, incident(1, status=RESOLVED)))
    assert await base.do(lambda tx: incidents.regroup(tx, 1)) == b"group"
    await base.do(lambda tx: incidents.save(tx, incident(1, status=RESOLVED)))
    await base.do(lambda tx: add(tx, incident(2), b"group"))
    assert await base.do(lambda tx: incidents.regroup(tx, 1)) is None


async def test_saving_closes_the_group_when_asked(base: Base) -> None:
    await base.do(lambda tx: add(tx, incident(1), b"group"))
    await base.do(lambda tx: incidents.save(tx, incident(1)))
    kept = select(INCIDENTS.c.group_open)
    assert await base.read(lambda tx: tx.conn.execute(kept).scalar()) == b"group"
    await base.do(lambda tx: incidents.save(tx, incident(1), closes_group=True))
    assert await base.read(lambda tx: tx.conn.execute(kept).scalar()) is None


async def test_a_page_is_filtered_by_what_stands_in_columns(base: Base) -> None:
    warning = Severity.WARNING
    await base.do(lambda tx: add(tx, incident(1)))
    await base.do(lambda tx: add(tx, incident(2, severity=warning, source="zabbix", team="web")))
    await base.do(lambda tx: add(tx, incident(3, holder="ana", assignee="omar")))
    await base.do(lambda tx: add(tx, incident(4, status=RESOLVED)))
    assert await ids(base) == [4, 3, 2, 1]
    assert await ids(base, statuses=("triggered",)) == [3, 2, 1]
    assert await ids(base, severities=("warning",)) == [2]
    assert await ids(base, sources=("zabbix",)) == [2]
    assert await ids(base, teams=("web", "none")) == [2]
    assert await ids(base, types=("metric",)) == []
    assert await ids(base, nobody=True) == [4, 2, 1]
    assert await ids(base, holder="ana") == [3] == await ids(base, holder="omar")
    assert await ids(base, before=3) == [2, 1]
    assert await ids(base, 2) == [4, 3]


async def test_a_page_is_filtered_by_times_and_sorted(base: Base) -> None:
    hour, warning = 3_600_000, Severity.WARNING
    for number in range(1, 6):
        more: dict[str, Any] = {"opened_at": NOW + number * hour}
        if number % 2:
            more |= {"status": RESOLVED, "resolved_at": NOW + (10 - number) * hour}
        if number < 3:
            more["severity"] = warning
        await base.do(lambda tx, n=number, m=more: add(tx, incident(n, **m)))  # type: ignore[misc]
    assert await ids(base, opened=(NOW + 3 * hour, None)) == [5, 4, 3]
    assert await ids(base, opened=(NOW + 2 * hour, NOW + 4 * hour)) == [3, 2]
    assert await ids(base, resolved=(NOW + 6 * hour, None)) == [3, 1]
    assert await ids(base, resolved=(None, NOW + 9 * hour)) == [5, 3]
    assert await ids(base, sort="oldest") == [1, 2, 3, 4, 5]
    assert await ids(base, sort="oldest", before=3) == [4, 5]
    assert await ids(base, sort="worst") == [5, 4, 3, 2, 1]
    rank = warning.rank
    assert await ids(base, sort="worst", before=4, before_rank=0) == [3, 2, 1]
    assert await ids(base, sort="worst", before=2, before_rank=rank) == [1]
    seen = await base.read(lambda tx: incidents.numbers(tx, Wanted(sort="worst"), 4))
    assert seen == [(5, 0), (4, 0), (3, 0), (2, rank)]
    assert await base.read(lambda tx: incidents.count(tx, ("triggered",))) == 2


async def test_words_of_columns_are_found_in_lower_case_too(base: Base) -> None:
    await base.do(lambda tx: add(tx, incident(1, team="DB Team", source="Zabbix")))
    assert await ids(base, teams=("db team",)) == [1] == await ids(base, teams=("DB Team",))
    assert await ids(base, sources=("zabbix",)) == [1]


async def test_one_of_several_labels_is_enough_whatever_its_case(base: Base) -> None:
    for number, host in ((1, "DB-1"), (2, "db-2"), (3, "db-3")):
        await base.do(lambda tx, n=number: add(tx, incident(n)))  # type: ignore[misc]
        pairs = [("host", host)]
        await base.do(lambda tx, n=number, p=pairs: incidents.index_labels(tx, n, p))  # type: ignore[misc]
    either = ((("host", "db-1"), ("host", "db-2")),)
    assert await ids(base, either=either) == [2, 1]
    assert await ids(base, either=(*either, (("host", "DB-2"),))) == [2]
    assert await ids(base, either=((("host", "db-3"),),), unsure=1) == [3, 1]
    found = await base.read(lambda tx: incidents.labelled(tx, [2, 3], either[0]))
    assert found == {2}


async def test_labels_are_found_by_a_blind_index(base: Base) -> None:
    for number in (1, 2):
        await base.do(lambda tx, n=number: add(tx, incident(n)))  # type: ignore[misc]
    pairs = [("service", "checkout"), ("tag", "network")]
    await base.do(lambda tx: incidents.index_labels(tx, 1, pairs))
    await base.do(lambda tx: incidents.index_labels(tx, 1, pairs))
    await base.do(lambda tx: incidents.index_labels(tx, 2, pairs[:1]))
    assert await ids(base, indexed=(("service", "checkout"),)) == [2, 1]
    assert await ids(base, indexed=tuple(pairs)) == [1]
    rows = await base.read(lambda tx: tx.conn.execute(select(LABELS)).all())
    assert all(b"checkout" not in bytes(r.hash) for r in rows)
    await base.do(lambda tx: incidents.drop_label(tx, 1, "tag", "network"))
    assert await ids(base, indexed=(("tag", "network"),)) == []


async def test_a_merged_incident_is_found_by_the_labels_of_both(base: Base) -> None:
    for number, service in ((1, "checkout"), (2, "cart")):
        await base.do(lambda tx, n=number: add(tx, incident(n)))  # type: ignore[misc]
        await base.do(
            lambda tx, n=number, s=service: incidents.index_labels(tx, n, [("service", s)])  # type: ignore[misc]
        )
    await base.do(lambda tx: incidents.share_labels(tx, 1, 2))
    assert await ids(base, indexed=(("service", "checkout"),)) == [2, 1]
    assert await ids(base, indexed=(("service", "cart"),)) == [2]


async def test_incidents_come_by_number(base: Base) -> None:
    await base.do(lambda tx: add(tx, incident(7)))
    assert await base.read(lambda tx: incidents.get(tx, 8)) is None
    assert await base.do(lambda tx: incidents.for_change(tx, 7)) == incident(7)
    found = await base.read(lambda tx: incidents.many(tx, [7, 8]))
    assert found == {7: incident(7)}


async def test_those_without_a_timer_are_found(base: Base) -> None:
    from store import timers

    for number in (1, 2, 3, 4):
        await base.do(lambda tx, n=number: add(tx, incident(n)))  # type: ignore[misc]
    await base.do(lambda tx: timers.add(tx, NOW, "step", 1, 1, NOW, 0))
    await base.do(
        lambda tx: incidents.save(tx, replace(incident(2), status=IncidentStatus.ACKNOWLEDGED))
    )

    async def lost(before: int, after: int = 0, limit: int = 10) -> list[int]:
        return await base.read(
            lambda tx: [i.id for i in incidents.without_timer(tx, before, after, limit)]
        )

    assert await lost(NOW + 1) == [3, 4]
    assert await lost(NOW + 1, 3) == [4]
    assert await lost(NOW + 1, 0, 1) == [3]
    assert await lost(NOW) == []


async def test_firing_alerts_come_first_and_are_counted(base: Base) -> None:
    await base.do(lambda tx: add(tx, incident(1)))
    await base.do(lambda tx: add_alert(tx, 1, "a", status="resolved"))
    await base.do(lambda tx: add_alert(tx, 1, "b"))
    await base.do(lambda tx: add_alert(tx, 1, "c", starts_at=NOW + 5))
    assert [a.key for a in await base.read(lambda tx: alerts.of_incident(tx, 1))] == ["b", "c", "a"]
    assert await base.read(lambda tx: alerts.firing(tx, 1)) == 2
    assert await base.read(lambda tx: alerts.firing_since(tx, 1, NOW)) == 1
    assert await base.read(lambda tx: len(alerts.keys_of(tx, 1))) == 3


async def test_a_key_has_one_live_row(base: Base) -> None:
    await base.do(lambda tx: add(tx, incident(1)))
    first = await base.do(lambda tx: add_alert(tx, 1, "a"))
    with pytest.raises(TAKEN):
        await base.do(lambda tx: add_alert(tx, 1, "a"))
    await base.do(lambda tx: tx.many("retire", alerts.retire_statement, [{"b_id": first}]))
    second = await base.do(lambda tx: add_alert(tx, None, "a"))
    keys = await base.read(lambda tx: [tx.ring.blind("alert", "1", "a")])
    (row,) = await base.read(lambda tx: alerts.live(tx, keys))
    assert (row.id, row.incident_id, row.istatus) == (second, None, None)


async def test_alerts_move_to_another_incident(base: Base) -> None:
    for number in (1, 2):
        await base.do(lambda tx, n=number: add(tx, incident(n)))  # type: ignore[misc]
    await base.do(lambda tx: add_alert(tx, 1, "a"))
    await base.do(lambda tx: add_alert(tx, 1, "b"))
    assert await base.do(lambda tx: alerts.move(tx, 1, 2)) == 2
    assert await base.read(lambda tx: alerts.firing(tx, 2)) == 2
    assert await base.read(lambda tx: len(alerts.open_keys(tx))) == 2
    await base.do(lambda tx: incidents.save(tx, incident(2, status=RESOLVED)))
    assert await base.read(alerts.open_keys) == []


async def test_an_alert_seen_again_keeps_its_words(base: Base) -> None:
    await base.do(lambda tx: add(tx, incident(1)))
    row_id = await base.do(lambda tx: add_alert(tx, 1, "a"))
    seen = {
        "b_status": "resolved", "b_severity": "critical", "b_starts": NOW + 1, "b_ends": NOW + 9,
        "b_last": NOW + 9, "b_count": 4, "b_flips": None, "b_id": row_id,
    }  # fmt: skip
    await base.do(lambda tx: tx.many("seen", alerts.update_statement, [seen]))
    (found,) = await base.read(lambda tx: alerts.of_incident(tx, 1))
    assert (found.title, found.status, found.count, found.ends_at) == (
        "a fires",
        "resolved",
        4,
        NOW + 9,
    )
    sealed = await base.read(lambda tx: tx.conn.execute(select(ALERTS.c.sealed)).scalar_one())
    assert b"fires" not in sealed


async def test_the_newest_lines_of_a_timeline_come_oldest_first(base: Base) -> None:
    for n in range(5):
        await base.do(
            lambda tx, n=n: timeline.add(  # type: ignore[misc]
                tx, 1, NOW + n, "note", "ana", "slack", f"line {n}", "why", {"n": n}
            )
        )
    found = await base.read(lambda tx: timeline.of_incident(tx, 1, 3))
    assert [e.say for e in found] == ["line 2", "line 3", "line 4"]
    assert (found[0].why, found[0].detail, found[0].surface) == ("why", {"n": 2}, "slack")
    assert await base.read(lambda tx: timeline.get(tx, found[0].id)) == found[0]
    assert await base.read(lambda tx: timeline.get(tx, 1)) is None
