"""One incident as its card, notes and mails look at it: who is asked, who has it, since when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from bot.cards import words
from bot.cards.model import Span, Spans
from bot.cards.words import Names
from commands.automation.narrating import called
from commands.clock import MAINTENANCE
from commands.rules import escalation
from store.model import (
    AlertCount,
    Definitions,
    Incident,
    IncidentDetail,
    IncidentStatus,
    Person,
    Policy,
    TimelineEntry,
)

Runs = tuple[tuple[str, str], ...]
"""(title, name) of actions."""
GONE = {"failed", "dropped"}
_BY_ITSELF = {"", "monitor", "system", "integration", "alert"}


def own(text: str, *, bold: bool = False) -> Span:
    """Words of ours."""
    return Span(text, bold=bold)


def strange(text: str, limit: int = 60, *, bold: bool = False) -> Span:
    """A stranger's words, cleaned and cut."""
    return Span(words.cut(words.clean(text), limit), bold=bold, own=False)


def when(at: int, now: int, form: str = "time") -> Span:
    """An instant in the reader's own clock; weekday and date where it is far away.

    The fallback text is UTC, since a card has many readers.
    """
    if words.is_far(at, now):
        return Span(words.date(at, "UTC"), at=at, form="date")
    clock = words.clock(at, "UTC")
    return Span(f"at {clock}" if form == "in" else clock, at=at, form=form)


def separated(parts: list[Spans], by: str = " · ") -> Spans:
    """Parts of a line with a dot between them; empty parts are left out."""
    out: list[Span] = []
    for part in filter(None, parts):
        out.extend((own(by), *part) if out else part)
    return tuple(out)


def visible(spans: Spans) -> str:
    """What can be read of the spans where nothing else is known of the reader."""
    return "".join(f"@{s.text}" if s.mention else s.text for s in spans)


def in_maintenance(incident: Incident) -> bool:
    """Whether nobody is asked before the end of a maintenance."""
    following = incident.next
    waits = following is not None and following.why == MAINTENANCE
    return waits and not incident.asking and incident.status is IncidentStatus.TRIGGERED


