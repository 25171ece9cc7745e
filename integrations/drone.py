"""Drone, and Harness CI as it was: builds fail and pass; users and repositories beside them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from integrations import _ci, _read, _sign
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading

MANIFEST = Manifest(
    name="drone",
    title="Drone",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://docs.drone.io/webhooks/overview/",
)

_FIELD = re.compile(r'([A-Za-z]+)="([^"]*)"')
_SAID = {"killed": "cancelled", "declined": "cancelled"}


def verify(request: Request, secrets: Mapping[str, Any]) -> str:
    """Where the source has a secret, date and digest of the body must be signed with it (HTTP
    signatures of Cavage's draft, as Drone makes them)."""
    if not (known := _sign.secrets(secrets)):
        return ""
    date, digest = (request.headers.get(name, "") for name in ("date", "digest"))
    _sign.fresh(request, _sent_at(date), "date")
    due = base64.b64encode(hashlib.sha256(request.body).digest()).decode()
    text = f"date: {date}\ndigest: {digest}"
    mine = [base64.b64encode(hmac.digest(key, text.encode("utf-8", "replace"), "sha256")).decode()
            for key in known]  # fmt: skip
    fields = dict(_FIELD.findall(request.headers.get("signature", "")[:1000]))
    signs = fields.get("headers") == "date digest"
    whole = _sign.any_same([due], [digest.removeprefix("SHA-256=")])
    if not (signs and whole and _sign.any_same(mine, [fields.get("signature", "")])):
        raise Malformed("the signature was not made with the secret of this source", "signature",
                        401)  # fmt: skip
    return _sign.mark(text.encode("utf-8", "replace"))


def _sent_at(date: str) -> str:
    try:
        return str(int(parsedate_to_datetime(date).timestamp()))
    except (ValueError, OverflowError):
        return ""


def read(request: Request) -> Reading:
    """The one build of a body."""
    body = _read.fields(request)
    build = _read.part(body, "build")
    repo = _read.part(body, "repo") or _read.part(body, "repository")
    event = _read.first(body, "event")
    if not build:
        if not event:
            raise Malformed("there is no build in it", "build")
        place = _read.first(repo, "slug", "full_name")
        title = f"{place or 'Drone'}: {event} {_read.first(body, 'action')}".strip()
        return Reading((_ci.note(title, title, resource=place),))
    return Reading((_build(body, build, repo),))


def _build(body: dict[str, Any], build: dict[str, Any], repo: dict[str, Any]) -> AlertReading:
    owner, name = _read.first(repo, "namespace", "owner"), _read.first(repo, "name")
    place = _read.first(repo, "slug", "full_name") or (f"{owner}/{name}" if owner else name)
    said = _read.first(build, "status")
    number = _read.first(build, "number")
    system = _read.part(body, "system")
    host = _read.first(system, "link") or _read.first(system, "proto")
    link = f"{host}/{place}/{number}" if "://" in host and number else ""
    return _ci.run(
        _SAID.get(said, said),
        project=place,
        job="build",
        branch=_ci.branch(_read.first(build, "target", "branch", "ref")),
        what=(place, "build"),
        description=_read.first(build, "message", "title", "error"),
        labels={
            "number": number,
            "event": _read.first(build, "event"),
            "commit": _read.first(build, "after", "commit"),
            "actor": _read.first(build, "author_login", "author", "sender"),
            "deploy_to": _read.first(build, "deploy_to"),
        },
        links=(("Build", link), ("Commit", _read.first(build, "link"))),
        starts=build.get("started"),
        ends=build.get("finished"),
    )
