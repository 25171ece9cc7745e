"""Certificates soon to expire: the API server's own, those of cert-manager, and TLS secrets where
reading them is wanted and allowed. Of a secret nothing is kept but its name and dates."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Iterator
from typing import TYPE_CHECKING

from integrations.base import Item, Progress
from integrations.kubernetes.api import Refused, Thing, Unreachable
from integrations.kubernetes.drafts import ERROR, WARNING, Draft
from integrations.kubernetes.objects import condition, part, text
from integrations.kubernetes.of_workloads import tags_of
from integrations.kubernetes.quantities import instant, span
from store.model import DAY, Instant
from store.model.resource import Health, Resource

if TYPE_CHECKING:
    from integrations.kubernetes.connector import Kubernetes


def certificates(connector: Kubernetes) -> list[Item]:
    """Every certificate that can be seen, with when it ends."""
    found: list[Item] = []
    notes: list[str] = []
    found += _of_the_server(connector)
    issued = _list(connector, "/apis/cert-manager.io/v1", "certificates", notes)
    for each in issued:
        found += _issued(connector, each)
    if connector.source.tls_secrets:
        known = {_secret_of(each) for each in issued}
        query = [("fieldSelector", "type=kubernetes.io/tls")]
        for each in _list(connector, "/api/v1", "secrets", notes, query):
            if _path(each) not in known:
                found += _secret(connector, each)
    if notes:
        found.append(Progress(len(found), 0, f"not there or not allowed: {', '.join(notes)}"))
    return found


def _list(
    connector: Kubernetes, path: str, what: str, notes: list[str],
    query: list[tuple[str, str]] | None = None,
) -> list[Thing]:  # fmt: skip
    source = connector.source
    places = [f"/namespaces/{n}" for n in source.named] or [""]
    try:
        listed = [
            e for place in places
            for e in connector.api.everything(f"{path}{place}/{what}", query or [])
        ]  # fmt: skip
    except Refused as error:
        if error.status not in (403, 404):
            raise
        if error.status == 403:
            notes.append(what)
        return []
    return [e for e in listed if source.looks_at(text(part(e, "metadata"), "namespace"))]


def _path(thing: Thing) -> str:
    meta = part(thing, "metadata")
    return f"{text(meta, 'namespace')}/{text(meta, 'name')}"


def _secret_of(thing: Thing) -> str:
    namespace = text(part(thing, "metadata"), "namespace")
    return f"{namespace}/{text(part(thing, 'spec'), 'secretName')}"


def _of_the_server(connector: Kubernetes) -> Iterator[Item]:
    try:
        ends, _ = connector.api.certificate()
        at = int(ssl.cert_time_to_seconds(ends) * 1000) if ends else None
    except (Refused, Unreachable, ValueError):
        return
    if at is not None:
        yield from _told(connector, "", "kube-apiserver", at, "API server", {})


def _issued(connector: Kubernetes, thing: Thing) -> Iterator[Item]:
    meta, status = part(thing, "metadata"), part(thing, "status")
    namespace, name = text(meta, "namespace"), text(meta, "name")
    ready = condition(thing, "Ready")
    at = instant(status.get("notAfter"))
    why = text(ready, "message") if ready.get("status") == "False" else ""
    yield from _told(connector, namespace, name, at, "cert-manager", tags_of(thing), why)
    if ready.get("status") == "False":
        yield _draft(
            connector, namespace, name, "CertificateNotReady", "Certificate not ready", WARNING,
            (text(ready, "message"),), since=instant(ready.get("lastTransitionTime")),
        )  # fmt: skip


def _secret(connector: Kubernetes, thing: Thing) -> Iterator[Item]:
    from cryptography import x509

    meta = part(thing, "metadata")
    try:
        pem = base64.b64decode(text(part(thing, "data"), "tls.crt"))
        first = x509.load_pem_x509_certificates(pem)[0]
    except (ValueError, IndexError):
        return
    at = int(first.not_valid_after_utc.timestamp() * 1000)
    namespace, name = text(meta, "namespace"), text(meta, "name")
    yield from _told(connector, namespace, name, at, "TLS secret", tags_of(thing))


def _told(
    connector: Kubernetes, namespace: str, name: str, ends: Instant | None, type: str,
    tags: dict[str, str], why: str = "",
) -> Iterator[Item]:  # fmt: skip
    source, now = connector.source, connector.clock.now()
    left = ends - now if ends is not None else None
    late = left is not None and left < source.limits.certificate
    state = "expired" if left is not None and left <= 0 else "expires soon" if late else "valid"
    health = Health.DOWN if state == "expired" else Health.DEGRADED if late or why else Health.OK
    above = source.key("namespace", namespace) if namespace else source.key("cluster")
    day = _day(ends) if ends is not None else ""
    yield Resource(
        source.key("certificate", name, namespace), "certificate", name,
        state="not ready" if why and not late else state, health=health, why=why[:200], type=type,
        account=source.cluster, group=namespace, tags=tags, parents=(above,),
        facts={"ends": day} if day else {},
    )  # fmt: skip
    if late and ends is not None:
        over = ends <= now
        yield _draft(
            connector, namespace, name, "CertificateExpired" if over else "CertificateExpiring",
            "Certificate has expired" if over else "Certificate expires soon",
            ERROR if over or ends - now < 3 * DAY else WARNING,
            (f"{type}, ends {day}", f"in {span(ends - now)}" if not over else ""),
            key="Certificate",
        )  # fmt: skip


def _day(at: Instant) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _draft(
    connector: Kubernetes, namespace: str, name: str, kind: str, title: str, severity: object,
    said: tuple[str, ...], *, since: Instant | None = None, key: str = "",
) -> Item:  # fmt: skip
    source = connector.source
    path = f"{namespace}/{name}" if namespace else name
    return Draft(
        f"{key or kind} certificate {path}", kind, ERROR if severity is ERROR else WARNING,
        f"{title} {path} ({source.cluster})", source.key("certificate", name, namespace),
        said=said, labels={"cluster": source.cluster, "namespace": namespace,
                           "kind": "certificate", "name": name, "reason": kind}, since=since,
    ).fault(connector.clock.now())  # fmt: skip