@dataclass(frozen=True)
class View:
    """An incident with everything that is needed to speak about it; ``runs`` are the actions that
    fit it."""

    detail: IncidentDetail
    definitions: Definitions
    base_url: str
    now: int
    threads: bool = True
    place: str = ""
    runs: Runs = ()

    def counted(self, wanted: AlertCount) -> int:
        """How many alerts a condition of a step counts, of those that are shown here."""
        since = escalation.heard_since(wanted, self.incident.last_alert_at)
        if not since:
            return self.incident.alerts_total
        return sum(alert.last_at >= since for alert in self.detail.alerts)

    @property
    def incident(self) -> Incident:
        """The incident itself."""
        return self.detail.incident

    @property
    def url(self) -> str:
        """Its page in the console."""
        return f"{self.base_url.rstrip('/')}/i/{self.incident.id}"

    @cached_property
    def phase(self) -> str:
        """merged, resolved, silenced, snoozed, acknowledged, held, maintenance, flapping,
        escalating or new: the first true."""
        i = self.incident
        if i.merged_into is not None:
            return "merged"
        if i.status is IncidentStatus.RESOLVED:
            return "resolved"
        if i.silenced_until is not None:
            return "silenced"
        if i.snoozed_until is not None:
            return "snoozed"
        if i.status is IncidentStatus.ACKNOWLEDGED:
            return "acknowledged"
        if i.held_by:
            return "held"
        if in_maintenance(i):
            return "maintenance"
        if i.flapping_since is not None:
            return "flapping"
        return "escalating" if i.step > 0 or i.loop > 0 or self.again or self.exhausted else "new"

    @cached_property
    def names(self) -> Names:
        """How everybody is called here."""
        return Names(self.definitions, self._everybody())

    def _everybody(self) -> Iterator[str | None]:
        i = self.incident
        yield from (i.holder, i.assignee, i.resolved_by, *i.paged, *i.asking)
        yield i.hush.by if i.hush else None
        yield from i.next.who if i.next else ()
        yield self.detail.earlier.resolved_by if self.detail.earlier else None
        yield from (p.person for p in self.detail.pages)
        yield from (e.actor for e in self.detail.timeline if e.kind in {"snooze", "silence"})
        for step in self.policy.steps:
            found = escalation.resolve(step.targets, self.definitions, i.team, self.now)
            yield from (a.person.handle for a in found)

    def person(self, who: str) -> Person | None:
        """The person behind a handle or a full name."""
        return self.definitions.people.get(self.names.handle(who))

    def last(self, *kinds: str) -> TimelineEntry | None:
        """The latest timeline entry of those kinds."""
        return next((e for e in reversed(self.detail.timeline) if e.kind in kinds), None)

    @cached_property
    def again(self) -> bool:
        """Somebody had it, or it was over, and nobody has it now."""
        return self.incident.acknowledged_at is not None or self.last("reopen") is not None

    @cached_property
    def exhausted(self) -> bool:
        """Every pass of the policy is over, and the fallback was asked."""
        entry = self.last("step", "exhausted", "reopen")
        return entry is not None and entry.kind == "exhausted"

    @cached_property
    def alone_for(self) -> int:
        """How long nobody had it when the last step asked, in ms; 0 where that is not known."""
        entry = self.last("ack", "unack", "reopen")
        if self.step_at is None or (entry is not None and entry.kind == "ack"):
            return 0
        return self.step_at - max(self.incident.opened_at, entry.at if entry else 0)

    @cached_property
    def step_at(self) -> int | None:
        """When the last step asked, where the record says it."""
        entry = self.last("step", "exhausted", "reopen")
        return entry.at if entry and entry.kind != "reopen" else None

    @cached_property
    def declared_by(self) -> str:
        """Who opened it by hand, and so knows of it; empty where a monitor did."""
        entry = self.last("declared")
        return entry.actor if entry is not None else ""

    @cached_property
    def hurried_by(self) -> str:
        """Who escalated it by hand to the last step; empty where its time had come."""
        entry = self.last("escalate")
        by = entry.actor if entry is not None and entry.at == self.step_at else ""
        return by if by in self.definitions.people else ""

    @cached_property
    def changed_at(self) -> int:
        """When something last happened to it: the moment a card is drawn, whenever it is drawn."""
        i = self.incident
        known = (i.opened_at, i.updated_at, i.holder_since, i.resolved_at, self.step_at)
        return max(at for at in known if at is not None)

    def _failed(self, who: str) -> bool:
        """Every page this person was sent by the last step failed."""
        since, step = self.step_at or 0, self.incident.step
        pages = [p for p in self.detail.pages if p.person == who and p.step == step]
        last = [p for p in pages if p.asked_at >= since]
        return bool(last) and all(p.state in GONE for p in last)

    @cached_property
    def asked(self) -> tuple[str, ...]:
        """Handles asked now, without those who could not be reached."""
        return tuple(who for who in self.incident.asking if not self._failed(who))

    @cached_property
    def unreached(self) -> bool:
        """Somebody was to be asked, and nobody could be."""
        i = self.incident
        return not self.asked and (bool(i.asking) or (self.exhausted and bool(i.paged)))

    @cached_property
    def resolver(self) -> str:
        """Who resolved it; empty where it resolved by itself."""
        by = words.bare(self.incident.resolved_by or "")
        return "" if by in _BY_ITSELF or by == self.incident.source else by

    @property
    def automated(self) -> bool:
        """Whether an automation did it, as it wrote into the summary."""
        return not self.resolver and self.incident.summary.startswith(called(""))

    @property
    def policy(self) -> Policy:
        """The escalation policy, as the definitions at hand know it."""
        return escalation.policy_of(self.definitions, self.incident.policy)

    @cached_property
    def step_words(self) -> str:
        """``step 2 of 3``; without the total where the policy may have changed since."""
        i = self.incident
        said = f"step {i.step + 1}"
        same = i.policy_version_id in {None, self.definitions.version_id}
        return f"{said} of {len(self.policy.steps)}" if same else said

    def group(self, who: tuple[str, ...]) -> str:
        """``team db`` where these people are exactly one team's members; else empty."""
        handles = {self.names.handle(w) for w in who}
        teams = sorted(self.definitions.teams.values(), key=lambda t: t.name)
        fits = (t.name for t in teams if len(handles) > 1 and set(t.members) == handles)
        return next((f"team {words.clean(name)}" for name in fits), "")
