"""What is there to run things on, how it is, what it costs, and what goes wrong with it: the words
that connectors and everything above share.

A resource's ``key`` is unique over all sources and stays: an ARN, Azure's id in lower case,
Google's full name, ``openstack:<source>:server:<uuid>``, ``k8s:<source>:deployment:shop/cart``. It
and what is in ``ids`` are its strong names, by which others call it their parent; host names and
addresses are weak ones: two may have the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.model import Instant, Link, Severity

KINDS = (
    "cloud", "region", "zone", "account", "project", "cluster", "namespace", "aggregate",
    "hypervisor", "node", "server", "pod", "deployment", "statefulset", "daemonset", "job",
    "cronjob", "autoscaler", "quota", "volume", "snapshot", "image", "bucket", "database", "cache",
    "queue", "function", "network", "subnet", "port", "router", "address", "load_balancer",
    "gateway", "dns", "certificate", "key", "pool", "agent", "endpoint", "service", "stack",
    "registry", "alarm", "other",
)  # fmt: skip
"""What kinds there are, of every provider alike. ``server`` is a virtual machine, ``hypervisor``
what it runs on, ``node`` a machine of a cluster; ``agent`` a part of a control plane (nova-compute,
a neutron agent), ``endpoint`` an API; ``account`` an AWS account or Azure subscription, ``project``
a tenant; ``pool`` storage that volumes come from."""

METRICS = {
    "cpu": "%", "memory": "%", "disk": "%", "disk_read": "B/s", "disk_write": "B/s",
    "disk_queue": "", "network_in": "B/s", "network_out": "B/s", "connections": "",
    "latency": "ms", "errors": "/s", "requests": "/s", "throttled": "/s", "queue_depth": "",
    "queue_age": "s", "free_storage": "B", "credits": "", "replicas": "", "restarts": "",
    "vcpus_used": "", "vcpus": "", "memory_used": "B", "memory_size": "B", "disk_used": "B",
    "disk_size": "B", "used": "", "limit": "", "quota": "%",
}  # fmt: skip
"""The measures that are known by name, with their unit; others are taken as they are called. A
quota has ``quota`` (percent of the limit), ``used`` and ``limit``."""


class Health(StrEnum):
    """How a resource is; ``unknown`` where its provider does not say."""

    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing of a provider, as it is now.

    ``state`` is the provider's own word, ``why`` says why it is not ok. ``type`` is what it is sold
    as (``m5.4xlarge``), ``size`` in numbers: vcpus, memory_mb, disk_gb, replicas. ``account`` is
    the account, subscription, project or cluster, ``group`` what it lies in there: a namespace, a
    resource group, a tenant. ``tags`` are its labels there; owner, team and environment are read
    from them. ``parents`` are the strong names of what it stands on, hangs on or belongs to: what
    it loses when they fail. ``facts`` are worth reading and nothing else.
    """

    key: str
    kind: str
    name: str
    state: str = ""
    health: Health = Health.OK
    why: str = ""
    type: str = ""
    region: str = ""
    zone: str = ""
    account: str = ""
    group: str = ""
    size: Mapping[str, float] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    ids: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    created_at: Instant | None = None
    url: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong now. ``key`` is unique within its source and the same after a restart
    of either side: it names the workload, not the pod. ``kind`` is the field's word for it
    (``CrashLoopBackOff``), ``resource`` the key of what it is about. It becomes an alert once it
    has lasted ``after`` milliseconds, and is over once it was not seen for ``calm``."""

    key: str
    kind: str
    severity: Severity
    title: str
    resource: str = ""
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    since: Instant | None = None
    after: Instant = 0
    calm: Instant = 0


@dataclass(frozen=True, slots=True)
class Sample:
    """A measure of a resource at an instant, in the unit of ``METRICS``."""

    resource: str
    metric: str
    at: Instant
    value: float


@dataclass(frozen=True, slots=True)
class Cost:
    """What was spent on a day (``2026-11-25``), as far as it is known by now: a line for each
    service, account, region and so on. ``team`` is empty where it is to be read from ``tags``.
    ``usage`` says of what (``m5.4xlarge``), ``resource`` is a key where the bill names one."""

    day: str
    service: str
    amount: float
    currency: str
    account: str = ""
    region: str = ""
    team: str = ""
    usage: str = ""
    resource: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """Money or order that could be had. ``rule`` is what found it (``unattached-disk``), ``saving``
    a month's in ``currency``, ``why`` the rule with its figures and the day of its prices;
    ``origin`` is ``rule`` or the recommender that said it. Two with the same rule and resource are
    one, whoever said it."""

    key: str
    rule: str
    resource: str
    title: str
    saving: float = 0.0
    currency: str = "USD"
    why: str = ""
    origin: str = "rule"
    since: Instant | None = None


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to a resource: an event of a cluster, a call of an API. Those with
    the same ``key`` are one, counted. ``who`` did it, where that is known; ``warning`` where it is
    no everyday thing; ``change`` where it may be what broke something."""

    key: str
    at: Instant
    reason: str
    text: str = ""
    resource: str = ""
    who: str = ""
    count: int = 1
    warning: bool = False
    change: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
