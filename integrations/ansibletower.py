"""Ansible Tower and AWX: a job, workflow or update started, failed, or went through."""

from __future__ import annotations

from typing import Any

from integrations import _ci, _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request

MANIFEST = Manifest(
    name="ansibletower",
    title="Ansible Tower, AWX",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.ansible.com/automation-controller/latest/html/userguide/notifications.html",
)

_KEPT = ("id", "created_by", "project", "playbook", "limit", "inventory", "credential", "verbosity")


def read(request: Request) -> Reading:
    """The one job of a body; its test has only words."""
    body = _read.fields(request)
    name, said = _read.first(body, "name"), _read.first(body, "status")
    if not name:
        words = _read.first(body, "body", "message", "text")
        if not words and not said:
            raise Malformed("there is no job in it", "name")
        return Reading((_ci.note(words or f"A job is {said}", "ansibletower test"),))
    kind = _read.first(body, "friendly_name") or "Job"
    hosts = _read.part(body, "hosts")
    bad = [host for host, result in hosts.items() if _failed(result)]
    every = list(hosts)
    run = _ci.run(
        said,
        project=every[0] if len(every) == 1 else _read.first(body, "inventory"),
        job=name,
        what=(kind, name, _read.first(body, "inventory"), _read.first(body, "limit")),
        title=_title(kind, name, said, bad),
        description="\n".join(
            part
            for part in (
                f"Failed on {', '.join(bad[:20])}" if bad else "",
                _read.first(body, "result_traceback", "traceback", "job_explanation"),
                _read.first(body, "body"),
            )
            if part
        ),
        labels={**{each: _read.first(body, each) for each in _KEPT}, "kind": kind},
        links=(("Source", _read.first(body, "url")),),
        starts=body.get("started") if _ci.state(said) is _read.FIRING else None,
        ends=body.get("finished"),
    )
    return Reading((run,))


def _failed(result: Any) -> bool:
    return isinstance(result, dict) and result.get("failed") is True


def _title(kind: str, name: str, said: str, bad: list[str]) -> str:
    title = f"{kind} {name} {said}".strip()
    return f"{title} on {bad[0]}" if len(bad) == 1 and len(bad[0]) <= 100 else title
