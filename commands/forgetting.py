"""Copies and erasures go through the whole database piece by piece, and go on after a restart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from commands import bridge, notices
from commands.acting import actor_of
from commands.alarms import alarm, wake_me
from commands.context import Ctx
from commands.sight import Sight
from store import approvals, audit, grants, incidents, outbox, privacy
from store import bridge as records
from store.clock import DAY
from store.db import Tx
from store.model import IncidentStatus, Timer
from store.model.privacy import ERASE, EXPORT, Job
from store.tables import AUDIT
from store.traces import Traces

ABOUT = "privacy"
WRITE = "privacy.write"
KIND, FORGET = "privacy", "privacy-forget"
KEPT_DAYS = 7
AT_ONCE = 300
"""Rows looked at in one transaction."""
PAUSE = 100
ERASED = "audit.erased"
"""What the record says of an erasure is not erased."""
WRITER = "privacy"
"""The chain of the record that tells what was erased from it."""
PASSES = {EXPORT: 1, ERASE: 2}
"""An erasure looks twice: what was written while it ran is found by the second look."""
_SHOWN = 30 * DAY
_OUTSIDE = re.compile("[@:]")


def start(ctx: Ctx, job: Job) -> None:
    """Begin, or begin again."""
    kept = {**job.kept, "pass": 0, "table": "", "after": []}
    privacy.save(ctx.tx, replace(job, state=privacy.RUNNING, kept=kept))
    wake_me(ctx, KIND, ctx.now, job=job.id)


def as_kept(who: Traces) -> dict[str, Any]:
    """Traces as JSON."""
    return asdict(who)


def _traces(ctx: Ctx, job: Job) -> Traces:
    """Whom a job looks for."""
    if (kept := job.kept.get("traces")) is not None:
        many = {k: tuple(kept[k]) for k in ("names", "firsts", "addresses")}
        return Traces(kept["handle"], instead=kept["instead"], **many)
    return who_is(ctx, job.whom, "\x00")


def who_is(ctx: Ctx, whom: str, instead: str) -> Traces:
    """Everything by which somebody is known: a person, an e-mail address, a chat account."""
    if whom in ctx.definitions.people or not _OUTSIDE.search(whom):
        others = [p.name for handle, p in ctx.definitions.people.items() if handle != whom]
        return privacy.traces_of(ctx.tx, whom, instead, others)
    if "@" in whom:
        return Traces("", addresses=(whom,), instead=instead)
    names = privacy.called(ctx.tx, whom)
    return Traces(whom, names, addresses=(whom.partition(":")[2],), instead=instead)


def let_go(ctx: Ctx, who: Traces) -> None:
    """At once: nothing opens for them any more, and nothing reaches them."""
    grants.forget(ctx.tx, who.handle)
    approvals.forget_asker(ctx.tx, who.handle)
    privacy.remove_own(ctx.tx, who)


@alarm(KIND)
def go_on(ctx: Ctx, timer: Timer) -> None:
    """The next piece."""
    job = privacy.get(ctx.tx, int(timer.detail["job"]))
    if job is None or job.state != privacy.RUNNING:
        return
    job = _piece(ctx, job, _traces(ctx, job))
    if job.kept["pass"] >= PASSES[job.kind]:
        _end(ctx, job)
        return
    privacy.save(ctx.tx, job)
    wake_me(ctx, KIND, ctx.now + PAUSE, job=job.id)


def _piece(ctx: Ctx, job: Job, who: Traces) -> Job:
    """Look at some rows; where it goes on afterwards."""
    tables, left, kept = privacy.tables(), AT_ONCE, dict(job.kept)
    tx = _seen(ctx, job)
    found: list[Any] = []
    count = job.rows
    while left > 0 and kept["pass"] < PASSES[job.kind]:
        name = kept["table"] if kept["table"] in tables else tables[0]
        page = privacy.page(tx, name, kept["after"], left)
        left -= max(1, len(page))
        if job.kind == EXPORT:
            found += _gather(tx, name, page, who)
        else:
            count += _rewrite(ctx, job, name, page, who)
        if page:
            kept["after"] = privacy.key_of(name, page[-1])
            kept["table"] = name
        else:
            kept["after"], following = [], tables[tables.index(name) + 1 :]
            kept["table"] = following[0] if following else ""
            kept["pass"] += not following
    if found:
        number = kept["parts"] = kept.get("parts", 0) + 1
        privacy.add_part(ctx.tx, ctx.now, job, number, found)
    return replace(job, rows=count + len(found), kept=kept)


def _seen(ctx: Ctx, job: Job) -> Tx:
    """A copy of one's own holds what one may see; whoever may have the data of others has all."""
    person = ctx.definitions.people.get(job.by)
    if job.kind != EXPORT or person is None or job.kept.get("whole", True):
        return ctx.tx
    actor = actor_of(person, "system")
    return Sight.of(actor, ctx.definitions, ctx.rules.sensitive).behind(ctx.tx)


