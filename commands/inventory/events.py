"""``events``: what happened in clusters and clouds: warnings grouped and counted, the reasons that
come most often for each namespace and day, and who did what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from commands.context import View
from commands.errors import Invalid
from commands.inventory.search import READ
from commands.oncall import zone_of
from commands.registry import arg, query
from commands.told import Told
from commands.words import count, day, local
from store.inventory import happenings
from store.inventory.happenings import Happened, Wanted
from store.model import DAY, HOUR

KEPT = 14
_LINES, _TOP, _FOUND = 12, 8, 200


@dataclass(frozen=True, slots=True)
class Events:
    """Arguments of ``events``."""

    words: str = arg(
        "text", "Words, a namespace, namespace=, source=, reason=, all (not warnings alone), 7d.",
        default="",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Happenings(Told):
    """The answer; ``found`` are the latest, ``top`` (day, namespace, reason, how often)."""

    found: tuple[Happened, ...] = ()
    top: tuple[tuple[int, str, str, int], ...] = ()


@query("events", group="infra", permission=READ, args=Events, example="events shop")
async def events(view: View, args: Events) -> Happenings:
    """Warnings of clusters and calls of clouds: what comes most often, and the latest."""
    wanted = read(args.words, view.now)
    zone = zone_of(view)
    found, top = await view.read(
        lambda tx: (happenings.search(tx, wanted, _FOUND), happenings.top(tx, wanted))
    )
    most = sorted(top.items(), key=lambda pair: (-pair[1], pair[0]))
    lines = [_top(*key, many, zone) for key, many in most[:_TOP]]
    latest = [_latest(one, zone, view.now) for one in found[:_LINES]]
    if not found:
        kind = "warning" if wanted.warnings else "event"
        of = f" of {args.words}" if args.words.strip() else ""
        lines = [f"No {kind}{of} since {local(wanted.since, zone, view.now)}."]
    told = {
        "events": [_facts(one) for one in found],
        "top": [
            {"day": d, "namespace": n, "reason": r, "count": many} for (d, n, r), many in most[:50]
        ],
    }  # fmt: skip
    tops = tuple((d, n, r, many) for (d, n, r), many in most[:50])
    said = (*lines, *(("Latest:", *latest) if latest else ()))
    return Happenings(said, told, found=tuple(found), top=tops)


def read(text: str, now: int) -> Wanted:
    """``shop reason=BackOff 7d``: warnings of a day unless more is asked for."""
    words: list[str] = []
    fields = {"reason": "", "namespace": "", "source": ""}
    days, warnings = 1, True
    for word in text.split():
        name, eq, value = word.partition("=")
        name = {"ns": "namespace", "cluster": "source"}.get(name.casefold(), name.casefold())
        if eq and name in fields:
            fields[name] = value
        elif word.casefold() == "all":
            warnings = False
        elif word[:-1].isdecimal() and word[-1:] in "dD" and len(word) < 5:
            days = int(word[:-1])
        else:
            words.append(word)
    if not 1 <= days <= KEPT:
        raise Invalid(f"Events are kept for {KEPT} days.", "words")
    since = now - days * DAY
    return Wanted(
        since, now + HOUR, tuple(words), fields["reason"], fields["namespace"], fields["source"],
        warnings=warnings,
    )  # fmt: skip


def _top(day_: int, namespace: str, reason: str, many: int, zone: str) -> str:
    """``shop · BackOff 96 times · 22 Nov``."""
    where = namespace or "cluster"
    return f"{where} · {reason} {count(many, 'time')} · {day(day_ * DAY, zone)}"


def _latest(one: Happened, zone: str, now: int) -> str:
    sign = "⚠️ " if one.warning else ""
    many = f" ({one.count} times)" if one.count > 1 else ""
    who = f" · {one.who}" if one.who and one.who not in one.text else ""
    about = one.text or one.resource.rpartition(":")[2]
    return f"{sign}{local(one.at, zone, now)} {one.reason}{many}: {about}{who}"


def _facts(one: Happened) -> dict[str, object]:
    return {
        "source": one.source, "at": one.at, "first_at": one.first_at, "reason": one.reason,
        "text": one.text, "count": one.count, "warning": one.warning, "who": one.who,
        "namespace": one.namespace, "resource": one.resource,
    }  # fmt: skip


def whos(found: Iterable[Happened]) -> list[tuple[str, int]]:
    """Who did how much, the busiest first."""
    by: dict[str, int] = {}
    for one in found:
        if one.who:
            by[one.who] = by.get(one.who, 0) + one.count
    return sorted(by.items(), key=lambda pair: (-pair[1], pair[0]))
