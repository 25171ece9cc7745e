"""What happens to incidents is told to the systems that run actions, for rules of theirs.

The timeline says what happened: lines that are newer than those told of last become rows of the
outbox, in one transaction with the mark how far it was read. So nothing is told that did not
happen, nothing is left out, and whatever writes the timeline knows nothing of it. Private
incidents, sensitive notes and drills are told to nobody, sensitive labels are hidden.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from commands.automation import facts, telling
from commands.automation.offers import HTTP
from commands.context import Ctx
from commands.rules import both_ways
from commands.rules.both_ways import ESCALATED, KINDS, NOTED, RAN, RESOLVED, RunnerRules
from commands.rules.conditions import fits
from commands.rules.drills import is_drill
from commands.sight import Sight
from store import executions, incidents, outbox, timeline, upkeep
from store.clock import DAY, iso
from store.db import Tx
from store.executions import Execution
from store.model import Incident, IncidentStatus, TimelineEntry
from store.outbox import Row
from store.tables import OUTBOX, TIMELINE

EVENT = "event_out"
RANK = 22
"""After every page and every new card."""
PATIENCE = DAY
_READ_TO = "events.read_to"
_AT_ONCE = 200


def anything(tx: Tx, kinds: frozenset[str]) -> bool:
    """Whether a line was written since that somebody is told of; also where none was read yet."""
    read_to = upkeep.meta(tx, _READ_TO)
    if read_to is None:
        return True
    newer = select(TIMELINE.c.id).where(TIMELINE.c.id > int(read_to))
    return tx.conn.execute(newer.where(TIMELINE.c.kind.in_(kinds)).limit(1)).first() is not None


def queue(ctx: Ctx) -> bool:
    """Queue what is new; whether there is more. The first time everything counts as read: what was
    before the settings said so is told to nobody."""
    rules = ctx.rules.offers.runners
    read_to = upkeep.meta(ctx.tx, _READ_TO)
    if read_to is None:
        newest = ctx.tx.conn.execute(select(func.max(TIMELINE.c.id))).scalar()
        upkeep.set_meta(ctx.tx, _READ_TO, str(newest or 0))
        return False
    wanted = (TIMELINE.c.id > int(read_to)) & TIMELINE.c.kind.in_(both_ways.listening(rules))
    chosen = select(TIMELINE).where(wanted).order_by(TIMELINE.c.id).limit(_AT_ONCE)
    found = [timeline.from_row(ctx.tx, row) for row in ctx.tx.conn.execute(chosen)]
    for entry in found:
        _told(ctx, rules, entry)
    if found:
        upkeep.set_meta(ctx.tx, _READ_TO, str(found[-1].id))
    return len(found) == _AT_ONCE


def _told(ctx: Ctx, rules: Mapping[str, RunnerRules], entry: TimelineEntry) -> None:
    event = KINDS[entry.kind]
    to = [name for name, one in rules.items() if event in one.events]
    incident = incidents.get(ctx.tx, entry.incident_id) if to else None
    if incident is None or incident.private or is_drill(incident.policy):
        return
    ran = None
    if event == RAN:
        if (ran := _ended(ctx.tx, entry)) is None:
            return
        if ran.elsewhere and ran.system in to:
            to.remove(ran.system)  # it knows, and a rule of its own would run for ever
    if event == ESCALATED and _first(ctx.tx, entry):
        return
    if event == RESOLVED and incident.status is not IncidentStatus.RESOLVED:
        return  # it was only said that it resolves with its last alert
    if entry.detail.get("sensitive") or entry.detail.get("gone"):
        return
    matching = any(rules[name].match for name in to)
    known = facts.facts_of(ctx.tx, incident) if matching else None
    body = _body(ctx, event, entry, incident, ran)
    for name in to:
        if known is None or fits(rules[name].match, known) is not None:
            place = f"{EVENT}:{name}"
            outbox.say(ctx.tx, ctx.now, EVENT, incident.id, place, RANK, body)


def _ended(tx: Tx, entry: TimelineEntry) -> Execution | None:
    """The execution whose end a line tells; None where it tells something else of it."""
    number = entry.detail.get("execution")
    one = executions.get(tx, number) if isinstance(number, int) else None
    if one is None or not one.over or one.dry:
        return None
    posted = one.via == HTTP and entry.say.startswith(f"Action {one.action} ")
    ended = posted and not entry.say.endswith(" started.")
    return one if ended or entry.say == telling.said(one) else None


def _first(tx: Tx, entry: TimelineEntry) -> bool:
    """Whether a step is the first one that asks since it was opened: that is no escalation."""
    if entry.kind != "step":
        return True  # what a person wants before its time is a step as well
    before = TIMELINE.c.id < entry.id
    mine = (TIMELINE.c.incident_id == entry.incident_id) & before
    kinds = TIMELINE.c.kind.in_(("step", "opened", "reopen"))
    chosen = select(TIMELINE.c.kind).where(mine & kinds).order_by(TIMELINE.c.id.desc()).limit(1)
    return tx.conn.execute(chosen).scalar() != "step"


def _body(
    ctx: Ctx, event: str, entry: TimelineEntry, incident: Incident, ran: Execution | None
) -> dict[str, Any]:
    """What is told: as everybody may read it, and bounded."""
    sight = Sight.everybody(ctx.rules.sensitive)
    shown = sight.shown(incident)
    say = sight.shown(entry, incident.team, incident.labels).say
    body: dict[str, Any] = {
        "event": event,
        "delivery": f"{incident.id}-{entry.id}",
        "at": iso(entry.at),
        "by": entry.actor if entry.surface != "system" else "",
        "text": ctx.rules.redact(say)[: both_ways.LONGEST_TEXT],
        "incident_id": str(incident.id),
        "incident": _incident(ctx, shown),
    }
    if event == NOTED:
        body["by"] = str(entry.detail.get("name") or entry.actor)
    if ran is not None:
        body["execution"] = {
            "id": str(ran.id), "action": ran.action, "state": ran.state, "by": ran.by,
            "automation": ran.automation, "remote": ran.remote, "system": ran.system,
            "elsewhere": ran.elsewhere,
        }  # fmt: skip
    return body


def _incident(ctx: Ctx, one: Incident) -> dict[str, Any]:
    longest = both_ways.LONGEST_VALUE
    url = f"{ctx.rules.url}/i/{one.id}" if ctx.rules.url else ""
    return {
        "id": str(one.id),
        "title": one.title[:longest],
        "status": str(one.status),
        "severity": str(one.severity),
        "type": str(one.type),
        "source": one.source,
        "team": one.team or "",
        "service": one.service or "",
        "resource": (one.resource or "")[:longest],
        "holder": one.holder or "",
        "step": one.step + 1,
        "opened_at": iso(one.opened_at),
        "resolved_at": iso(one.resolved_at) if one.resolved_at else "",
        "summary": one.summary[: both_ways.LONGEST_TEXT],
        "labels": both_ways.labels_of(one.labels),
        "tags": list(one.tags[: both_ways.MOST_TAGS]),
        "url": url,
    }


# on its way


def ready(tx: Tx, row: Row) -> bool | None:
    """Whether it may be told now: what happened before to the same incident is told first. None
    where nobody may be told of it any more."""
    incident = incidents.get(tx, row.incident_id)
    if incident is None or incident.private:
        return None
    mine = (OUTBOX.c.incident_id == row.incident_id) & (OUTBOX.c.place == row.place)
    waits = OUTBOX.c.state.in_((outbox.PENDING, outbox.SENDING))
    earlier = select(OUTBOX.c.id).where(mine & waits & (OUTBOX.c.id < row.id)).limit(1)
    return tx.conn.execute(earlier).first() is None


def failed(ctx: Ctx, row: Row, error: str) -> None:
    """It can't be told, or was not taken for a day."""
    name = row.place.partition(":")[2]
    what = f"{row.content['event']} of #{row.incident_id}"
    if incidents.get(ctx.tx, row.incident_id) is not None:
        ctx.tell(row.incident_id, f"{EVENT}_failed", f"{name} was not told: {what}.", error)
    else:
        ctx.did(f"{EVENT}_failed", f"{name} was not told: {what}.", error)
