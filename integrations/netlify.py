"""Netlify: deploys of a site build, are ready, or fail; what went out to everybody is a change."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from integrations import _ci, _json, _read, _sign
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading

MANIFEST = Manifest(
    name="netlify",
    title="Netlify",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://docs.netlify.com/deploy/deploy-notifications/",
)

_HEADER = "x-webhook-signature"
_STATES = {"ready": _read.RESOLVED, "error": _read.FIRING, "current": _read.RESOLVED}
_KEPT = ("context", "branch", "commit_ref", "committer", "framework", "review_id", "title",
         "site_id", "build_id", "id")  # fmt: skip


def verify(request: Request, secrets: Mapping[str, Any]) -> str:
    """Malformed 401 unless the header is a token of the secret that holds the body's hash."""
    keys = _sign.secrets(secrets)
    if keys and not any(_token_fits(request, key) for key in keys):
        raise Malformed("the signature was not made with the secret of this source", _HEADER, 401)
    return _sign.mark(request.body) if keys else ""


def _token_fits(request: Request, key: bytes) -> bool:
    parts = request.headers.get(_HEADER, "").split(".")
    if len(parts) != 3:
        return False
    signed = f"{parts[0]}.{parts[1]}".encode()
    mine = base64.urlsafe_b64encode(hmac.digest(key, signed, hashlib.sha256)).rstrip(b"=")
    if not hmac.compare_digest(mine, parts[2].encode("utf-8", "replace").rstrip(b"=")):
        return False
    try:
        claims = _json.parse(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, Malformed):
        return False
    due = hashlib.sha256(request.body).hexdigest()
    said = str(claims.get("sha256") or "") if isinstance(claims, dict) else ""
    return hmac.compare_digest(said.encode("utf-8", "replace"), due.encode())


def read(request: Request) -> Reading:
    """The one deploy of a body, and where it went live the change."""
    body = _read.fields(request)
    name, said = _read.first(body, "name", "site_name"), _read.first(body, "state")
    if not said:
        if "form_id" in body or "form_name" in body:
            form = _read.first(body, "form_name")
            return Reading((_ci.note(f"Form {form} was sent", _read.first(body, "id")),))
        raise Malformed("there is no state in it", "state")
    return Reading(tuple(_alerts(body, name, said, request.headers.get("x-netlify-event", ""))))


def _alerts(body: dict[str, Any], name: str, said: str, event: str) -> list[AlertReading]:
    branch, context = _read.first(body, "branch"), _read.first(body, "context")
    links = (
        ("Source", _read.first(body, "admin_url")),
        ("Deploy", _read.first(body, "deploy_ssl_url", "deploy_url")),
        ("Commit", _read.first(body, "commit_url")),
        ("Review", _read.first(body, "review_url")),
    )
    aside = event.endswith(("locked", "pending", "accepted", "rejected", "deleted"))
    run = _ci.run(
        said,
        project=name,
        job="deploy",
        branch=branch,
        what=(_read.first(body, "site_id") or name, context),
        status=_read.INFO if aside else _STATES.get(said.casefold()),
        description=_read.first(body, "error_message"),
        labels={each: _read.first(body, each) for each in _KEPT},
        links=links,
        ends=body.get("updated_at"),
    )
    if run.status is not _read.RESOLVED or context not in ("production", ""):
        return [run]
    version = _read.first(body, "commit_ref", "id")
    change = _ci.change(
        _ci.deployed(name, version, context),
        f"deploy {_read.first(body, 'id')}",
        resource=name,
        description=_read.first(body, "title"),
        links=links,
        at=body.get("published_at") or body.get("updated_at"),
    )
    return [run, change]
