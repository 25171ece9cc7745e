"""``findings``: what could be saved or put in order; and once a week a quiet card to each team that
says what is worth most."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from commands import noise, notices
from commands.context import Ctx, View
from commands.errors import Invalid, NotFound
from commands.inventory import own_findings
from commands.inventory.finding import ABOUT, WEEK, everything, group_of, line
from commands.registry import Button, arg, query
from commands.rules.cost import money
from commands.rules.findings import (
    Group,
    called,
    groups,
    merged,
    state_of,
)
from commands.told import Told
from commands.words import duration
from store import upkeep
from store.db import Tx
from store.inventory import findings as rows
from store.model import Definitions, Instant
from store.model.finding import Found, Merged

if TYPE_CHECKING:
    from commands.door import Door

SEE = "inventory.cost"
SHOWN = 20
CARDS, WORTH = 5, 5.0
"""So many cards a team has in a week, of what is worth so much a month at least."""
_POSTED = "savings posted"
_STATES = ("open", "snoozed", "dismissed", "all")


# asked for


@dataclass(frozen=True, slots=True)
class FindingsArgs:
    """Arguments of ``findings``."""

    filter: str = arg(
        "text", "rule=, source=, team=, region=, snoozed, dismissed, all; and words.", default=""
    )


@query("findings", group="infra", permission=SEE, args=FindingsArgs, example="findings team=data")
async def findings(view: View, args: FindingsArgs) -> Told:
    """What could be saved or put in order: idle, oversized, unattached, old, without tags."""
    wanted = _asked(args.filter)
    all_ = await everything(view.read)
    shown = [m for m in merged(all_) if wanted.fits(m, view.now)]
    if not shown:
        other = f" {len(merged(all_))} without the filter." if all_ and args.filter else ""
        there = _rules(all_)
        if there and wanted.fields.get("rule", there[0]) not in there:
            other += f" Rules: {', '.join(there)}."
        return Told((f"Nothing was found.{other}",), {"findings": [], "groups": []})
    made = groups(shown)
    if len(shown) > SHOWN and not wanted.words:
        lines = [*(summary(group, view.now) for group in made[:SHOWN]),
                 f"One by one: findings rule={made[0].rule} …"]  # fmt: skip
    else:
        lines = [f"{m.first.number}: {line(m)}" for m in shown[:SHOWN]]
        lines += [f"{len(shown) - SHOWN} more."] if len(shown) > SHOWN else []
    facts = {
        "findings": [_facts(m, view.now) for m in shown[:1000]],
        "groups": [_group_facts(g) for g in made], "total": _worth(made) or None,
    }  # fmt: skip
    return Told((f"{_total(made)}", *lines), facts)


def _rules(found: Iterable[Found]) -> list[str]:
    return sorted({one.rule for one in found})


def _total(made: Sequence[Group]) -> str:
    worth = _worth(made)
    many = sum(len(g.found) for g in made)
    saves = f"; they would save {worth} a month" if worth else ""
    return f"{many} {'finding' if many == 1 else 'findings'}{saves}."


def _worth(made: Iterable[Group]) -> str:
    """``412 €`` or ``412 € + 90 $``: currencies are not added up."""
    sums: defaultdict[str, float] = defaultdict(float)
    for currency, amount in chain.from_iterable(g.savings.items() for g in made):
        sums[currency] += amount
    return " + ".join(money(v, c) for c, v in sorted(sums.items(), key=lambda p: -p[1]))


def worth(group: Group) -> str:
    """What a group saves a month, in words; empty where that is nothing."""
    return _worth((group,))


def summary(group: Group, now: Instant) -> str:
    """``7 unattached disks in aws-prod eu-west-1 · 412 € a month · oldest 94 d · team data``."""
    where = f"{group.source} {group.region}".strip()
    saves = f"{worth(group)} a month" if worth(group) else ""
    parts = (
        f"{called(group.rule, len(group.found))} in {where}", saves,
        f"oldest {duration(now - group.since)}", f"team {group.team}" if group.team else "",
    )  # fmt: skip
    return " · ".join(p for p in parts if p)


@dataclass(frozen=True, slots=True)
class _Wanted:
    fields: Mapping[str, str]
    words: tuple[str, ...]
    state: str

    def fits(self, m: Merged, now: Instant) -> bool:
        f = m.first
        p = f.place
        has = {"rule": f.rule, "source": f.source, "team": p.team, "region": p.region,
               "kind": p.kind, "account": p.account, "owner": p.owner}  # fmt: skip
        if self.state != "all" and state_of(f, now) != self.state:
            return False
        if any(has[k].casefold() != v for k, v in self.fields.items()):
            return False
        text = " ".join((*has.values(), f.finding.title, f.place.name, called(f.rule, 2), m.why))
        return all(word in text.casefold() for word in self.words)


def _asked(text: str) -> _Wanted:
    fields, words, state = dict[str, str](), list[str](), "open"
    known = ("rule", "source", "team", "region", "kind", "account", "owner")
    for word in text.split():
        name, sign, value = word.partition("=")
        if sign:
            if name not in known:
                raise Invalid(f"{name}= is none of {', '.join(known)}.", "filter")
            fields[name] = value.casefold()
        elif word.casefold() in _STATES:
            state = word.casefold()
        else:
            words.append(word.casefold())
    return _Wanted(fields, tuple(words), state)


def _facts(m: Merged, now: Instant) -> dict[str, Any]:
    f = m.first
    return {
        "id": f.number, "rule": f.rule, "title": f.finding.title, "source": f.source,
        "resource": f.finding.resource, "resource_id": f.place.id or None, "name": f.place.name,
        "kind": f.place.kind, "region": f.place.region, "team": f.place.team or None,
        "owner": f.place.owner or None, "saving": round(m.saving, 2), "currency": m.currency,
        "why": m.why, "origins": list(m.origins), "since_at": m.since,
        "state": state_of(f, now), "until_at": f.until, "by": f.by or None,
        "reason": f.reason or None, "ticket_at": f.ticket,
    }  # fmt: skip


def _group_facts(group: Group) -> dict[str, Any]:
    return {
        "id": group.number, "rule": group.rule, "called": called(group.rule, len(group.found)),
        "source": group.source, "region": group.region, "team": group.team or None,
        "count": len(group.found), "savings": dict(group.savings), "since_at": group.since,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Show:
    """Arguments of ``show-findings``."""

    finding: int = arg("noun", "The number of a finding.")


@query(
    "show-findings", group="infra", permission=SEE, args=Show, example="show-findings 17",
    about=ABOUT, listed=False, buttons=(Button("Show", "", ()),),
)  # fmt: skip
async def show(view: View, args: Show) -> Told:
    """A finding with all that are like it, and the figures of the rule."""
    kept = await view.read(lambda tx: read(tx, str(args.finding)))
    if kept is None:
        raise NotFound(f"There is no finding {args.finding}. All that there are: findings.")
    _, group, _ = kept
    lines = [f"{m.first.number}: {line(m)}{_mark(m.first, view.now)}" for m in group.found[:SHOWN]]
    more = [f"{len(group.found) - SHOWN} more."] if len(group.found) > SHOWN else []
    facts = {"findings": [_facts(m, view.now) for m in group.found], "group": _group_facts(group)}
    return Told((summary(group, view.now), *lines, *more), facts)


def _mark(one: Found, now: Instant) -> str:
    state = state_of(one, now)
    return "" if state == "open" else f" · {state}"


# the card

Kept = tuple[int, Group, Found]
"""The number of a card, what it is about, and the finding that stands for it."""


def read(tx: Tx, name: str) -> Kept | None:
    """What a card is about, by its number (and week)."""
    number = name.partition(".")[0]
    one = rows.get(tx, int(number)) if number.isdecimal() and len(number) < 16 else None
    return None if one is None else (one.number, group_of(tx, one), one)


async def run(door: Door) -> int:
    """Look for what measures and tags tell, once a day; post the cards that are due. How many."""
    await own_findings.look(door)
    plan, now, known = door.rules.inventory.savings, door.clock.now(), door.definitions()
    if plan is None:
        return 0
    posted = await door.reader.read(_posted)
    zones = {"": None, **{name: team.zone for name, team in known.teams.items()}}
    due = [t for t, zone in zones.items() if noise.is_due(plan, zone, now, posted.get(t))]
    if not due:
        return 0
    there = await everything(door.reader.read)
    made = groups(m for m in merged(there) if m.first.is_open(now))
    return await door.system(lambda ctx: _post(ctx, made, due, known))


def _post(ctx: Ctx, made: Sequence[Group], due: Sequence[str], known: Definitions) -> int:
    week, cards = ctx.now // WEEK, 0
    by_team: defaultdict[str, list[Group]] = defaultdict(list)
    for group in made:
        by_team[group.team if group.team in known.teams else ""].append(group)
    for team in due:
        for group in [g for g in by_team[team] if g.worth >= WORTH][:CARDS]:
            places = notices.channels_of(known, team or None)
            notices.post(ctx, f"{ABOUT}:{group.number}.{week}", places)
            cards += 1
    kept = {**_posted(ctx.tx), **dict.fromkeys(due, ctx.now)}
    upkeep.set_meta(ctx.tx, _POSTED, json.dumps(kept))
    rows.forget(ctx.tx, ctx.now)
    return cards


def _posted(tx: Tx) -> dict[str, Instant]:
    found: dict[str, Instant] = json.loads(upkeep.meta(tx, _POSTED) or "{}")
    return found
