"""Diun: an image has a new version, or is watched from now on. What changed, no alert."""

from __future__ import annotations

from integrations import _ci, _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request

MANIFEST = Manifest(
    name="diun",
    title="Diun",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://crazymax.dev/diun/notif/webhook/",
)


def read(request: Request) -> Reading:
    """The one image of a body."""
    body = _read.fields(request)
    image, said = _read.first(body, "image"), _read.first(body, "status") or "update"
    if not image:
        raise Malformed("there is no image in it", "image")
    verb = {"new": "is new", "update": "was updated"}.get(said, f"is {said}")
    change = _ci.change(
        f"Image {image} {verb}",
        f"{image} {_read.first(body, 'digest')}".strip(),
        resource=image,
        labels=_read.flat(body, ("created", "image", "digest")),
        links=(("Source", _read.first(body, "hub_link")),),
        at=body.get("created"),
    )
    return Reading((change,))
