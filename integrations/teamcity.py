"""TeamCity: its own webhooks, the tcWebHooks plugin, and bodies in Slack's shape made by it."""

from __future__ import annotations

from typing import Any

from integrations import _ci, _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertStatus

MANIFEST = Manifest(
    name="teamcity",
    title="TeamCity",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://www.jetbrains.com/help/teamcity/teamcity-webhooks.html",
)

_COLORS = {"danger": "failure", "good": "success", "warning": "running"}


def read(request: Request) -> Reading:
    """The build of an event; agents and changes are information."""
    body = _read.fields(request)
    if build := _read.part(body, "build"):
        return Reading((_plugin(build),))
    if "buildResult" in body or "buildTypeId" in body:
        return Reading((_plugin(body),))
    event, found = _read.first(body, "eventType"), _read.part(body, "payload")
    if event and found:
        return Reading((_own(event, found),))
    if attachments := _read.parts(body.get("attachments")):
        return Reading((_slack(attachments[0]),))
    if not event and not _read.first(body, "text", "message"):
        raise Malformed("there is no build in it", "build")
    name = _read.first(body, "text", "message") or event
    return Reading((_ci.note(f"TeamCity: {name}", name),))


def _own(event: str, build: dict[str, Any]) -> AlertReading:
    """A build counts once it is finished; an interrupted one was stopped by somebody."""
    if not event.startswith("BUILD"):
        name = _read.first(build, "name", "username", "id")
        said = event.replace("_", " ").casefold()
        return _ci.note(f"TeamCity: {said} {name}".strip(), f"{event} {name}", resource=name)
    kind = _read.part(build, "buildType")
    name, project = _read.first(kind, "name"), _read.first(kind, "projectName")
    over = event == "BUILD_FINISHED" and _read.first(build, "state") in ("finished", "")
    said = _read.first(build, "status") if over else event.removeprefix("BUILD_")
    return _ci.run(
        said,
        status=_read.INFO if build.get("personal") is True else None,
        project=project or name,
        job=name,
        branch=_ci.branch(_read.first(build, "branchName")),
        what=(_read.first(build, "buildTypeId") or _read.first(kind, "id") or name,),
        description=_read.first(build, "statusText"),
        labels={
            "number": _read.first(build, "number"),
            "build_type": _read.first(build, "buildTypeId"),
            "agent": _read.first(_read.part(build, "agent"), "name"),
            "actor": _read.first(_read.part(build, "triggered", "user"), "username", "name"),
        },
        links=(("Build", _read.first(build, "webUrl")),),
        starts=build.get("startDate"),
        ends=build.get("finishDate"),
    )


def _plugin(build: dict[str, Any]) -> AlertReading:
    name = _read.first(build, "buildName") or _read.first(build, "buildFullName")
    project = _read.first(build, "projectName")
    known = ("buildTypeId", "buildExternalTypeId", "buildInternalTypeId")
    personal = _read.first(build, "buildIsPersonal", "personal").casefold() == "true"
    return _ci.run(
        _read.first(build, "buildResult", "notifyType", "buildStateDescription"),
        status=_read.INFO if personal else _told(build),
        project=project or name,
        job=name,
        branch=_ci.branch(_read.first(build, "branchName", "branchDisplayName")),
        what=(_read.first(build, *known) or name,),
        description=_read.first(build, "buildStatus"),
        labels={
            "number": _read.first(build, "buildNumber"),
            "build_type": _read.first(build, *known),
            "agent": _read.first(build, "agentName"),
            "actor": _read.first(build, "triggeredBy"),
            "change": _read.first(build, "buildResultDelta"),
        },
        links=(("Build", _read.first(build, "buildStatusUrl")),),
    )


def _told(build: dict[str, Any]) -> AlertStatus | None:
    """Before the end ``buildResult`` is what it would be by now, or ``running``."""
    kind = _read.first(build, "notifyType")
    early = kind in ("buildStarted", "changesLoaded", "buildInterrupted", "buildAddedToQueue",
                     "buildRemovedFromQueue", "responsibilityChanged", "buildPinned")  # fmt: skip
    return _read.INFO if early else None


def _slack(attachment: dict[str, Any]) -> AlertReading:
    title = _read.first(attachment, "title", "fallback", "text") or "A build without a name"
    color = _read.first(attachment, "color")
    fields = {_read.first(f, "title"): _read.first(f, "value")
              for f in _read.parts(attachment.get("fields"))}  # fmt: skip
    project, branch = fields.get("Project", ""), fields.get("Branch", "")
    return _ci.run(
        _COLORS.get(color, color),
        project=project,
        branch=branch,
        what=(project or title,),
        title=title,
        description=fields.get("Status", ""),
        links=(("Build", _read.first(attachment, "title_link")),),
    )
