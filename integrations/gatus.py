"""Gatus: the body of a custom provider, written out of its placeholders."""

from __future__ import annotations

import re

from integrations import _read, _uptime
from integrations.base import Capability, Malformed, Manifest, Reading, Request

MANIFEST = Manifest(
    name="gatus",
    title="Gatus",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://github.com/TwiN/gatus#configuring-custom-alerts",
)

_STATES = {"triggered": _read.FIRING, "trigger": _read.FIRING, "resolved": _read.RESOLVED,
           "true": _read.RESOLVED, "false": _read.FIRING}  # fmt: skip
_TEXT = re.compile(r"\W*(TRIGGERED|RESOLVED)\W+(.*)", re.DOTALL | re.IGNORECASE)


def read(request: Request) -> Reading:
    """The one endpoint of a body."""
    sent = _read.fields(request)
    body = _read.folded(sent)
    name = _read.first(body, "endpointname", "name", "endpoint", "servicename", "service", "title")
    told = _read.first(body, "text", "message", "content", "details", "description", "body")
    said = _read.first(body, "alerttriggeredorresolved", "status", "state", "action", "eventaction",
                       "event", "resolved", "success")  # fmt: skip
    found = _TEXT.match(told[:2_000])
    if found and not said:
        said = found[1]
    heading = name or (found[2] if found else told)
    if not heading:
        raise Malformed("there is no endpoint in it: send [ENDPOINT_NAME] as name", "name")
    group = _read.first(body, "endpointgroup", "group", "servicegroup")
    errors = _read.first(body, "resulterrors", "errors", "error")
    about = _read.first(body, "alertdescription", "description")
    alert = _uptime.check(
        said,
        f"{group} {name or heading}".strip(),
        f"{group}/{name}" if group and name else heading,
        status=_STATES.get(_read.word(said)),
        reason=errors or about if name else "",
        place=_read.first(body, "endpointurl", "url", "serviceurl"),
        word=_read.first(body, "severity", "priority"),
        description="\n".join(part for part in (about, errors, told) if part),
        labels=_read.flat(sent, ("text", "message", "content")),
    )
    return Reading((alert,))
