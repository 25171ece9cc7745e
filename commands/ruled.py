"""What alert rules do while a batch is taken in: flapping, parents, timers of one-shot sources.

Nothing here costs where no rule says anything; an alert that changes its state is remembered.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from commands import auto_resolve, calming, delaying, inhibit
from commands.batch import Batch
from commands.context import Ctx
from commands.inhibit import Holding
from commands.inventory import topology
from commands.memory import Key
from commands.opening import Terms
from commands.placing import Placing
from commands.rules import alert_rules
from commands.rules import flapping as rules
from store import alerts, held, timers
from store.model import MINUTE, About, AlertStatus, Incident, Severity

if TYPE_CHECKING:
    from commands.intake import One


class Ruled:
    """The rules of one batch: asked while it is decided, done with in ``settle``."""

    def __init__(self, ctx: Ctx, batch: Batch, placing: Placing) -> None:
        self._ctx, self._batch, self._placing, self._book = ctx, batch, placing, placing.book
        grouping, book = ctx.rules.grouping, placing.book
        self._flaps = bool(grouping.flapping.changes) or book.says("flapping")
        self._by_rules = book.says("flapping")
        least = rules.LEAST if self._by_rules else grouping.flapping.changes
        self._enough = least * rules.SIZE
        self._parents, self._topology = book.parents, topology.on(ctx)
        self._delays = book.says("delay") or book.says("hours")
        self._expires = book.says("resolve_after")
        self._by_source: Mapping[str, int] = ctx.rules.resolve_after
        self._fires = bool(self._parents or self._delays or self._expires or self._by_source)
        self._flapping: dict[int, None] = {}
        self._expiring: set[int] = set()
        self._gathering: set[int] = set()
        self._joined: dict[int, None] = {}
        self._over: list[int] = []
        self._late: dict[int, None] = {}

    # flapping

    def flips(self, one: One, flips: Any, incident_id: int | None = None) -> bytes:
        """The changes of an alert with one more; it opens an incident, where one is named."""
        known = bytes(flips) if flips else b""
        if not self._flaps:
            return known
        more = rules.noted(known, one.at)
        if incident_id is not None and len(more) >= self._enough and self._is_flapping(one, more):
            self._flapping[incident_id] = None
        return more

    def changed(self, one: One, state: Key, incident_id: int) -> bool:
        """An alert changed its state within its open incident: whether it flaps."""
        if not self._flaps:
            return False
        state.flips = rules.noted(state.flips, one.at)
        if len(state.flips) < self._enough or not self._is_flapping(
            one, state.flips, state.alert_id
        ):
            return False
        self._flapping[incident_id] = None
        return True

    def _is_flapping(self, one: One, flips: bytes, alert_id: int | None = None) -> bool:
        values = self._placing.values(one.reading, one.source.name)
        if alert_id is not None and self._by_rules and one.reading.status is AlertStatus.RESOLVED:
            known = alerts.get(self._ctx.tx, alert_id)  # what is over says less of itself
            if known is not None:
                values = self._placing.values(known, one.source.name)
        found, _ = alert_rules.flapping(self._book, values, self._ctx.rules.grouping)
        return rules.flaps(flips, one.at, found)

    def keeps_open(self, incident: Incident) -> bool:
        """Whether an incident stays open though nothing of it fires, until it is calm."""
        return incident.flapping_since is not None or incident.id in self._flapping

    def opened(self, incident_id: int, terms: Terms | None) -> None:
        """An incident opened under these terms."""
        rule = terms.doc.get("held_by") if terms is not None else None
        if terms is not None and rule:
            found = Holding(rule, terms.doc.get("under"))
            inhibit.opened(self._ctx, incident_id, found)

    def joined(self, terms: Terms | None) -> None:
        """An alert joined an incident under these terms."""
        if terms is not None and terms.doc.get("held_by") == topology.RULE:
            self._late[terms.doc["under"]] = None

    # an alert begins to fire, an alert is over

    def fired(self, one: One, incident_id: int, alert_id: int) -> None:
        """An alert opened or joined an incident, or fires again in one."""
        about = one.reading.about
        if about is not None and about.ids:
            self._about(one, about, incident_id, alert_id)
        if not self._fires:
            return
        values = self._placing.values(one.reading, one.source.name)
        if self._expires or self._by_source:
            after = auto_resolve.after(self._book, self._by_source, values, one.source.name)
            if after and incident_id not in self._expiring:
                self._expiring.add(incident_id)
                due = one.at + after * MINUTE
                self._batch.timer(timers.EXPIRE, incident_id, due, one.rank)
        if self._delays:
            self._joined[incident_id] = None
        keys = [
            held.key(self._ctx.tx, parent.rule.name, equal)
            for parent in self._parents
            if (equal := parent.parent(values)) is not None
        ]
        if keys and one.reading.status is not AlertStatus.RESOLVED:
            self._holds(one, incident_id, alert_id, keys)

    def _about(self, one: One, about: About, incident_id: int, alert_id: int) -> None:
        """It is about a resource; others may hang on that."""
        self._batch.about(incident_id, alert_id, about)
        if about.fell and self._topology:
            self._holds(one, incident_id, alert_id, topology.keys_of(self._ctx.tx, about.ids[:1]))

    def _holds(self, one: One, incident_id: int, alert_id: int, keys: list[bytes]) -> None:
        """An alert may hold others: those that are there already are looked at before anybody is
        asked about them."""
        held.may_hold(self._ctx.tx, alert_id, keys)
        if incident_id not in self._gathering:
            self._gathering.add(incident_id)
            self._batch.timer(timers.GATHER, incident_id, one.at - 1, Severity.CRITICAL.rank)

    def over(self, alert_id: int) -> None:
        """An alert is over: what it held may be let go."""
        if self._parents or self._topology:
            self._over.append(alert_id)

    # when all is decided and written

    def settle(self) -> None:
        """What follows for the incidents."""
        for incident_id in self._flapping:
            calming.noticed(self._ctx, incident_id)
        for incident_id in self._joined:
            delaying.joined(self._ctx, incident_id)
        if self._over:
            for incident_id in held.holders(self._ctx.tx, self._over):
                inhibit.let_go(self._ctx, incident_id)
        for incident_id in self._late:
            inhibit.joined(self._ctx, incident_id)
