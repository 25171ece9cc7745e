"""Flagger: a canary fails and is rolled back, or is promoted; its steps are information."""

from __future__ import annotations

from integrations import _ci, _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request

MANIFEST = Manifest(
    name="flagger",
    title="Flagger",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.flagger.app/usage/webhooks#event-webhooks",
)


def read(request: Request) -> Reading:
    """The one event of a canary."""
    body = _read.fields(request)
    name, space = _read.first(body, "name"), _read.first(body, "namespace")
    phase, about = _read.first(body, "phase"), _read.part(body, "metadata")
    if not name:
        raise Malformed("there is no canary in it", "name")
    place = f"{space}/{name}" if space else name
    message = _read.first(about, "eventMessage")
    labels = {"namespace": space, "phase": phase, **_read.flat(about, ("eventMessage",))}
    run = _ci.run(
        phase,
        project=place,
        job="Canary",
        what=("canary", place),
        title=f"{place}: the canary failed" if phase == "Failed" else "",
        description=message,
        labels=labels,
        starts=about.get("timestamp"),
        ends=about.get("timestamp"),
    )
    if run.status is not _read.RESOLVED:
        return Reading((run,))
    sum_ = _read.first(body, "checksum")
    made = _ci.change(f"Promoted the canary of {place}", f"canary {place} {sum_}", resource=name,
                      description=message, labels=labels, at=about.get("timestamp"))  # fmt: skip
    return Reading((run, made))
