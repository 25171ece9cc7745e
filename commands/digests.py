"""Digests: one message per rhythm of a channel instead of single cards, and one when its quiet
hours are over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from commands import notices, posting
from commands.context import Ctx
from commands.rules import filters
from commands.rules import posting as rules
from commands.rules.posting import Book, Fate
from store import incidents, upkeep
from store import posting as rows
from store.db import Tx
from store.model import DAY, HOUR, Definitions, Incident, IncidentStatus, Instant, Severity
from store.model.posting import ChannelRule

ABOUT = "digest"
KEPT = 30 * DAY
_MOST = 2_000
_SHOWN = 5
_FORGOTTEN = "digests forgotten"
OPEN = (str(IncidentStatus.TRIGGERED), str(IncidentStatus.ACKNOWLEDGED))


@dataclass(frozen=True, slots=True)
class Digest:
    """What a channel did not see one by one between two instants: how many are ``new`` and ``over``
    (``passed``: both), how many are ``open`` by severity, and the worst of those."""

    id: int
    place: str
    since: Instant
    until: Instant
    new: int
    over: int
    passed: int
    open: dict[str, int]
    worst: tuple[int, ...]
    quiet: bool
    rhythm: str = ""
    incidents: tuple[Incident, ...] = ()

    @property
    def left(self) -> int:
        """How many are open and not named."""
        return sum(self.open.values()) - len(self.worst)


def minute(ctx: Ctx) -> None:
    """Every minute: send what is due by now; nothing where no rule says so."""
    for rule in ctx.definitions.channels:
        if rule.digest is not None:
            slot = rules.last_slot(rule.digest, rule.zone, ctx.now)
            _due(ctx, rule, f"digest {rule.name}", slot, quiet=False)
        if rule.quiet is not None:
            _quiet(ctx, rule)
    _forget(ctx)


def _quiet(ctx: Ctx, rule: ChannelRule) -> None:
    """Quiet hours that are over: one message of what was, and a card for what is still open."""
    key = f"quiet {rule.name}"
    seen = upkeep.meta(ctx.tx, key)
    if seen is None:
        upkeep.set_meta(ctx.tx, key, str(ctx.now))
        return
    ended = rules.quiet_ended(rule, int(seen), ctx.now)
    if ended is not None and rule.digest is None:
        _due(ctx, rule, key, ended, quiet=True)
        _cards(ctx, rule)
    elif ended is not None:
        upkeep.set_meta(ctx.tx, key, str(ended))


def _due(ctx: Ctx, rule: ChannelRule, key: str, slot: Instant, *, quiet: bool) -> None:
    """A digest for what was since the last one; of the time before the rule nothing is said."""
    seen = upkeep.meta(ctx.tx, key)
    if seen is not None and int(seen) >= slot:
        return
    upkeep.set_meta(ctx.tx, key, str(slot))
    if seen is None:
        return
    since = max(int(seen), slot - DAY) if quiet else int(seen)
    found = gathered(ctx, rule, since, slot, quiet=quiet)
    if found is not None:
        notices.post(ctx, f"{ABOUT}:{found}", (rule.name,))


def _cards(ctx: Ctx, rule: ChannelRule) -> None:
    found = [
        i for i in _open(ctx.tx) if rule.name in posting.places_of(ctx.definitions, i)
    ]  # fmt: skip
    there = rows.shown_at(ctx.tx, rule.name, [i.id for i in found])
    for incident in reversed(found):
        if incident.id not in there:
            posting.look(ctx, incident)


def _forget(ctx: Ctx) -> None:
    """Once a day: what is too old to be looked at."""
    done = upkeep.meta(ctx.tx, _FORGOTTEN)
    if ctx.definitions.channels and (done is None or int(done) < ctx.now - DAY):
        upkeep.set_meta(ctx.tx, _FORGOTTEN, str(ctx.now))
        rows.forget(ctx.tx, ctx.now - KEPT)


# ---- what is in it -----------------------------------------------------------------------------


def _open(tx: Tx) -> list[Incident]:
    return incidents.page(tx, incidents.Wanted(statuses=OPEN, sort="worst"), _MOST)


def gathered(
    ctx: Ctx, rule: ChannelRule, since: Instant, until: Instant, *, quiet: bool
) -> int | None:
    """Put a digest on record; its number, None where there is nothing to say."""
    book = posting.book_of(ctx.definitions)
    mine = list(_of(ctx, book, rule, _open(ctx.in_public)))
    ended = (str(IncidentStatus.RESOLVED),)
    wanted = incidents.Wanted(statuses=ended, resolved=(since, until))
    over = list(_of(ctx, book, rule, incidents.page(ctx.in_public, wanted, _MOST)))
    new = [i for i in (*mine, *over) if since <= i.opened_at < until]
    passed = sum(i.opened_at >= since for i in over)
    hourly = rule.digest is not None and rule.digest.every == "hour"
    if not new and not over and (quiet or hourly or not mine):
        return None
    counts = {str(s): sum(i.severity is s for i in mine) for s in Severity}
    return rows.keep(
        ctx.tx,
        ctx.now,
        rule.name,
        {
            "since": since,
            "until": until,
            "new": len(new),
            "over": len(over),
            "passed": passed,
            "open": {name: n for name, n in counts.items() if n},
            "worst": [i.id for i in mine[:_SHOWN]],
            "quiet": quiet,
            "rhythm": rules.rhythm_words(rule.digest) if rule.digest and not quiet else "",
        },
    )


def _of(ctx: Ctx, book: Book, rule: ChannelRule, found: Iterable[Incident]) -> Iterator[Incident]:
    """Those that the channel is about and that have no card of their own there."""
    mine = [i for i in found if rule.name in posting.places_of(ctx.definitions, i)]
    there = rows.shown_at(ctx.tx, rule.name, [i.id for i in mine])
    for incident in mine:
        if incident.id in there or not posting.may_show(ctx.tx, incident):
            continue
        if not book.fits(rule.name, filters.of_incident(incident), incident.severity):
            continue
        if rule.events is None or rules.happened(incident) & set(rule.events):
            yield incident


def read(tx: Tx, name: str) -> Digest | None:
    """A digest by its number, with the worst incidents as they are now."""
    found = rows.get(tx, int(name)) if name.isdecimal() else None
    if found is None:
        return None
    place, _, content = found
    worst = tuple(content["worst"])
    named = incidents.many(tx, worst)
    return Digest(
        int(name),
        place,
        content["since"],
        content["until"],
        content["new"],
        content["over"],
        content["passed"],
        content["open"],
        worst,
        content["quiet"],
        content["rhythm"],
        tuple(named[n] for n in worst if n in named),
    )


# ---- looking ahead -----------------------------------------------------------------------------


def counted(
    known: Definitions, rule: ChannelRule, found: Iterable[Incident], since: Instant, now: Instant
) -> tuple[int, int, int]:
    """How many cards a channel would have had of incidents since an instant: by its routes, by the
    rule, and how many digests at most."""
    book, sent, cards, lines = rules.book((rule,)), 0, 0, 0
    for incident in found:
        if rule.name not in posting.places_of(known, incident):
            continue
        sent += 1
        happened = rules.happened(incident)
        verdict = book.verdict(
            rule.name, filters.of_incident(incident), incident.severity, incident.opened_at,
            happened,
        )  # fmt: skip
        cards += verdict.fate is Fate.CARD
        lines += verdict.fate in (Fate.DIGEST, Fate.WAITS)
    every = {"hour": HOUR, "day": DAY, "week": 7 * DAY}
    step = every[rule.digest.every] if rule.digest is not None else DAY
    slots = max(1, (now - since) // step) if rule.digest is not None or rule.quiet else 0
    return sent, cards, min(lines, slots)
