"""Docker Hub: an image was pushed. What changed, no alert."""

from __future__ import annotations

from integrations import _ci, _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request

MANIFEST = Manifest(
    name="dockerhub",
    title="Docker Hub",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.docker.com/docker-hub/repos/manage/webhooks/",
)


def read(request: Request) -> Reading:
    """The one push of a body."""
    body = _read.fields(request)
    pushed, repository = _read.part(body, "push_data"), _read.part(body, "repository")
    name, tag = _read.first(repository, "repo_name", "name"), _read.first(pushed, "tag")
    if not name:
        raise Malformed("there is no repository in it", "repository")
    image = f"{name}:{tag}" if tag else name
    who, at = _read.first(pushed, "pusher"), pushed.get("pushed_at")
    change = _ci.change(
        f"{who} pushed {image}" if who else f"Pushed {image}",
        f"{image} {_read.text(at)}".strip(),
        resource=name,
        labels={"tag": tag, "actor": who},
        links=(("Source", _read.first(repository, "repo_url")),),
        at=at,
    )
    return Reading((change,))
