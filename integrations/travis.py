"""Travis CI: a form whose field ``payload`` is JSON. A pull request's branch is its target."""

from __future__ import annotations

import re
from typing import Any

from integrations import _ci, _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading

MANIFEST = Manifest(
    name="travis",
    title="Travis CI",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.travis-ci.com/user/notifications/#configuring-webhook-notifications",
)

_PULL = re.compile(r"/pull/(\d{1,12})$")


def read(request: Request) -> Reading:
    """The one build of a body."""
    body = _read.fields(request)
    if not any(name in body for name in ("repository", "state", "status", "status_message")):
        raise Malformed("there is no build in it", "payload")
    return Reading((_build(body),))


def _build(body: dict[str, Any]) -> AlertReading:
    repository = _read.part(body, "repository")
    owner, name = _read.first(repository, "owner_name"), _read.first(repository, "name")
    place = f"{owner}/{name}" if owner and name else name or "A repository without a name"
    number = _read.first(body, "pull_request_number")
    kind = _read.first(body, "type")
    request = kind == "pull_request" or (bool(number) and kind == "")
    if request and not number:
        asked = _PULL.search(_read.first(body, "compare_url"))
        number = asked[1] if asked else ""
    branch = f"#{number}" if request and number else _read.first(body, "branch", "tag")
    return _ci.run(
        _said(body),
        project=place,
        branch=branch,
        description=_read.first(body, "message"),
        labels={
            "event": kind,
            "commit": _read.first(body, "commit"),
            "number": _read.first(body, "number"),
            "actor": _read.first(body, "author_name", "committer_name"),
        },
        links=(
            ("Build", _read.first(body, "build_url")),
            ("Changes", _read.first(body, "compare_url")),
        ),
        starts=body.get("started_at"),
        ends=body.get("finished_at"),
    )


def _said(body: dict[str, Any]) -> str:
    """The state where there is one, else the message, else the number: 0 is a pass."""
    if said := _read.first(body, "status_message", "result_message", "state"):
        return said
    number = _read.first(body, "status", "result")
    return {"0": "passed", "1": "failed"}.get(number, number or "pending")
