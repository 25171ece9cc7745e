"""Grafana: unified alerting, which speaks as Alertmanager does, legacy alerts, and custom bodies.

In unified alerting the status of each alert counts: its test button sends ``state: alerting``
with ``status: resolved``. A legacy body is one rule; its ``ok`` has lost the series it was about.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _form, _prometheus_bodies, _read, _sign
from integrations.base import Capability, Malformed, Manifest, Reading, Request, Setting
from store.model import AlertReading, AlertType

_SIGNATURE = "X-Grafana-Alerting-Signature"

MANIFEST = Manifest(
    name="grafana",
    title="Grafana",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(
        _sign.SECRET,
        Setting("secret_header", "The header of the HMAC signature.", default=_SIGNATURE),
        Setting(
            "timestamp_header",
            "The header of the signed time; with it what was overheard can't be sent again later.",
        ),
    ),
    docs="https://grafana.com/docs/grafana/latest/alerting/configure-notifications/"
    "manage-contact-points/integrations/webhook-notifier/",
)

_STATES = {
    "alerting": _read.FIRING,
    "no_data": _read.FIRING,
    "ok": _read.RESOLVED,
    "paused": _read.INFO,
    "pending": _read.INFO,
    "unknown": _read.INFO,
}
_HOSTS = ("instance", "host", "hostname", "server", "node", "device", "pod", "container")


def verify(request: Request, secrets: Mapping[str, Any]) -> str:
    """Malformed 401 unless signed as the contact point's HMAC setting says, where a secret is set.

    Without a signed time two alike bodies may both be meant, so that no repeat is known.
    """
    if not (known := _sign.secrets(secrets)):
        return ""
    header = str(secrets.get("secret_header") or _SIGNATURE).lower()
    timed = str(secrets.get("timestamp_header") or "").lower()
    if not timed:
        _sign.signed(request, known, header)
        return ""
    stamp = request.headers.get(timed, "")
    _sign.fresh(request, stamp, timed)
    return _sign.signed(request, known, header, before=f"{stamp}:".encode())


def read(request: Request) -> Reading:
    """The alerts of unified alerting, or the one of a legacy rule or a body of one's own."""
    if b'"alerts"' in request.body:
        return Reading(_prometheus_bodies.alerts(request))
    value = _form.value(request)
    if isinstance(value, list):  # alerts in the form of Alertmanager's own API
        return Reading(_prometheus_bodies.alerts(request))
    body = _read.an_object(value)
    if "ruleName" in body or "ruleId" in body or "evalMatches" in body:
        return Reading((_legacy(body),))
    return Reading((_custom(body),))


def _legacy(body: dict[str, Any]) -> AlertReading:
    tags = _read.tags(body.get("tags"))
    matches = _read.parts(body.get("evalMatches"))
    series = [_read.tags(each.get("tags")) for each in matches]
    title = _read.first(body, "ruleName") or _unmarked(_read.first(body, "title"))
    common = {**(series[0] if len(series) == 1 else {}), **tags}
    place = next((place for found in (tags, *series) if (place := _place(found))), "")
    values = [f"{_read.text(m.get('metric'))}: {_read.text(m.get('value'))}" for m in matches]
    lines = [_read.first(body, "message"), *values]
    return _read.alert(
        _read.state(_read.first(body, "state"), _STATES),
        _legacy_key(body, title),
        title or _read.first(body, "message"),
        type=AlertType.METRIC,
        word=_read.first(tags, "severity", "priority", "level"),
        description="\n".join(line for line in lines if line),
        resource=place,
        labels=common,
        links=(("Source", _read.first(body, "ruleUrl")), ("Image", _read.first(body, "imageUrl"))),
    )


def _place(tags: dict[str, str]) -> str:
    return _read.first(tags, *_HOSTS)


def _legacy_key(body: dict[str, Any], title: str) -> str:
    """The organisation and the rule; the test button sends rule 0, others leave it out."""
    org = _read.first(body, "orgId") or "0"
    if rule := _read.first(body, "ruleId"):
        return f"org {org} rule {rule}"
    return f"org {org} {title}"


def _unmarked(title: str) -> str:
    """``[Alerting] Disk full`` less its state, which is not always the state."""
    mark, bracket, rest = title.partition("] ")
    return rest if bracket and mark.startswith("[") else title


def _custom(body: dict[str, Any]) -> AlertReading:
    """A payload template of one's own, such as ``{"text": …}`` alone."""
    title = _read.first(body, "title", "summary", "alertname", "name", "text", "message")
    title = title or _read.unexpanded(body)
    if not title:
        raise Malformed("there are no alerts, no rule and no title in it", "alerts")
    said = _read.first(body, "status", "state")
    return _read.alert(
        _read.state(said, _STATES),
        _read.first(body, "fingerprint", "alert_uid", "key", "id", "groupKey"),
        title,
        type=AlertType.METRIC,
        word=_read.first(body, "severity", "priority", "level"),
        description=_read.first(body, "message", "text", "description"),
        resource=_place({**_read.tags(body.get("labels")), **_read.flat(body)}),
        labels=_read.tags(body.get("labels")) or _read.tags(body.get("commonLabels")),
        links=(
            ("Source", _read.first(body, "url", "externalURL", "link", "link_to_upstream_details")),
        ),
        ends=body.get("endsAt"),
    )
