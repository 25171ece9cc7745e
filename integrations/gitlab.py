"""GitLab: pipelines, jobs, deployments, alerts and incidents, releases and feature flags.

A job that may fail says nothing when it does; a pipeline is as it says, whatever its jobs say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from integrations import _ci, _read, _sign
from integrations.base import Capability, Manifest, Reading, Request
from store.model import AlertReading, AlertType

MANIFEST = Manifest(
    name="gitlab",
    title="GitLab",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://docs.gitlab.com/user/project/integrations/webhook_events/",
)

Body = dict[str, Any]
_ALERTS = {"triggered": _read.FIRING, "ignored": _read.INFO}
_ISSUES = {"opened": _read.FIRING, "reopened": _read.FIRING, "closed": _read.RESOLVED}
_HOLES = {"detected": _read.FIRING, "confirmed": _read.FIRING, "dismissed": _read.RESOLVED}


def verify(request: Request, secrets: Mapping[str, Any]) -> str:
    """Where the source has a secret, GitLab must send it; a signing token (``whsec_…``) is never
    sent, and signs as standardwebhooks.com has it."""
    known = _sign.secrets(secrets)
    signing = [key for key in known if key.startswith(b"whsec_")]
    sent = [key for key in known if key not in signing]
    if signing and ("webhook-signature" in request.headers or not sent):
        return _sign.standard(request, signing)
    _sign.shared(request, sent, "x-gitlab-token")
    return ""


def read(request: Request) -> Reading:
    """The pipeline, job, deployment or alert of an event."""
    body = _read.fields(request)
    kind = _read.word(_read.first(body, "object_kind", "event_type", "event_name"))
    found = _read.part(body, "object_attributes")
    if kind in ("issue", "work_item") and _read.word(_read.first(found, "type")) == "incident":
        kind = "incident"
    return Reading(_READERS.get(kind, _other)(body, found, _project(body)))


def _project(body: Body) -> str:
    project = _read.part(body, "project")
    # "gitlab-org / gitlab-test" in job events
    named = _read.first(project, "path_with_namespace") or _read.first(body, "project_name")
    return named.replace(" / ", "/") or _read.first(project, "name")


def _pipeline(body: Body, found: Body, project: str) -> tuple[AlertReading, ...]:
    failed = [_read.first(each, "name") for each in _read.parts(body.get("builds"), 500)
              if each.get("status") == "failed" and not each.get("allow_failure")]  # fmt: skip
    source = _read.first(found, "source")
    url, number = _read.first(_read.part(body, "project"), "web_url"), _read.first(found, "id")
    guessed = f"{url}/-/pipelines/{number}" if url else ""
    return (_ci.run(
        _read.first(found, "status"),
        project=project,
        job=_read.first(found, "name") or "Pipeline",
        branch=_ref(body, found),
        what=(project, _read.first(found, "name") or "pipeline"),
        description=f"Failed: {', '.join(failed[:20])}" if failed else _commit(body),
        labels={
            **_about(body, found),
            "event": source,
            "failed_jobs": ", ".join(failed[:20]),
        },
        links=(("Pipeline", _read.first(found, "url") or guessed),),
        starts=found.get("created_at"),
        ends=found.get("finished_at"),
    ),)  # fmt: skip


def _job(body: Body, _: Body, project: str) -> tuple[AlertReading, ...]:
    said = _read.first(body, "build_status")
    allowed = said == "failed" and body.get("build_allow_failure") is True
    home = _read.first(_read.part(body, "repository"), "homepage")
    number = _read.first(body, "build_id")
    return (_ci.run(
        said,
        status=_read.INFO if allowed else None,
        project=project,
        job=_read.first(body, "build_name") or "Job",
        branch=_ci.branch(_read.first(body, "ref")),
        what=(project, f"job {_read.first(body, 'build_name')}"),
        description=_read.first(body, "build_failure_reason").replace("_", " ") or _commit(body),
        labels={
            **_about(body, body),
            "stage": _read.first(body, "build_stage"),
            "runner": _read.first(_read.part(body, "runner"), "description"),
            "environment": _read.first(_read.part(body, "environment"), "name"),
            "failure_reason": _read.first(body, "build_failure_reason"),
        },
        links=(("Job", f"{home}/-/jobs/{number}" if home and number else ""),),
        starts=_when(body, "build_started_at", "build_created_at"),
        ends=_when(body, "build_finished_at"),
    ),)  # fmt: skip


def _deployment(body: Body, _: Body, project: str) -> tuple[AlertReading, ...]:
    place, said = _read.first(body, "environment"), _read.first(body, "status")
    version = _read.first(body, "ref") or _read.first(body, "short_sha")
    links = (
        ("Job", _read.first(body, "deployable_url")),
        ("Environment", _read.first(body, "environment_external_url")),
        ("Commit", _read.first(body, "commit_url")),
    )
    labels = {**_about(body, body), "environment": place, "commit": _read.first(body, "short_sha"),
              "tier": _read.first(body, "environment_tier")}  # fmt: skip
    run = _ci.run(
        said,
        project=project,
        job=f"Deployment to {place}" if place else "Deployment",
        description=_read.first(body, "commit_title"),
        labels=labels,
        links=links,
        starts=_when(body, "status_changed_at"),
        ends=_when(body, "status_changed_at"),
    )
    if run.status is _read.FIRING or said not in ("success", "running"):
        return (run,)
    made = _ci.change(
        _ci.deployed(project, version, place, "Deployed" if said == "success" else "Deploying"),
        f"{project} / deployment {_read.first(body, 'deployment_id', 'deployable_id') or place}",
        resource=project,
        description=_read.first(body, "commit_title"),
        labels=labels,
        links=links,
        at=_when(body, "status_changed_at"),
    )
    return (run, made) if said == "success" else (made,)


def _alert(body: Body, found: Body, project: str) -> tuple[AlertReading, ...]:
    return (_read.alert(
        _read.state(_read.first(found, "status"), _ALERTS),
        f"{project} / alert {_read.first(found, 'iid', 'url', 'title')}",
        _read.first(found, "title") or "An alert of GitLab",
        type=AlertType.METRIC,
        word=_read.first(found, "severity"),
        description=_read.first(found, "description"),
        resource=_read.first(found, "service", "hosts") or project,
        labels={"project": project, "events": _read.first(found, "events")},
        links=(("Alert", _read.first(found, "url")),),
        starts=found.get("started_at"),
        ends=found.get("ended_at"),
    ),)  # fmt: skip


def _incident(body: Body, found: Body, project: str) -> tuple[AlertReading, ...]:
    return (_read.alert(
        _read.state(_read.first(found, "state"), _ISSUES),
        f"{project} / incident {_read.first(found, 'iid', 'id')}",
        _read.first(found, "title") or "An incident of GitLab",
        type=AlertType.CUSTOM,
        word=_read.first(found, "severity"),
        description=_read.first(found, "description"),
        resource=project,
        labels={"project": project},
        links=(("Incident", _read.first(found, "url")),),
        starts=_when(found, "created_at"),
        ends=_when(found, "closed_at"),
    ),)  # fmt: skip


def _vulnerability(body: Body, found: Body, project: str) -> tuple[AlertReading, ...]:
    own = project or _read.first(found, "project_id")
    url, title = _read.first(found, "url"), _read.first(found, "title")
    return (_read.alert(
        _read.state(_read.first(found, "state"), _HOLES),
        f"{own} / vulnerability {url or title}",
        title or "A vulnerability",
        type=AlertType.SECURITY,
        word=_read.first(found, "severity"),
        resource=project,
        labels={"project": own, "file": _read.first(_read.part(found, "location"), "file"),
                "report": _read.first(found, "report_type")},
        links=(("Vulnerability", url),),
        starts=_when(found, "created_at"),
        ends=_when(found, "resolved_at") or _when(found, "dismissed_at"),
    ),)  # fmt: skip


def _release(body: Body, _: Body, project: str) -> tuple[AlertReading, ...]:
    tag, action = _read.first(body, "tag", "name"), _read.first(body, "action") or "create"
    title = f"{project}: release {tag} {action.removesuffix('e')}ed"
    make = _ci.change if action == "create" else _ci.note
    return (make(title, f"{project} / release {tag}", resource=project,
                 links=(("Release", _read.first(body, "url")),)),)  # fmt: skip


def _flag(body: Body, found: Body, project: str) -> tuple[AlertReading, ...]:
    name, on = _read.first(found, "name"), found.get("active")
    return (_ci.change(
        f"{project}: feature flag {name} turned {'on' if on else 'off'}",
        f"{project} / flag {name} {'on' if on else 'off'}",
        resource=project,
        description=_read.first(found, "description"),
        labels={"project": project, "flag": name,
                "actor": _read.first(_read.part(body, "user"), "username", "name")},
        links=(("User", _read.first(body, "user_url")),),
    ),)  # fmt: skip


def _other(body: Body, found: Body, project: str) -> tuple[AlertReading, ...]:
    """Pushes, comments, merge requests, tokens about to expire: information."""
    kind = _read.first(body, "object_kind", "event_type", "event_name").replace("_", " ")
    place = project or _read.first(_read.part(body, "group"), "group_path", "name") or "GitLab"
    told = _read.first(found, "title", "action") or _ci.branch(_read.first(body, "ref"))
    title = f"{place}: {kind or 'an event'}"
    return (_ci.note(f"{title}, {told}" if told else title, f"{place} / {kind}",
                     resource=project),)  # fmt: skip


def _ref(body: Body, found: Body) -> str:
    """A merge request's pipeline has its source branch as ref, which may be a fork's."""
    ref = _ci.branch(_read.first(found, "ref"))
    request = _read.part(body, "merge_request")
    fork = request.get("source_project_id") != request.get("target_project_id")
    return f"!{_read.first(request, 'iid')}:{ref}" if request and fork else ref


def _about(body: Body, found: Body) -> dict[str, str]:
    default = _read.first(_read.part(body, "project"), "default_branch")
    ref = _ci.branch(_read.first(found, "ref"))
    return {
        "commit": _read.first(found, "sha"),
        "actor": _read.first(_read.part(body, "user"), "username", "name"),
        "default_branch": str(ref == default).lower() if default and ref else "",
    }


def _commit(body: Body) -> str:
    return _read.first(_read.part(body, "commit"), "title", "message")


def _when(body: Body, *names: str) -> str:
    """``2021-04-28 21:50:00 +0200``, as its older events write it."""
    return _read.first(body, *names)


_READERS: dict[str, Callable[[Body, Body, str], tuple[AlertReading, ...]]] = {
    "pipeline": _pipeline, "build": _job, "job": _job, "deployment": _deployment,
    "alert": _alert, "incident": _incident, "vulnerability": _vulnerability,
    "release": _release, "feature_flag": _flag,
}  # fmt: skip
