"""Puts an estate into a database, as the worker's reports would."""

from __future__ import annotations

from commands.context import Ctx
from commands.inventory import costing, finding, happening, taking
from store.inventory import faults, parts, resources, series
from store.inventory.faults import Standing
from store.inventory.parts import LIVE, OK, STALE, PartState
from store.model import DAY, MINUTE, SECOND
from store.model.known import ResourceChange
from tests.support.demo.bills import BILLS, bills, savings
from tests.support.demo.estate import CLUSTER, Estate


def plant(ctx: Ctx, estate: Estate) -> None:
    """Everything an estate holds; Azure does not answer since a quarter of an hour."""
    now = ctx.now
    for (source, part), found in estate.parts.items():
        taking.took(ctx, source, part, found, first=True)
        late = source.startswith("azure")
        state = STALE if late else LIVE if source == CLUSTER else OK
        seen = now - (14 * MINUTE if late else 40 * SECOND)
        error = "login.microsoftonline.com does not answer: timed out after 10 s" if late else ""
        parts.put(ctx.tx, PartState(
            source, part, state, seen, seen, seen, len(found), part.capitalize(), error=error,
            failures=3 if late else 0, took=2.4,
        ), now)  # fmt: skip
    found_faults = [
        Standing(0, source, part, fault, fault.since or now, now, None, now)
        for source, part, fault in estate.faults
    ]
    faults.add(ctx.tx, found_faults, now)
    _measure(ctx, estate)
    _spend(ctx)
    _changed(ctx, estate)
    for source in dict.fromkeys(source for source, _ in estate.happenings):
        mine = [one for of, one in estate.happenings if of == source]
        happening.happened(ctx, source, mine)


def _measure(ctx: Ctx, estate: Estate) -> None:
    marks = series.marks(ctx.tx, {one.resource for one in estate.samples})
    series.add(ctx.tx, [
        (marks[one.resource][0], one.metric, one.at, one.value)
        for one in estate.samples if one.resource in marks
    ])  # fmt: skip


def _spend(ctx: Ctx) -> None:
    """Sixty days of bills, and what could be saved."""
    today = ctx.now // DAY
    for source in BILLS:
        costing.spent(ctx, source, "bills", [*bills(source, today)])
    for source, found in savings(ctx.now).items():
        finding.found(ctx, source, "advice", found, complete=True)


def _changed(ctx: Ctx, estate: Estate) -> None:
    """Some were otherwise before."""
    by_name = {
        k.resource.name: k.id
        for key in (one.key for found in estate.parts.values() for one in found)
        if (k := resources.known(ctx.tx, key))
    }
    told = [
        ("db-3", 70, "type", "m1.medium", "m1.large", "omar"),
        ("db-3", 9 * 60, "state", "SHUTOFF", "ACTIVE", ""),
        ("compute-7", 31, "event", "", "kernel update 6.8.0-48 (Ansible job 8812)", "ana"),
        ("compute-7", 12, "state", "enabled, up", "enabled, down", ""),
        ("cart", 22, "event", "", "rollout 7f3c9d: image cart:1.14.2 → cart:1.15.0", "mei"),
        ("api-1", 3 * 24 * 60, "type", "m5.large", "m5.4xlarge", "data-bot"),
    ]
    resources.keep_changes(ctx.tx, [
        ResourceChange(by_name[name], ctx.now - ago * MINUTE, what, before, after, who)
        for name, ago, what, before, after, who in told if name in by_name
    ])  # fmt: skip
