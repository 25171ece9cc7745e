"""The terms under which an incident opens: what is silenced, in maintenance or ruled otherwise.

Each provider is asked for every new incident, so it costs next to nothing while nothing is in
force: what it needs from the database is read once a batch and kept in ``Standing.kept``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from commands import inhibit, silencing, windows
from commands.context import Ctx
from commands.rules import alert_rules, filters
from commands.rules.filters import Values
from store.model import AlertReading, Instant, Route
from store.model.maintenance import Behaviour


@dataclass(frozen=True, slots=True)
class Terms:
    """How an incident opens that does not open as usual.

    ``silenced_until``: nobody is asked before. ``shown``: without it no card is put up yet.
    ``apart`` is added to the parts of its group, so that it takes in only alerts of its kind;
    ``group`` stands for all of them. ``first_step`` false: the policy is begun by whoever gave
    these terms. ``why`` is told on the timeline, ``doc`` are sealed fields of the incident.
    ``private``: it is shown to its people alone.
    """

    silenced_until: Instant | None = None
    shown: bool = True
    apart: tuple[str, ...] = ()
    group: tuple[str, ...] | None = None
    first_step: bool = True
    why: str = ""
    doc: dict[str, Any] = field(default_factory=dict)
    private: bool = False

    def parts(self, usual: tuple[str, ...]) -> tuple[str, ...]:
        """The parts of the incident's group."""
        return (*(self.group or usual), *self.apart)


@dataclass(frozen=True, slots=True)
class New:
    """An alert that no open incident has yet: ``values`` for filters."""

    reading: AlertReading
    source: str
    route: Route
    at: Instant
    values: Values


@dataclass(slots=True)
class Standing:
    """Asks every provider; ``kept`` is what they read once for a batch, by their name."""

    ctx: Ctx
    kept: dict[str, Any] = field(default_factory=dict)

    def terms(self, reading: AlertReading, source: str, route: Route, at: Instant) -> Terms | None:
        """The terms of a new incident, by the first provider that has any; None for the usual
        ones."""
        new = New(
            reading, source, route, at, filters.of_alert(reading, source, route.name, route.team)
        )
        found: Terms | None = None
        for provider in PROVIDERS:
            found = provider(self, new)
            if found is not None:
                break
        return privately(self, new, found)


_BOOK = "alert rules"


def privately(standing: Standing, new: New, terms: Terms | None) -> Terms | None:
    """Terms as they are where a route or a rule says that what it takes is private."""
    book = standing.kept.get(_BOOK)
    if book is None:
        book = standing.kept[_BOOK] = alert_rules.book(standing.ctx.definitions.alert_rules)
    if new.route.private:
        by_hand = new.source in alert_rules.BY_HAND  # the same words open no door to another's
        apart: tuple[str, ...] = (new.reading.key,) if by_hand else ()
    elif book.says("private") and (rule := book.rule("private", new.values)) and rule.private:
        apart = ("private",)
    else:
        return terms
    usual = terms or Terms()
    doc = {**usual.doc, "private": True}
    return replace(usual, apart=(*usual.apart, *apart), shown=False, private=True, doc=doc)


def _maintained(standing: Standing, new: New) -> Terms | None:
    """What is worked on opens incidents of its own, whose steps wait; by the maintenance's
    behaviour without cards, or all of it as one."""
    found = windows.at_open(standing.ctx, standing.kept, new.source, new.values)
    if found is None:
        return None
    why, apart = f"Maintenance: {found.name}.", (f"maintenance={found.key}",)
    if found.behaviour is Behaviour.ONE_INCIDENT:
        return Terms(group=apart, why=why, doc=windows.fields(found))
    if found.behaviour is Behaviour.NO_CARDS:
        said = f"{why} It has no card before the end."
        return Terms(shown=False, apart=apart, why=said, doc={"maintenance": found.key})
    return Terms(apart=apart, why=why)


def _silenced(standing: Standing, new: New) -> Terms | None:
    """A silence by a filter hides it, with its like and apart from all else."""
    found = silencing.at_open(standing.ctx, standing.kept, new.reading.severity, new.values)
    if found is None:
        return None
    silence, why = found
    hush = asdict(silence.hush)
    return Terms(silence.until, apart=(f"silence={silence.id}",), why=why, doc={"hush": hush})


def _held(standing: Standing, new: New) -> Terms | None:
    """What a rule keeps quiet, or a firing parent holds, opens with its like and without a card."""
    of, about = new.reading.severity, new.reading.about
    found = inhibit.at_open(standing.ctx, new.source, of, new.values, about.ids if about else ())
    if found is None:
        return None
    why = f"Nobody is asked: {found.why} ({found.by})."
    apart = (f"held={found.rule}/{found.parent or ''}",)
    return Terms(shown=False, apart=apart, why=why, doc=found.doc)


def _lost(standing: Standing, new: New) -> Terms | None:
    """What others hang on is gone: its incident says what is lost with it."""
    reading = new.reading
    if reading.about is None or not reading.about.title:
        return None
    doc = {"title": reading.about.title, "resource": reading.about.name}
    if not reading.description.strip():
        doc["value"] = reading.title[:300]
    apart = (f"fell={reading.about.ids[0]}",)
    why = "Alerts about what hangs on it are gathered here."
    return Terms(apart=apart, why=why, doc=doc)


Provider = Callable[[Standing, New], Terms | None]
PROVIDERS: tuple[Provider, ...] = (_maintained, _silenced, _held, _lost)
"""In order; the first that has terms decides."""
