"""When what hangs on a resource is lost with it, and what that is in words. Pure.

That a host is down takes all on it down; that its disk is full, or one of its services stopped,
does not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from commands.rules.clues import OURS
from store.model import Alert, AlertReading, AlertStatus, AlertType, Severity
from store.model.known import Known
from store.model.resource import Health

PARENTS = frozenset((
    "cloud", "region", "zone", "cluster", "hypervisor", "node", "server", "pool", "network",
    "router", "endpoint", "load_balancer", "agent",
))  # fmt: skip
"""What others are lost with."""
_WHOLE_OR_NOT = frozenset(("cluster", "node"))
"""Of these the connector says itself whether they are down, or answer and one of their checks
fails: what runs on them runs on then."""
_NAMES = ("alertname", "kind", "fault", "reason", "check", "check_name", "event", "rule")
_FELL = (
    ("not ready", re.compile(r"not[ _-]?ready")),
    ("unreachable", re.compile(r"unreach|(does|do) not answer|no answer|not respond|lost contact")),
    ("powered off", re.compile(r"power(ed)?[ _-]?off")),
    ("offline", re.compile(r"offline|disconnected")),
    (
        "down",
        re.compile(r"down(?![a-z]* (to|from|by|time))|\bdead\b|outage|unavailable|\bfailed\b"),
    ),
)
_ONLY_A_PART = re.compile(
    r"interface|\bnic\b|\blink\b|\bdisk|filesystem|process|\bport\b|fan|\bpsu\b|raid|cert|backup"
    r"|replica|\bjob\b|scale|countdown|downtime|slow"
)
_LOST = ("server", "pod", "database", "node", "volume", "load_balancer", "deployment")
"""Of what is lost, what is counted first."""


def fell(reading: Alert | AlertReading, one: Known) -> str:
    """How a resource is lost to what hangs on it, by an alert about it; empty where it is not."""
    r = one.resource
    bad = reading.severity in (Severity.CRITICAL, Severity.ERROR)
    if reading.status is not AlertStatus.FIRING or r.kind not in PARENTS:
        return ""
    ours = OURS in reading.labels or "resource_kind" in reading.labels
    if ours and r.kind in _WHOLE_OR_NOT and r.health is Health.DEGRADED:
        return ""
    names = " ".join(str(reading.labels[n]) for n in _NAMES if reading.labels.get(n))
    if ours or reading.type == AlertType.HOST or _names_all_of(names):
        word = _word(names) or _word(_without(reading.title, r.name))
        if r.kind == "cluster" and word == "not ready":
            word = ""
        if word and (bad or ours):
            return word
    return "down" if bad and r.health is Health.DOWN else ""


def _names_all_of(names: str) -> bool:
    return bool(re.search(r"(host|node|instance|server|hypervisor|cluster|compute)", names.lower()))


def _without(title: str, name: str) -> str:
    return re.sub(re.escape(name), " ", title, flags=re.IGNORECASE)


def _word(text: str) -> str:
    folded = text.casefold()
    if not folded.strip() or _ONLY_A_PART.search(folded):
        return ""
    return next((word for word, shape in _FELL if shape.search(folded)), "")


def first_lost(kinds: Mapping[str, int]) -> str:
    """The kind that is counted, of those there are; empty where there are none."""
    most = sorted(kinds, key=lambda kind: (-kinds[kind], kind))
    return next((kind for kind in (*_LOST, *most) if kind in kinds), "")


def tenant(one: Known) -> str:
    """Whose it is where several share what it stands on: a namespace, a tenant, an account."""
    return one.resource.group or one.resource.account


def tenants(some: Iterable[Known]) -> list[tuple[str, int]]:
    """How many there are of each, the most first."""
    found = Counter(name for one in some if (name := tenant(one)))
    return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))


def title(
    name: str, word: str, kind: str, number: int, whose: Sequence[tuple[str, int]]
) -> str:  # fmt: skip
    """``compute-7 down, 41 servers of 6 tenants``."""
    if not number:
        return f"{name} {word}"
    of = f" of {whose[0][0]}" if len(whose) == 1 else ""
    if len(whose) > 1:
        of = f" of {len(whose)} {tenant_word(kind)}s"
    return f"{name} {word}, {count(number, kind)}{of}"


def tenant_word(kind: str) -> str:
    """What shares a thing of that kind."""
    in_cluster = ("pod", "deployment", "statefulset", "daemonset", "job", "cronjob")
    return "namespace" if kind in in_cluster else "tenant"


_PLURALS: Mapping[str, str] = {"address": "addresses", "registry": "registries", "dns": "DNS zones"}


def count(number: int, kind: str) -> str:
    """``41 servers``, ``1 load balancer``."""
    name = kind.replace("_", " ")
    return f"{number} {name if number == 1 else _PLURALS.get(kind, f'{name}s')}"
