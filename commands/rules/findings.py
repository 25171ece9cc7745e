"""Findings: one name for what several call otherwise, those of the same resource as one, in groups
as people deal with them; and those that measures and tags alone tell. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from commands.rules.metric_words import figure, shown
from store.model import DAY, Instant
from store.model.finding import FindingState, Found, Merged
from store.model.known import Known
from store.model.resource import Finding

IDLE, OVERSIZED, MISSING_TAGS = "idle-server", "oversized-server", "missing-tags"
NAMES: Mapping[str, tuple[str, str]] = {
    "unattached-disk": ("unattached disk", "unattached disks"),
    "unused-address": ("unused address", "unused addresses"),
    "old-snapshot": ("old snapshot", "old snapshots"),
    "idle-load-balancer": ("idle load balancer", "idle load balancers"),
    "idle-database": ("idle database", "idle databases"),
    "oversized-database": ("oversized database", "oversized databases"),
    IDLE: ("idle server", "idle servers"),
    OVERSIZED: ("oversized server", "oversized servers"),
    "stopped-server": ("stopped server that still costs", "stopped servers that still cost"),
    "oversized-disk": ("oversized disk", "oversized disks"),
    "idle-gateway": ("idle gateway", "idle gateways"),
    "idle-plan": ("idle plan", "idle plans"),
    "disk-type": ("disk of a dear type", "disks of a dear type"),
    "logs-without-retention": ("log kept for ever", "logs kept for ever"),
    "old-type": ("server of an old type", "servers of an old type"),
    MISSING_TAGS: ("resource lacks tags", "resources lack tags"),
}
"""What a rule is called, of one and of several."""
_ALSO: Mapping[str, str] = {
    "unattached-volume": "unattached-disk", "unused-disk": "unattached-disk",
    "idle-disk": "unattached-disk", "orphaned-disk": "unattached-disk",
    "available-volume": "unattached-disk", "unattached-address": "unused-address",
    "idle-address": "unused-address", "unassociated-address": "unused-address",
    "unused-ip": "unused-address", "unattached-ip": "unused-address",
    "floating-ip": "unused-address", "stale-snapshot": "old-snapshot",
    "idle-instance": IDLE, "idle-vm": IDLE, "unused-server": IDLE,
    "oversized-instance": OVERSIZED, "overprovisioned-server": OVERSIZED, "rightsize": OVERSIZED,
    "rightsizing": OVERSIZED, "oversized-vm": OVERSIZED, "unused-load-balancer":
    "idle-load-balancer", "idle-lb": "idle-load-balancer", "missing-tag": MISSING_TAGS,
    "untagged": MISSING_TAGS,
}  # fmt: skip
OWN = "rule"
"""The origin of what our own rules find."""


def canonical(rule: str) -> str:
    """The one name of a rule."""
    plain = rule.strip().casefold().replace("_", "-").replace(" ", "-")
    return _ALSO.get(plain, plain)


def called(rule: str, many: int) -> str:
    """``7 unattached disks``."""
    plain = rule.replace("-", " ")
    one, several = NAMES.get(rule, (plain, f"{plain}s"))
    return f"{many} {one if many == 1 else several}"


# as one


def merged(found: Iterable[Found]) -> list[Merged]:
    """Those of the same rule and resource as one, whoever said them; the dearest first."""
    groups: defaultdict[tuple[str, str], list[Found]] = defaultdict(list)
    for one in found:
        groups[one.rule, one.finding.resource.casefold()].append(one)
    return sorted((_one(some) for some in groups.values()), key=lambda m: (-m.saving, m.since))


def _one(some: Sequence[Found]) -> Merged:
    """A cloud's own recommender knows the prices that were agreed; its figure counts first."""
    there = [f for f in some if f.gone_at is None] or list(some)
    worth = [f for f in there if f.finding.saving > 0]
    theirs = [f for f in worth if f.finding.origin != OWN]
    dear = max(theirs or worth or there, key=lambda f: f.finding.saving)
    whys = dict.fromkeys(f.finding.why for f in (dear, *there) if f.finding.why)
    named = min(there, key=lambda f: (f.finding.origin != OWN, f.number))
    return Merged(
        named, dear.finding.saving, dear.finding.currency, " · ".join(whys),
        tuple(dict.fromkeys(f.finding.origin for f in there)), min(f.first_at for f in there),
        tuple(f.number for f in some),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    """What is dealt with at once: of one rule, source, region and team."""

    rule: str
    source: str
    region: str
    team: str
    found: tuple[Merged, ...]

    @property
    def savings(self) -> Mapping[str, float]:
        """Money a month, by currency."""
        sums: defaultdict[str, float] = defaultdict(float)
        for one in self.found:
            if one.saving > 0:
                sums[one.currency] += one.saving
        return dict(sums)

    @property
    def worth(self) -> float:
        """What it is ordered by; currencies are as if they were one for that alone."""
        return sum(self.savings.values())

    @property
    def since(self) -> Instant:
        """When the oldest was found."""
        return min(one.since for one in self.found)

    @property
    def number(self) -> int:
        """The number that stands for all of it."""
        return min(n for one in self.found for n in one.numbers)


def place_of(one: Found) -> tuple[str, str, str, str]:
    """The group something belongs to."""
    return one.rule, one.source, one.place.region, one.place.team


def groups(found: Iterable[Merged]) -> list[Group]:
    """In groups, the dearest first."""
    by: defaultdict[tuple[str, str, str, str], list[Merged]] = defaultdict(list)
    for one in found:
        by[place_of(one.first)].append(one)
    made = [Group(*place, tuple(some)) for place, some in by.items()]
    return sorted(made, key=lambda g: (-g.worth, g.rule, g.number))


def state_of(one: Found, now: Instant) -> str:
    """``open``, ``snoozed``, ``dismissed`` or ``gone``."""
    if one.gone_at is not None:
        return "gone"
    return str(FindingState.OPEN) if one.is_open(now) else str(one.state)


# found by measures and tags


@dataclass(frozen=True, slots=True)
class Lately:
    """A measure of the last weeks: over how many days, of how many points, the mean, what it is
    below 95 of 100 times, and the most it was."""

    days: float
    points: int
    mean: float
    high: float
    most: float


@dataclass(frozen=True, slots=True)
class Idle:
    """What counts as idle and as oversized: percent of CPU, bytes a second, percent of both, over
    so many days at least."""

    cpu: float = 5.0
    network: float = 5_000.0
    oversized: float = 40.0
    days: float = 7.0
    points: int = 150


def lately(values: Sequence[float], days: float) -> Lately | None:
    """What measures come to; None of none."""
    if not values:
        return None
    order = sorted(values)
    high = order[min(len(order) - 1, int(len(order) * 0.95))]
    return Lately(days, len(order), fmean(order), high, order[-1])


def by_measures(
    known: Known, measures: Mapping[str, Lately], now: Instant, rules: Idle,
    paid: tuple[float, str, str] | None = None,
) -> Finding | None:  # fmt: skip
    """Whether a server is idle, or larger than it need be; None also where too little is known.
    ``paid`` is what it cost in 30 days, the currency, and the last day of that."""
    cpu, r = measures.get("cpu"), known.resource
    if cpu is None or cpu.days < rules.days or cpu.points < rules.points:
        return None
    if r.created_at is not None and now - r.created_at < rules.days * DAY:
        return None
    flow = [m for n in ("network_in", "network_out") if (m := measures.get(n)) is not None]
    quiet = all(m.mean < rules.network for m in flow)
    if cpu.high < rules.cpu and quiet:
        return _finding(IDLE, known, _idle_why(cpu, flow, rules), paid, 1.0)
    memory = measures.get("memory")
    small = memory is None or memory.high < rules.oversized
    if cpu.high < rules.oversized and cpu.most < 2 * rules.oversized and small and _halves(known):
        return _finding(OVERSIZED, known, _oversized_why(cpu, memory, rules), paid, 0.5)
    return None


def _halves(known: Known) -> bool:
    return known.resource.size.get("vcpus", 0) >= 2


def _idle_why(cpu: Lately, flow: Sequence[Lately], rules: Idle) -> str:
    net = sum(m.mean for m in flow)
    said = f", network {shown(net, 'network_in')} on average" if flow else ""
    limit = f" and {shown(rules.network, 'network_in')}" if flow else ""
    return (
        f"CPU below {figure(cpu.high)} % 95 of 100 times, {figure(cpu.most)} % at most{said}, "
        f"in {cpu.days:.0f} days; idle is below {figure(rules.cpu)} %{limit}"
    )


def _oversized_why(cpu: Lately, memory: Lately | None, rules: Idle) -> str:
    said = f", memory below {figure(memory.high)} %" if memory else ", memory is not measured"
    return (
        f"CPU below {figure(cpu.high)} % 95 of 100 times, {figure(cpu.most)} % at most{said}, "
        f"in {cpu.days:.0f} days; half the size would do below {figure(rules.oversized)} %"
    )


def _finding(
    rule: str, known: Known, why: str, paid: tuple[float, str, str] | None, part: float
) -> Finding:
    r = known.resource
    saving, currency = (paid[0] * part, paid[1]) if paid else (0.0, "USD")
    if paid:
        of = "all" if part == 1 else "half"
        why += f". Saving: {of} of what its bill says for 30 days up to {paid[2]}"
    one, _ = NAMES[rule]
    size = f" ({r.type})" if r.type else ""
    return Finding(
        f"{rule}:{r.key}", rule, r.key, f"{r.name}{size} is an {one}", round(saving, 2), currency,
        why,
    )  # fmt: skip


TAGGED = frozenset((
    "server", "database", "cache", "volume", "bucket", "load_balancer", "cluster", "queue",
    "function", "node", "snapshot",
))  # fmt: skip
"""Kinds that are to be tagged."""


def lacking(known: Known, required: Sequence[str]) -> Finding | None:
    """The tags that a resource should have and has not."""
    r = known.resource
    if r.kind not in TAGGED or not required:
        return None
    has = {name.casefold() for name, value in r.tags.items() if value}
    gone = [name for name in required if name.casefold() not in has]
    if not gone:
        return None
    title = f"{r.name} has no {' and no '.join(gone)}"
    why = f"required_tags asks for {', '.join(required)}"
    return Finding(f"{MISSING_TAGS}:{r.key}", MISSING_TAGS, r.key, title, why=why)
