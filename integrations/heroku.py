"""Heroku: builds and releases fail or go through, dynos crash; deploy hooks of before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _ci, _read, _sign
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType

MANIFEST = Manifest(
    name="heroku",
    title="Heroku",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://devcenter.heroku.com/articles/webhook-events",
)

_DYNOS = {"crashed": _read.FIRING, "up": _read.RESOLVED, "idle": _read.INFO}
_HEADER = "heroku-webhook-hmac-sha256"


def verify(request: Request, secrets: Mapping[str, Any]) -> str:
    """Where the source has a secret, the body must be signed with it, in base64."""
    return _sign.signed_base64(request, _sign.secrets(secrets), _HEADER)


def read(request: Request) -> Reading:
    """The one event of a body; a release that went through is a change too."""
    body = _read.fields(request)
    found = _read.part(body, "data")
    if not found:
        if not _read.first(body, "app"):
            raise Malformed("there is no app in it", "app")
        return Reading((_hook(body),))
    kind = _read.first(body, "resource")
    kind = kind or _read.first(_read.part(body, "webhook_metadata", "event"), "include")
    kind = kind.rpartition(":")[2]
    app = _read.first(_read.part(found, "app"), "name") or _read.first(found, "name")
    if kind == "dyno":
        return Reading((_dyno(found, app),))
    if kind in ("build", "release") and _read.first(found, "status"):
        return Reading(_run(kind, found, app))
    action = _read.first(body, "action")
    title = f"{app or 'Heroku'}: {kind} {action}".strip()
    return Reading((_ci.note(title, f"{app} / {kind} {action}", resource=app),))


def _hook(body: dict[str, Any]) -> AlertReading:
    """The deploy hook: a form, sent once it is out."""
    app, head = _read.first(body, "app"), _read.first(body, "head", "head_long")
    release = _read.first(body, "release")
    return _ci.change(
        _ci.deployed(app, head, "", f"Deployed {release} of" if release else "Deployed"),
        f"{app} / {release or head}",
        resource=app,
        description=_read.first(body, "git_log"),
        labels={"commit": _read.first(body, "head_long", "head"), "release": release,
                "actor": _read.first(body, "user")},
        links=(("App", _read.first(body, "url")),),
    )  # fmt: skip


def _run(kind: str, found: dict[str, Any], app: str) -> tuple[AlertReading, ...]:
    said = _read.first(found, "status")
    slug = _read.part(found, "slug")
    commit = _read.first(slug, "commit") or _read.first(_read.part(found, "source_blob"), "version")
    version = _read.first(found, "version")
    labels = {"commit": commit, "release": version,
              "actor": _read.first(_read.part(found, "user"), "email")}  # fmt: skip
    run = _ci.run(
        said,
        project=app,
        job=kind.capitalize(),
        what=(app, kind),
        description=_read.first(found, "description", "slug_commit_description"),
        labels=labels,
        links=(("Output", _read.first(found, "output_stream_url")),),
        starts=found.get("created_at"),
        ends=found.get("updated_at"),
    )
    if kind != "release" or run.status is not _read.RESOLVED:
        return (run,)
    made = _ci.change(
        _ci.deployed(app, commit, "", f"Deployed v{version} of" if version else "Deployed"),
        f"{app} / v{version or commit}",
        resource=app,
        description=_read.first(found, "description"),
        labels=labels,
        at=found.get("updated_at"),
    )
    return (run, made)


def _dyno(found: dict[str, Any], app: str) -> AlertReading:
    name, state = _read.first(found, "name"), _read.first(found, "state")
    code = _read.first(found, "exit_status")
    return _read.alert(
        _read.state(state, _DYNOS) if state in _DYNOS else _read.INFO,
        f"{app} / dyno {name}",
        f"{app}: {name} is {state}" if state else f"{app}: {name}",
        type=AlertType.SERVICE,
        description=f"It ended with {code}" if code and code != "0" else "",
        resource=app,
        labels={"app": app, "dyno": name, "type": _read.first(found, "type"),
                "command": _read.first(found, "command"), "exit_status": code},
        starts=found.get("updated_at"),
        ends=found.get("updated_at"),
    )  # fmt: skip
