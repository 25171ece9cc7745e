"""What happened to resources is kept for a while; what may have broken something is history of its
resource, and shown among what was changed.
"""

from __future__ import annotations

from collections.abc import Sequence

from commands.context import Ctx
from store import what_changed
from store.access import Source
from store.inventory import happenings, resources
from store.model import DAY, AlertReading, AlertStatus, AlertType, Severity
from store.model.known import Known, ResourceChange
from store.model.resource import Happening

KEPT_DAYS = 14


def happened(
    ctx: Ctx, source: str, items: Sequence[Happening], intake: Source | None = None
) -> int:
    """Write down what happened; how much of it was not known yet. ``intake`` is the source that
    changes are shown to come from."""
    fresh = happenings.put(ctx.tx, source, [_hidden(ctx, one) for one in items], ctx.now)
    changes = [one for one in fresh if one.change]
    about = resources.by_keys(ctx.tx, {one.resource for one in changes if one.resource})
    resources.keep_changes(ctx.tx, [
        ResourceChange(about[one.resource].id, one.at, "event", after=_words(one), who=one.who)
        for one in changes if one.resource in about
    ])  # fmt: skip
    if intake is not None:
        for one in changes:
            reading = _reading(source, one, about.get(one.resource))
            what_changed.keep(ctx.tx, intake.id, source, reading, ctx.now)
    return len(fresh)


def forget(ctx: Ctx, days: int = KEPT_DAYS) -> int:
    """Drop some of what is too old; how many."""
    return happenings.forget(ctx.tx, ctx.now - days * DAY)


def _hidden(ctx: Ctx, one: Happening) -> Happening:
    """Without secrets: commands and addresses are quoted in events."""
    text = ctx.rules.redact(one.text)
    if text == one.text:
        return one
    values = {name: getattr(one, name) for name in Happening.__dataclass_fields__}
    return Happening(**{**values, "text": text})


def _words(one: Happening) -> str:
    return f"{one.reason}: {one.text}"[:500] if one.text else one.reason


def _reading(source: str, one: Happening, about: Known | None) -> AlertReading:
    name = about.resource.name if about is not None else one.resource.rpartition("/")[2]
    title = f"{one.reason} {name}".strip()
    if one.who:
        title += f" by {one.who}"
    labels = {"source": source, **one.labels}
    if about is not None:
        r, belongs = about.resource, about.belongs
        known = {
            "resource": r.name, "resource_id": r.key, "namespace": r.group,
            "service": belongs.service, "team": belongs.team,
        }  # fmt: skip
        labels = {k: v for k, v in known.items() if v} | labels
    return AlertReading(
        one.key, AlertStatus.INFO, Severity.INFO, title, AlertType.CHANGE,
        description=one.text[:1000], resource=name or None, labels=labels, starts_at=one.at,
    )  # fmt: skip
