"""Robusta's webhook sink: a finding as JSON or as lines of text.

A finding that is over is told only by ``[RESOLVED] `` before its title, and by ``ends_at``. A body
over the sink's limit has lost its last fields, the fingerprint first.
"""

from __future__ import annotations

from typing import Any

from integrations import _json, _read, _text
from integrations._time import instant
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType, Severity

MANIFEST = Manifest(
    name="robusta",
    title="Robusta",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.robusta.dev/master/configuration/sinks/webhook.html",
)

_OVER = "[RESOLVED] "
_SEVERITIES = {"high": Severity.ERROR, "medium": Severity.WARNING, "low": Severity.WARNING}
_NO_LABELS = ("title", "description", "starts_at", "ends_at", "failure", "severity",
              "creation_date", "investigate_uri", "video_links")  # fmt: skip


def read(request: Request) -> Reading:
    """The one finding of a body."""
    if _json.looks_like_json(request.body) or request.content_type not in ("", "text/plain"):
        return Reading((_finding(_read.fields(request)),))
    lines = request.body[:65_536].decode("utf-8", "replace").strip().split("\n", 1)
    title = _text.title(lines[0])
    if not title or title.startswith("<"):
        raise Malformed("expected a finding as JSON or text")
    return Reading((_finding({"title": title, "description": lines[-1]}),))


def _finding(body: dict[str, Any]) -> AlertReading:
    title = _read.first(body, "title")
    if not title:
        raise Malformed("there is no title in it", "title")
    over = title.startswith(_OVER) or instant(body.get("ends_at")) is not None
    title = title.removeprefix(_OVER)
    subject = _read.part(body, "subject")
    place = _read.first(subject, "name") or _read.first(body, "service_key", "subject_name")
    space = _read.first(subject, "namespace") or _read.first(body, "subject_namespace")
    cluster = _read.first(body, "cluster_name", "cluster")
    rule = _read.first(body, "aggregation_key") or title
    word = _read.raw(body, "severity")
    return _read.alert(
        _read.RESOLVED if over else _read.FIRING,
        _read.first(body, "fingerprint")
        or " ".join(part for part in (cluster, rule, space, place) if part),
        _read.on(title, place),
        type=AlertType.KUBERNETES,
        word=word,
        severity=_SEVERITIES.get(word.casefold()),
        description=_read.first(body, "description"),
        resource=place,
        labels={
            **_read.tags(subject.get("labels")),
            **_read.flat(subject),
            **_read.flat(body, _NO_LABELS),
            "cluster": cluster,
            "namespace": space,
        },
        links=(("Source", _read.first(body, "investigate_uri")),),
        starts=body.get("starts_at"),
        ends=body.get("ends_at"),
    )
