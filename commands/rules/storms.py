"""When a storm begins, when it is over, and what its incidents have in common: pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from store.model import MINUTE, Incident, Instant
from store.model.storm import Storm, Tally

HOSTS = ("host", "hostname", "node", "instance", "device", "vm")
_NARROW = (
    "rack", "switch", "hypervisor", "chassis", "node", "host", "instance", "namespace", "cluster",
    "network", "vlan", "deployment", "service", "job",
)  # fmt: skip
_WIDE = ("zone", "availability_zone", "az", "region", "datacenter", "dc", "site", "location")
_SHARE = 0.6
_KEPT, _LONGEST = 300, 80


@dataclass(frozen=True, slots=True)
class StormRules:
    """A storm begins where more than ``waiting`` new cards of the last ``window`` ms wait to be
    posted, and is over ``quiet`` ms after its last incident; then ``cards`` of what is still open
    are posted at most."""

    waiting: int = 30
    window: Instant = 10 * MINUTE
    quiet: Instant = 10 * MINUTE
    cards: int = 100


def over(storm: Storm, rules: StormRules, now: Instant) -> bool:
    """Whether nothing has come into it for long enough."""
    return now - storm.last_at >= rules.quiet


def host_of(incident: Incident) -> str:
    """Where an incident is, as its storm counts it."""
    named = (incident.labels.get(name, "") for name in HOSTS)
    return _short(incident.resource or next(filter(None, named), "") or incident.service or "")


def tally(known: Tally, values: Iterable[str]) -> dict[str, int]:
    """More of the same; of very many different values only the frequent ones are kept."""
    found = Counter(known)
    found.update(value for value in values if value)
    return dict(found.most_common(_KEPT)) if len(found) > 2 * _KEPT else dict(found)


def labels_of(incident: Incident) -> Iterable[str]:
    """The labels that may say what a storm is about, as ``rack=B14``."""
    for name in (*_NARROW, *_WIDE):
        if value := incident.labels.get(name):
            yield f"{name}={_short(value)}"


def service_of(incident: Incident) -> str:
    """The service of an incident, as its storm counts it."""
    return _short(incident.service or "")


def _short(text: str) -> str:
    return text[:_LONGEST]


def probable(storm: Storm) -> str:
    """``rack B14 eu-west-1``: what most of its incidents share; empty where nothing is."""
    narrow, wide = _shared(storm, _NARROW), _shared(storm, _WIDE)
    said = f"{narrow[0]} {narrow[1]}" if narrow else ""
    if not wide:
        return said
    return f"{said} {wide[1]}" if said else f"{wide[0].replace('_', ' ')} {wide[1]}"


def _shared(storm: Storm, names: Iterable[str]) -> tuple[str, str] | None:
    least = max(2, _SHARE * storm.total)
    for name in names:
        found = [(many, label) for label, many in storm.labels.items() if _is(label, name)]
        many, label = max(found, default=(0, ""))
        if many >= least:
            return name, label.partition("=")[2]
    return None


def _is(label: str, name: str) -> bool:
    return label.partition("=")[0] == name


def most(counts: Mapping[str, int], shown: int) -> tuple[list[tuple[str, int]], int]:
    """The most frequent, and how many incidents the others are."""
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return ranked[:shown], sum(many for _, many in ranked[shown:])
