"""Spacelift: a run of a stack changes its state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _ci, _read, _sign
from integrations.base import Capability, Malformed, Manifest, Reading, Request

MANIFEST = Manifest(
    name="spacelift",
    title="Spacelift",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://docs.spacelift.io/integrations/webhooks",
)

_STATES = {"finished": "succeeded", "failed": "failed", "unconfirmed": "waiting",
           "discarded": "discarded", "stopped": "stopped"}  # fmt: skip


def verify(request: Request, secrets: Mapping[str, Any]) -> str:
    """Malformed 401 unless signed with the webhook's secret, where one is set."""
    return _sign.signed(request, _sign.secrets(secrets), "x-signature-256", prefix="sha256=")


def read(request: Request) -> Reading:
    """The one run of a body."""
    body = _read.fields(request)
    stack, run = _read.part(body, "stack"), _read.part(body, "run")
    name = _read.first(stack, "name", "id")
    if not name:
        raise Malformed("there is no stack in it", "stack")
    commit, kind = _read.part(run, "commit"), _read.first(run, "type").casefold() or "run"
    said = _read.first(body, "state") or _read.first(run, "state")
    found = _ci.run(
        _STATES.get(_read.word(said), said),
        project=name,
        job="" if kind in ("tracked", "run") else kind,
        branch=_read.first(run, "branch"),
        what=(_read.first(stack, "id") or name, kind),
        description=_read.first(body, "note") or _read.first(commit, "message"),
        labels={
            "account": _read.first(body, "account"),
            "commit": _read.first(commit, "hash"),
            "actor": _read.first(commit, "author"),
            "state": said,
        },
        links=(("Source", _read.first(run, "url")),),
        starts=run.get("createdAt"),
        ends=body.get("timestamp"),
    )
    return Reading((found,))
