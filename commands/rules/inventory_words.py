"""The words for what there is to run things on: kinds, providers, health, sizes, and what people
type to look for it. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from store.model.known import Known
from store.model.resource import KINDS, Health, Resource

PROVIDERS: Mapping[str, str] = {
    "kubernetes": "Kubernetes", "openstack": "OpenStack", "aws": "AWS", "azure": "Azure",
    "gcp": "Google Cloud",
}  # fmt: skip
_PROVIDER_ALSO = {
    "k8s": "kubernetes", "kube": "kubernetes", "os": "openstack", "nova": "openstack",
    "amazon": "aws", "google": "gcp", "gcloud": "gcp", "microsoft": "azure",
}  # fmt: skip
_KEYS = (
    ("k8s:", "kubernetes"), ("openstack:", "openstack"), ("arn:", "aws"), ("aws:", "aws"),
    ("/subscriptions/", "azure"), ("azure:", "azure"), ("//", "gcp"), ("gcp:", "gcp"),
)  # fmt: skip

_ONE = {
    "server": "VM", "load_balancer": "load balancer", "statefulset": "stateful set",
    "daemonset": "daemon set", "cronjob": "cron job", "dns": "DNS zone",
}  # fmt: skip
_MANY = {"VM": "VMs", "DNS zone": "DNS zones"}
_KIND_ALSO = {
    "vm": "server", "instance": "server", "host": "hypervisor", "compute": "hypervisor",
    "lb": "load_balancer", "loadbalancer": "load_balancer", "db": "database", "rds": "database",
    "disk": "volume", "pvc": "volume", "deploy": "deployment", "ns": "namespace",
    "hpa": "autoscaler", "sts": "statefulset", "ds": "daemonset", "tenant": "project",
    "ip": "address", "s3": "bucket", "lambda": "function", "vpc": "network", "cert": "certificate",
    "subscription": "account",
}  # fmt: skip

GLYPH: Mapping[str, str] = {
    Health.OK: "✅", Health.DEGRADED: "⚠️", Health.DOWN: "🔴", Health.UNKNOWN: "❔",
}  # fmt: skip
SAID: Mapping[str, str] = {
    Health.OK: "ok", Health.DEGRADED: "degraded", Health.DOWN: "down", Health.UNKNOWN: "not known",
}  # fmt: skip
WORST: Mapping[str, int] = {
    Health.DOWN: 0, Health.DEGRADED: 1, Health.UNKNOWN: 2, Health.OK: 3,
}  # fmt: skip
BAD = "bad"
_HEALTH_ALSO = {
    "green": "ok", "up": "ok", "fine": "ok", "amber": "degraded", "yellow": "degraded",
    "red": "down", "broken": "down", "dead": "down", "sick": BAD, "wrong": BAD, "unhealthy": BAD,
}  # fmt: skip
FIELDS = ("kind", "provider", "source", "health", "team", "region", "service", "group")
FIELD_ALSO = {"namespace": "group", "ns": "group", "tenant": "group", "cluster": "source",
               "cloud": "source", "owner": "team"}  # fmt: skip


class BadWords(ValueError):
    """What was typed can't be meant; ``where`` names the word's field."""

    def __init__(self, say: str, where: str) -> None:
        super().__init__(say)
        self.where = where


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody looks for: each field where it was said, ``words`` the rest, folded."""

    words: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """What a field was said to be; empty where it was not."""
        return self.fields.get(name, "")

    def with_(self, **fields: str) -> Asked:
        """The same with some fields said otherwise; an empty one is not said."""
        both = {**self.fields, **fields}
        return replace(self, fields={k: v for k, v in both.items() if v})

    @property
    def text(self) -> str:
        """As it can be typed again."""
        return " ".join((*self.words, *(f"{k}={v}" for k, v in self.fields.items())))


def asked(text: str) -> Asked:
    """``db prod kind=server health=bad tag:team=db``; BadWords names what there is not."""
    words: list[str] = []
    fields: dict[str, str] = {}
    for word in text.split():
        name, eq, value = _parted(word)
        if name.startswith("tag:"):
            words.append(word.casefold().partition(":")[2] + ("" if eq else "="))
        elif eq and name in FIELDS and value:
            fields[name] = _field(name, value)
        else:
            words.append(word.casefold())
    return Asked(tuple(words), fields)


def _parted(word: str) -> tuple[str, str, str]:
    """``kind=server`` and ``kind:server`` are the same."""
    for sign in ("=", ":"):
        name, eq, value = word.partition(sign)
        name = name.casefold().lstrip("-")
        name = FIELD_ALSO.get(name, name)
        if sign == "=" and eq:
            return name, eq, value
        if name in FIELDS and value:
            return name, eq, value
    return word.casefold(), "", ""


def _field(name: str, value: str) -> str:
    folded = value.casefold().replace("-", "_")
    if name == "kind":
        kind = _KIND_ALSO.get(folded, _KIND_ALSO.get(folded.removesuffix("s"), folded))
        kind = kind if kind in KINDS else kind.removesuffix("s")
        return _among("kind", kind, value, KINDS)
    if name == "health":
        return _among("health", _HEALTH_ALSO.get(folded, folded), value, (*Health, BAD))
    if name == "provider":
        return _among("provider", _PROVIDER_ALSO.get(folded, folded), value, PROVIDERS)
    return value.casefold() if name in ("team", "region", "service") else value


