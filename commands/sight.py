"""What somebody may see: private incidents, sensitive labels and notes. Everything that is shown to
people is read through it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from commands.rules.permission import may, teams_where
from commands.rules.sight import HIDDEN, NOTE_HIDDEN, PRIVATE, SENSITIVE, Sensitive
from store.db import Reader, Tx
from store.model import Actor, Alert, Definitions, Incident, TimelineEntry
from store.veil import Veil, hidden, veiled

T = TypeVar("T")
Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sight:
    """What one reader sees. ``veil`` is what their queries are run behind, None for the machine
    itself; ``sensitive`` is what the settings call so."""

    veil: Veil | None = None
    sensitive: Sensitive = field(default_factory=Sensitive)

    @classmethod
    def of(cls, actor: Actor, known: Definitions, sensitive: Sensitive | None = None) -> Sight:
        """What an actor sees."""
        words = sensitive or Sensitive()
        if actor.kind == "system":
            return cls(None, words)
        roles, person = known.roles, actor.kind == "person"
        clear = may(actor, SENSITIVE, roles) is not None
        led = (t.name for t in known.teams.values() if person and actor.id == t.lead)
        veil = Veil(
            mine=_called(actor.id, known) if person else frozenset(),
            teams=frozenset((*led, *teams_where(actor, PRIVATE, roles))),
            every=may(actor, PRIVATE, roles) is not None,
            sensitive=words if words and not clear else None,
            notes=not clear,
            clear_teams=frozenset(teams_where(actor, SENSITIVE, roles)),
            note=NOTE_HIDDEN,
        )
        return cls(None if veil.every and clear else veil, words)

    @classmethod
    def everybody(cls, sensitive: Sensitive | None = None) -> Sight:
        """What stands where all may read it: the cards and threads of channels."""
        words = sensitive or Sensitive()
        return cls(Veil(sensitive=words or None, note=NOTE_HIDDEN), words)

    def also(self, *numbers: int) -> Sight:
        """The same, and these incidents are there: in their own room, or for whom they page."""
        if self.veil is None or not numbers:
            return self
        return replace(self, veil=replace(self.veil, also=self.veil.also | {*numbers}))

    async def read(self, reader: Reader, fn: Callable[[Tx], T]) -> T:
        """A function over one snapshot, as this reader sees it."""
        return await reader.read(lambda tx: fn(veiled(tx, self.veil)))

    def behind(self, tx: Tx) -> Tx:
        """A transaction as this reader sees it, to be read only."""
        return veiled(tx, self.veil)

    def unseen(self, tx: Tx) -> frozenset[int]:
        """The numbers of the incidents that are hidden from them."""
        return frozenset() if self.veil is None else hidden(tx, self.veil)

    @property
    def kind(self) -> tuple[bool, bool, frozenset[str]]:
        """Whether sensitive labels and notes are hidden from them, and the teams where they are
        not."""
        if self.veil is None:
            return False, False, frozenset()
        return self.veil.sensitive is not None, self.veil.notes, self.veil.clear_teams

    def sees(self, incident: Incident) -> bool:
        """Whether an incident is there for them at all."""
        if self.veil is None or not incident.private or self.veil.every:
            return True
        on_it = (incident.holder, incident.assignee, *incident.asking, *incident.paged)
        return incident.team in self.veil.teams or not self.veil.mine.isdisjoint(
            {*on_it, *incident.people}
        )

    def clear(self, team: str | None) -> bool:
        """Whether they see what is sensitive in a team's incidents."""
        if self.veil is None or team in self.veil.clear_teams:
            return True
        return self.veil.sensitive is None and not self.veil.notes

    def labels(self, labels: Labels, team: str | None = None) -> dict[str, str]:
        """Labels with a marker for what is hidden from them."""
        return dict(labels) if self.clear(team) else self.sensitive.masked(labels)

    def words(self, text: str, labels: Labels, team: str | None = None) -> str:
        """A sentence about what has these labels."""
        hides = bool(self.sensitive) and not self.clear(team)
        return self.sensitive.blank(text, self.sensitive.values(labels)) if hides else text

    def shown(self, noun: T, team: str | None = None, labels: Labels | None = None) -> T:
        """An incident, an alert or a line of a timeline as they see it. ``team`` and ``labels`` are
        those of the incident that an alert or a line belongs to."""
        found: Any = noun
        if isinstance(found, TimelineEntry) and found.detail.get("sensitive"):
            found = found if self.clear(team) else replace(found, say=NOTE_HIDDEN, why="")
        elif isinstance(found, Incident):
            found = self._masked(found, found.team, found.labels)
        else:
            own = found.labels if isinstance(found, Alert) else {}
            found = self._masked(found, team, {**(labels or {}), **own})
        shown: T = found
        return shown

    def _masked(self, noun: Any, team: str | None, labels: Labels) -> Any:
        if not self.sensitive or self.clear(team):
            return noun
        values = self.sensitive.values(labels)
        changed: dict[str, Any] = {
            name: self.sensitive.blank(text, values)
            for name in ("title", "value", "service", "resource", "summary", "description", "say",
                         "why")
            if isinstance(text := getattr(noun, name, None), str)
        }  # fmt: skip
        if hasattr(noun, "labels"):
            changed["labels"] = self.sensitive.masked(noun.labels)
        return replace(noun, **changed)


def _called(handle: str, known: Definitions) -> frozenset[str]:
    """What private incidents call somebody: themselves, and the teams they are in."""
    teams = (f"team:{t.name}" for t in known.teams.values() if handle in (*t.members, t.lead))
    return frozenset((handle, *teams)) - {""}


__all__ = ["HIDDEN", "PRIVATE", "SENSITIVE", "Sensitive", "Sight", "Veil", "veiled"]