def _gather(tx: Tx, name: str, page: list[Any], who: Traces) -> list[Any]:
    if name == "idempotency":  # answers that are kept for a day, of what stands elsewhere
        return []
    if name == "config_versions":  # what others changed says who else there is
        page = [row for row in page if row.author == who.handle]
    return [
        [name, privacy.said(tx, name, row)]
        for row in page
        if privacy.names(tx, name, row, who)
        or (name == AUDIT.name and row.actor == f"person:{who.handle}")
    ]


def _rewrite(ctx: Ctx, job: Job, name: str, page: list[Any], who: Traces) -> int:
    if name == AUDIT.name:
        return _record(ctx, job, page, who)
    count = 0
    for row in page:
        if name == "notes" and job.kept.get("words") == "remove":
            _take_back(ctx, row, who)
        if privacy.rewrite(ctx.tx, name, row, who):
            count += 1
            if name == "incidents":
                _redraw(ctx, row)
    if name in ("definitions", "config_versions") and count:
        ctx.tx.hot.pop("pinned definitions", None)
    return count


def _take_back(ctx: Ctx, row: Any, who: Traces) -> None:
    note = records.get(ctx.tx, row.id)
    if note is not None and note.author == who.handle and not note.gone:
        bridge.take_back(ctx, note)


def _redraw(ctx: Ctx, row: Any) -> None:
    """Cards that people may still read are drawn without the name."""
    if row.status != str(IncidentStatus.RESOLVED) or ctx.now - row.updated_at < _SHOWN:
        outbox.stale(ctx.tx, ctx.now, row.id, 29)
        incident = incidents.get(ctx.tx, row.id)
        if incident is not None:
            ctx.changed(row.id, incident.rev)


def _record(ctx: Ctx, job: Job, page: list[Any], who: Traces) -> int:
    """Details of the record that they acted in, or that say how they are called or reached."""
    mine = [
        (row.writer, row.seq)
        for row in page
        if row.sealed is not None
        and row.verb != ERASED
        and (
            row.actor == f"person:{who.handle}"
            or who.reached_in(privacy.opened(ctx.tx, AUDIT.name, row))
        )
    ]
    if not mine:
        return 0
    why = f"erasure {job.id}"
    return audit.erase(ctx.tx, WRITER, ctx.now, ctx.actor, mine, why)


def _end(ctx: Ctx, job: Job) -> None:
    """Done: what it needed to know of the person is gone too."""
    if job.kind == ERASE:
        kept: Mapping[str, Any] = {"instead": job.kept["instead"]}
    else:
        kept = {n: job.kept[n] for n in ("whom", "parts", "whole") if n in job.kept}
        wake_me(ctx, FORGET, ctx.now + KEPT_DAYS * DAY, job=job.id)
    privacy.save(ctx.tx, replace(job, state=privacy.DONE, done_at=ctx.now, kept=kept))
    if job.by in ctx.definitions.people:
        notices.tell(ctx, f"{ABOUT}:{job.id}", job.by)


@alarm(FORGET)
def forget(ctx: Ctx, timer: Timer) -> None:
    """A copy is kept for some days only."""
    privacy.drop(ctx.tx, int(timer.detail["job"]))