def _among(name: str, value: str, typed: str, known: Iterable[str]) -> str:
    if value in known:
        return value
    every = [str(each) for each in known]
    if close := get_close_matches(value, every, n=1, cutoff=0.7):
        raise BadWords(f"{typed} is no {name}. Did you mean {close[0]}?", name)
    raise BadWords(f"{typed} is no {name}; there are {', '.join(every)}.", name)


def kind_said(kind: str, number: int = 1) -> str:
    """``VM``, ``load balancers``."""
    one = _ONE.get(kind, kind.replace("_", " "))
    if number == 1:
        return one
    if one in _MANY:
        return _MANY[one]
    if one.endswith("y") and one[-2:-1] not in "aeiou":
        return f"{one[:-1]}ies"
    return f"{one}es" if one.endswith(("s", "x")) else f"{one}s"


def provider_said(provider: str) -> str:
    """``Google Cloud``; a word of a stranger as it is."""
    return PROVIDERS.get(provider, provider)


def provider_of(key: str) -> str:
    """What kind of source a resource's key is made by; empty where that can't be seen."""
    return next((kind for start, kind in _KEYS if key.startswith(start)), "")


def place(known: Known, provider: str = "") -> str:
    """Where it is: ``OpenStack prod / eu-west-1a``, ``Kubernetes prod-1 / shop``."""
    r = known.resource
    by = provider_said(provider)
    name = known.source if known.source.casefold() != by.casefold() else ""
    inside = r.zone or r.region
    if provider == "kubernetes" or not inside:
        inside = r.group or inside
    return " / ".join(filter(None, (" ".join(filter(None, (by, name))), inside)))


def size_said(resource: Resource) -> str:
    """``8 vCPU, 64 GB, 2.0 TB``; what it is sold as where no numbers are known."""
    size = resource.size
    parts = [
        f"{_short(size['vcpus'])} vCPU" if size.get("vcpus") else "",
        _gigabytes(size.get("memory_mb", 0) / 1024),
        _gigabytes(size.get("disk_gb", 0)),
        f"{_short(size['replicas'])} replicas" if "replicas" in size else "",
    ]
    numbers = ", ".join(filter(None, parts))
    return numbers or resource.type


def _gigabytes(number: float) -> str:
    if number <= 0:
        return ""
    if number >= 1000:
        return f"{number / 1024:.1f} TB"
    return f"{_short(number)} GB" if number >= 1 else f"{number * 1024:.0f} MB"


def _short(number: float) -> str:
    return f"{number:.0f}" if number == int(number) or number >= 100 else f"{number:.1f}"


RUNNING = frozenset({"server", "node", "hypervisor", "pod"})


_PLAIN = re.compile(r"[\w./:@-]+")


def filter_of(name: str) -> str:
    """The filter that means a resource by its name; "" where that name, which strangers give, says
    more in a filter than itself, as ``*`` does."""
    return f"resource={name}" if _PLAIN.fullmatch(name) else ""


def runs(resource: Resource) -> bool:
    """Whether it has been up since it was made; what is down is not, nor what never starts."""
    return resource.kind in RUNNING and resource.health is not Health.DOWN


def counted(numbers: Mapping[str, int]) -> str:
    """``214 ok · 3 degraded · 1 down``, the worst first."""
    order = sorted(numbers, key=lambda h: WORST.get(h, 9))
    return " · ".join(f"{numbers[h]} {SAID.get(h, h)}" for h in order if numbers[h])


def worst(healths: Iterable[str]) -> str:
    """The worst of some; ok where there are none."""
    return min(healths, key=lambda h: WORST.get(h, 9), default=str(Health.OK))


_BARS = "▁▂▃▄▅▆▇█"


def bars(points: Iterable[float], *, most: int = 8, low: float = 0.0, high: float = 0.0) -> str:
    """A trend in a few signs: ``▂▃▃▂``; the scale goes from ``low`` to ``high`` or the peak."""
    every = [p for p in points if math.isfinite(p)]
    if not every:
        return ""
    shown = list(_thinned(every, most))
    top = max(high, *shown)
    span = (top - low) or 1.0
    return "".join(_BARS[min(7, max(0, int((p - low) / span * 7.999)))] for p in shown)


def _thinned(points: list[float], most: int) -> Iterator[float]:
    """Means of as many stretches of equal length."""
    if len(points) <= most:
        yield from points
        return
    for i in range(most):
        some = points[i * len(points) // most : (i + 1) * len(points) // most]
        yield sum(some) / len(some)


def measured(value: float, unit: str) -> str:
    """A measure with its unit, short: ``34 %``, ``1.2 MB/s``, ``95 ms``. Memory (``iB``) is said
    as its size is, in steps of 1024."""
    if unit == "iB":
        return _gigabytes(value / 2**30) or "0 MB"
    if unit in ("B", "B/s"):
        for name in ("B", "kB", "MB", "GB", "TB"):
            if abs(value) < 1000 or name == "TB":
                return f"{value:.3g} {name}{unit[1:]}"
            value /= 1000
    said = f"{value:.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
    return f"{said} {unit}".strip()
