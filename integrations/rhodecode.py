"""RhodeCode: pushes and pull requests, which are information."""

from __future__ import annotations

from integrations import _ci, _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request

MANIFEST = Manifest(
    name="rhodecode",
    title="RhodeCode",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.rhodecode.com/",
)


def read(request: Request) -> Reading:
    """The one event of a body."""
    body = _read.fields(request)
    event = _read.part(body, "event") or body
    name = _read.first(event, "name")
    repository = _read.part(event, "repo") or _read.part(event, "repository")
    place = _read.first(repository, "repo_name", "name")
    if not name and not place:
        raise Malformed("there is no event in it", "event.name")
    actor = _read.first(_read.part(event, "actor"), "username")
    what = name.replace("-", " ") or "an event"
    title = f"{place}: {what} by {actor}" if actor else f"{place or 'RhodeCode'}: {what}"
    link = (("Repository", _read.first(repository, "url", "permalink_url")),)
    return Reading((_ci.note(title, f"{place} / {name}", resource=place, links=link),))
