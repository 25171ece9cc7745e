"""Alerts of sources that never say that something is over: so long without a word, and it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from commands import inhibit, lifecycle, windows
from commands.context import Ctx
from commands.rules import alert_rules, filters
from commands.rules.alert_rules import Book
from commands.rules.filters import Values
from store import alerts, held, timers
from store.model import MINUTE, Alert, Incident, Instant


@dataclass(frozen=True, slots=True)
class Silent:
    """An alert that counts as over after so many minutes without a word, and by what."""

    alert: Alert
    minutes: int
    by: str

    @property
    def due(self) -> Instant:
        """When that is."""
        return self.alert.last_at + self.minutes * MINUTE


def after(book: Book, by_source: Mapping[str, int], values: Values, source: str) -> int:
    """After how many minutes without a word an alert counts as over; 0: never."""
    rule = book.rule("resolve_after", values)
    return (rule.resolve_after or 0) if rule is not None else by_source.get(source, 0)


def expire(ctx: Ctx, incident: Incident) -> None:
    """What nothing was heard of for long enough is over; the rest is looked at when it is due."""
    found = [one for a in inhibit.firing(ctx, incident) if (one := _silent(ctx, incident, a))]
    over = [one for one in found if one.due <= ctx.now]
    timers.drop(ctx.tx, incident.id, timers.EXPIRE)
    if later := [one.due for one in found if one.due > ctx.now]:
        rank, at = incident.severity.rank, min(later)
        timers.add(ctx.tx, ctx.now, timers.EXPIRE, incident.id, 0, at, rank)
    if over:
        _end(ctx, incident, over)


def _silent(ctx: Ctx, incident: Incident, alert: Alert) -> Silent | None:
    book = alert_rules.book(ctx.definitions.alert_rules)
    values = filters.of_alert(alert, alert.source, incident.route, incident.team)
    rule = book.rule("resolve_after", values)
    minutes = after(book, ctx.rules.resolve_after, values, alert.source)
    by = f"Rule {rule.name}." if rule is not None else f"By the settings of {alert.source}."
    return Silent(alert, minutes, by) if minutes else None


def _end(ctx: Ctx, incident: Incident, over: list[Silent]) -> None:
    ctx.tx.many("seen", alerts.update_statement, [_row(ctx, one.alert) for one in over])
    for one in over:
        say = f"{one.alert.title} counts as over: not a word of it for {one.minutes} min."
        ctx.tell(incident.id, "alert_resolved", say, one.by)
    changed = replace(
        incident, alerts_firing=max(0, incident.alerts_firing - len(over)), updated_at=ctx.now
    )
    ctx.save(changed)
    keys = alerts.keys_of(ctx.tx, incident.id)
    ctx.draft.adopt(keys, incident.id, alerts.live(ctx.tx, keys))
    for number in held.holders(ctx.tx, [one.alert.id for one in over]):
        inhibit.let_go(ctx, number)
    keeps = changed.flapping_since is not None or windows.keeps_open(ctx, changed)
    if not changed.alerts_firing and not keeps:
        why = f"Not a word of it for {over[-1].minutes} min. {over[-1].by}"
        lifecycle.resolve(ctx, changed, by=None, why=why)


def _row(ctx: Ctx, alert: Alert) -> dict[str, object]:
    """Over; the same start counts as news, since nobody said that it had ended."""
    return {
        "b_status": "resolved", "b_severity": str(alert.severity), "b_starts": alert.starts_at - 1,
        "b_ends": ctx.now, "b_last": alert.last_at, "b_count": alert.count,
        "b_flips": alert.flips or None, "b_id": alert.id,
    }  # fmt: skip
