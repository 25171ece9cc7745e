"""Canarytokens: a token was touched; the first post of a new webhook congratulates."""

from __future__ import annotations

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertType, Severity

MANIFEST = Manifest(
    name="canarytokens",
    title="Canarytokens",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.canarytokens.org/guide/getting-started.html",
)

_CONGRATULATES = "Congrats! The newly saved webhook works"


def read(request: Request) -> Reading:
    """The one token of a body."""
    body = _read.fields(request)
    memo = _read.first(body, "memo", "reminder", "description")
    channel = _read.first(body, "token_type", "channel")
    own = _read.first(body, "manage_url", "token", "canarytoken")
    if not memo and not own:
        raise Malformed("there is no memo in it", "memo")
    more = _read.part(body, "additional_data")
    source = _read.first(body, "src_ip", "source_ip") or _read.first(more, "src_ip")
    test = memo == _CONGRATULATES or channel == "test"
    what = memo if test else f"Canarytoken touched: {memo or channel}"
    alert = _read.alert(
        _read.INFO if test else _read.FIRING,
        own or memo,
        f"{what} from {source}" if source and not test else what,
        type=AlertType.SECURITY,
        severity=Severity.INFO if test else Severity.CRITICAL,
        resource=_read.first(more, "hostname", "hit_host") or memo,
        labels={
            **_read.flat(more),
            "channel": channel,
            "token": _read.first(body, "token"),
            "src_ip": source,
        },
        links=(("Source", _read.first(body, "manage_url")),),
    )
    return Reading((alert,))
