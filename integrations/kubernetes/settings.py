"""What can be set of one cluster, and the settings as the connector works with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from integrations.base import Misconfigured, Setting
from store.model import MINUTE, SECOND, Instant

INVENTORY = (
    Setting(
        "kubeconfig",
        "Path of a kubeconfig file; several clusters are several sources. Without it and without "
        "api_server, the service account of the pod PixelView runs in is used.",
    ),
    Setting("context", "The context of the kubeconfig; its current one where this is empty."),
    Setting("api_server", "The API server's address, instead of a kubeconfig's."),
    Setting("token", "The bearer token of a service account.", secret=True),
    Setting("token_file", "A file with the token, read anew when it changes."),
    Setting("client_certificate", "A client certificate instead of a token, as a PEM file."),
    Setting("client_key", "Its key, as a PEM file."),
    Setting("ca_file", "The authority that signed the API server's certificate, as a PEM file."),
    Setting("server_name", "The name its certificate is for, where that is not its address."),
    Setting("cluster", "What the cluster is called on cards; the source's name if empty."),
    Setting(
        "namespaces",
        "The only namespaces to look at, as a list; * stands for any letters. All if empty.",
        default=(),
    ),
    Setting("exclude_namespaces", "Namespaces to leave out, as a list; * as above.", default=()),
    Setting(
        "pods",
        "false leaves pods out of the inventory; what is wrong with them is still told of their "
        "workloads, but not what is lost with a node.",
        default=True,
    ),
    Setting("connect_timeout", "Seconds to wait for a connection.", default=5),
    Setting("read_timeout", "Seconds to wait for an answer.", default=20),
    Setting("page_size", "How many objects are asked for at once.", default=500),
    Setting("every", "Seconds between two looks at the API server's health.", default=20),
    Setting("metrics_every", "Seconds between two looks at CPU and memory; 0 never.", default=60),
    Setting("prometheus_url", "A Prometheus that scrapes the cluster: disk I/O and throttling."),
    Setting("prometheus_token", "A bearer token for it.", secret=True),
    Setting("prometheus_ca_file", "The authority that signed its certificate, as a PEM file."),
    Setting(
        "prometheus_selector",
        'Labels that its series of this cluster have, such as cluster="prod-1".',
    ),
    Setting(
        "tls_secrets",
        "true reads secrets of the type kubernetes.io/tls to see when certificates expire; this "
        "needs a right of its own. Nothing of them but names and dates is kept.",
        default=False,
    ),
    Setting("certificate_days", "Days before a certificate's end that warn.", default=21),
    Setting("crash_after", "Seconds after which a crash loop is an alert.", default=30),
    Setting("crash_calm", "Minutes without a crash until one is over.", default=10),
    Setting("restarts", "Restarts of a workload in 30 minutes that are many.", default=5),
    Setting("oom_minutes", "Minutes for which a container killed for memory is told.", default=30),
    Setting("image_after", "Seconds after which an image that can't be had is one.", default=60),
    Setting("pending_after", "Minutes after which a pod that is not started is one.", default=3),
    Setting("not_ready_after", "Minutes after which a pod that is not ready is one.", default=5),
    Setting("replicas_after", "Minutes after which missing replicas are one.", default=5),
    Setting("node_after", "Seconds after which a node that is not ready is one.", default=30),
    Setting("pressure_after", "Minutes after which a node's pressure is one.", default=2),
    Setting("cordon_hours", "Hours after which a cordoned node is one.", default=4),
    Setting("job_minutes", "Minutes for which a failed job is told.", default=1440),
    Setting("volume_after", "Minutes after which a claim that is not bound is one.", default=5),
    Setting("quota_percent", "Percent of a quota that warn.", default=90),
    Setting(
        "hpa_max_after", "Minutes after which an autoscaler at its maximum is one.", default=15
    ),
    Setting("hpa_flaps", "Turns from up to down in 30 minutes that are flapping.", default=4),
    Setting("hpa_scaled", "Whether an autoscaler that scaled is told as news.", default=True),
    Setting("hpa_scaled_minutes", "Minutes for which it is told that it has scaled.", default=10),
    Setting("api_latency", "Milliseconds for an answer that are slow.", default=2000),
)
"""Everything a source of the kind ``kubernetes`` understands, with its defaults."""

_DEFAULTS = {each.name: each.default for each in INVENTORY}
_NAMED = 8
"""So many namespaces are asked for one by one; of more, all are asked for and some kept."""


@dataclass(frozen=True, slots=True)
class Limits:
    """From when on something is wrong; spans in milliseconds."""

    crash_after: Instant = 30 * SECOND
    crash_calm: Instant = 10 * MINUTE
    restarts: int = 5
    oom: Instant = 30 * MINUTE
    image_after: Instant = MINUTE
    pending_after: Instant = 3 * MINUTE
    not_ready_after: Instant = 5 * MINUTE
    replicas_after: Instant = 5 * MINUTE
    node_after: Instant = 30 * SECOND
    pressure_after: Instant = 2 * MINUTE
    cordon: Instant = 240 * MINUTE
    job: Instant = 1440 * MINUTE
    volume_after: Instant = 5 * MINUTE
    quota: float = 90.0
    hpa_max_after: Instant = 15 * MINUTE
    hpa_flaps: int = 4
    hpa_scaled: Instant = 10 * MINUTE
    certificate: Instant = 21 * 1440 * MINUTE
    latency: float = 2000.0


@dataclass(frozen=True, slots=True)
class Source:
    """The settings of one cluster; times in seconds."""

    name: str
    cluster: str = ""
    kubeconfig: str = ""
    context: str = ""
    api_server: str = ""
    token: str = ""
    token_file: str = ""
    client_certificate: str = ""
    client_key: str = ""
    ca_file: str = ""
    server_name: str = ""
    namespaces: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    connect_timeout: float = 5.0
    read_timeout: float = 20.0
    page_size: int = 500
    every: float = 20.0
    metrics_every: float = 60.0
    prometheus_url: str = ""
    prometheus_token: str = ""
    prometheus_ca_file: str = ""
    prometheus_selector: str = ""
    tls_secrets: bool = False
    pods: bool = True
    limits: Limits = field(default_factory=Limits)

    def key(self, kind: str, name: str = "", namespace: str = "") -> str:
        """The key of a resource of this cluster."""
        path = f"{namespace}/{name}" if namespace else name
        return f"k8s:{self.name}:{kind}:{path}" if path else f"k8s:{self.name}:{kind}"

    @property
    def named(self) -> tuple[str, ...]:
        """The namespaces that are asked for one by one; empty where all are."""
        plain = len(self.namespaces) <= _NAMED and not any("*" in n for n in self.namespaces)
        return self.namespaces if plain else ()

    @property
    def excluded(self) -> tuple[str, ...]:
        """The namespaces that the API server is asked to leave out."""
        return () if self.named else tuple(n for n in self.exclude if "*" not in n)

    def looks_at(self, namespace: str) -> bool:
        """Whether a namespace is looked at; what has none is."""
        if not namespace:
            return True
        if any(fnmatchcase(namespace, each) for each in self.exclude):
            return False
        return not self.namespaces or any(fnmatchcase(namespace, n) for n in self.namespaces)


def source(name: str, settings: Mapping[str, Any]) -> Source:
    """The settings, looked through; Misconfigured says which one is wrong."""
    texts = {
        each: _text(settings, each)
        for each in ("context", "api_server", "token", "server_name", "prometheus_url",
                     "prometheus_token", "prometheus_selector")
    }  # fmt: skip
    files = {
        each: _file(settings, each)
        for each in ("kubeconfig", "token_file", "client_certificate", "client_key", "ca_file",
                     "prometheus_ca_file")
    }  # fmt: skip
    for each in ("api_server", "prometheus_url"):
        if texts[each] and not texts[each].startswith(("https://", "http://")):
            raise Misconfigured(f"{texts[each]} is no address", each)
    return Source(
        name=name,
        cluster=_text(settings, "cluster") or name,
        namespaces=_list(settings, "namespaces"),
        exclude=_list(settings, "exclude_namespaces"),
        tls_secrets=_flag(settings, "tls_secrets"),
        pods=_flag(settings, "pods"),
        page_size=int(_number(settings, "page_size", 1)),
        every=_number(settings, "every", 0.05),
        metrics_every=_number(settings, "metrics_every"),
        connect_timeout=_number(settings, "connect_timeout", 0.05),
        read_timeout=_number(settings, "read_timeout", 0.05),
        limits=_limits(settings),
        **texts,
        **files,
    )


def _limits(settings: Mapping[str, Any]) -> Limits:
    def seconds(name: str) -> Instant:
        return int(_number(settings, name) * SECOND)

    def minutes(name: str) -> Instant:
        return int(_number(settings, name) * MINUTE)

    scaled = minutes("hpa_scaled_minutes") if _flag(settings, "hpa_scaled") else 0
    return Limits(
        crash_after=seconds("crash_after"),
        crash_calm=minutes("crash_calm"),
        restarts=int(_number(settings, "restarts", 1)),
        oom=minutes("oom_minutes"),
        image_after=seconds("image_after"),
        pending_after=minutes("pending_after"),
        not_ready_after=minutes("not_ready_after"),
        replicas_after=minutes("replicas_after"),
        node_after=seconds("node_after"),
        pressure_after=minutes("pressure_after"),
        cordon=60 * minutes("cordon_hours"),
        job=minutes("job_minutes"),
        volume_after=minutes("volume_after"),
        quota=_number(settings, "quota_percent"),
        hpa_max_after=minutes("hpa_max_after"),
        hpa_flaps=int(_number(settings, "hpa_flaps", 1)),
        hpa_scaled=scaled,
        certificate=1440 * minutes("certificate_days"),
        latency=_number(settings, "api_latency", 1),
    )


def _given(settings: Mapping[str, Any], name: str) -> Any:
    value = settings.get(name)
    return _DEFAULTS[name] if value in (None, "") else value


def _text(settings: Mapping[str, Any], name: str) -> str:
    value = _given(settings, name)
    return "" if value is None else str(value).strip()


def _file(settings: Mapping[str, Any], name: str) -> str:
    path = _text(settings, name)
    if not path:
        return ""
    full = Path(path).expanduser()
    if not full.is_file():
        raise Misconfigured(f"there is no file {path}", name)
    return str(full)


def _list(settings: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = _given(settings, name)
    if isinstance(value, str):
        value = value.replace(",", " ").split()
    if not isinstance(value, (list, tuple)):
        raise Misconfigured(f"{value} is no list", name)
    return tuple(str(each).strip() for each in value if str(each).strip())


def _flag(settings: Mapping[str, Any], name: str) -> bool:
    value = _given(settings, name)
    said = str(value).lower()
    if said not in ("true", "false", "yes", "no", "on", "off"):
        raise Misconfigured(f"{value} is neither true nor false", name)
    return said in ("true", "yes", "on")


def _number(settings: Mapping[str, Any], name: str, low: float = 0.0) -> float:
    value = _given(settings, name)
    try:
        found = float(value)
    except (TypeError, ValueError):
        raise Misconfigured(f"{value} is not a number", name) from None
    if not low <= found <= 1_000_000:
        raise Misconfigured(f"{value} is out of bounds", name)
    return found
