"""Resources in one line each, as lists show them: how they are, where, whose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from commands.inventory.sources import SourceState
from commands.rules import inventory_words as words
from commands.told import Told
from store.model import Instant
from store.model.known import Known


@dataclass(frozen=True, slots=True)
class Row:
    """One resource in a list. ``place`` is where it is in words, ``whose`` its team or owner;
    ``stale`` says that its source does not answer, so that it is shown as it was at ``seen_at``.
    ``under`` are further rows that hang on it, ``more`` how many of those are left out."""

    id: int
    name: str
    kind: str
    provider: str
    source: str
    place: str
    health: str
    state: str
    why: str
    whose: str
    team: str
    service: str
    size: str
    stale: bool = False
    seen_at: Instant | None = None
    gone: bool = False
    under: tuple[Row, ...] = ()
    more: int = 0

    @property
    def glyph(self) -> str:
        """The sign of its health."""
        return "❔" if self.gone else words.GLYPH.get(self.health, "❔")

    @property
    def line(self) -> str:
        """``⚠️ db-3 · VM · OpenStack prod / eu-west-1a · degraded · team db``."""
        parts = (f"{self.glyph} {self.name}", *self.parts)
        return " · ".join(parts)

    @property
    def parts(self) -> tuple[str, ...]:
        """What stands beside the name."""
        how = "gone" if self.gone else words.SAID.get(self.health, self.health)
        bad = how if self.gone or self.health != "ok" else ""
        why = f"{bad}: {self.why}" if bad and self.why else bad
        last = "not seen lately" if self.stale else ""
        found = (words.kind_said(self.kind), self.place, why, self.whose, last)
        return tuple(filter(None, found))


@dataclass(frozen=True, slots=True)
class Listed(Told):
    """An answer that is a list of resources; ``lines`` say the same. ``head`` stands above the
    rows, ``foot`` below; ``query`` leads to the list in the console; ``tree`` are the rows with
    what hangs on each."""

    rows: tuple[Row, ...] = ()
    head: tuple[str, ...] = ()
    foot: tuple[str, ...] = ()
    query: str = ""
    total: int = 0
    tree: tuple[Row, ...] = ()


def row(known: Known, states: Mapping[str, SourceState]) -> Row:
    """A resource in one line."""
    r, belongs = known.resource, known.belongs
    state = states.get(known.source)
    provider = (state.provider if state else "") or words.provider_of(r.key)
    whose = f"team {belongs.team}" if belongs.team else belongs.owner
    return Row(
        known.id, r.name or r.key, r.kind, provider, known.source, words.place(known, provider),
        str(r.health), r.state, r.why, whose, belongs.team, belongs.service, words.size_said(r),
        bool(state and state.stale), state.ok_at if state else None, known.gone_at is not None,
    )  # fmt: skip


def rows(found: Iterable[Known], states: Mapping[str, SourceState]) -> tuple[Row, ...]:
    """Some resources, in their order."""
    return tuple(row(one, states) for one in found)


def listed(
    found: Sequence[Row],
    *,
    head: Sequence[str] = (),
    foot: Sequence[str] = (),
    query: str = "",
    total: int = 0,
    more: Mapping[str, object] = {},
) -> Listed:
    """An answer of rows, and the same as lines and facts."""
    lines = (*head, *(each.line for each in found), *foot)
    told = {"resources": [as_facts(each) for each in found], "total": total, **more}
    return Listed(
        lines, told, True, (), tuple(found), tuple(head), tuple(foot), query, total or len(found)
    )


def as_facts(one: Row) -> dict[str, object]:
    """A row for programs."""
    return {
        "id": str(one.id), "name": one.name, "kind": one.kind, "provider": one.provider,
        "source": one.source, "place": one.place, "health": one.health, "state": one.state,
        "why": one.why, "team": one.team, "service": one.service, "size": one.size,
        "stale": one.stale, "gone": one.gone, "seen_at": one.seen_at,
    }  # fmt: skip
