"""Zammad: tickets, by the default body of its webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _read, _sign, _tickets
from integrations.base import Capability, Malformed, Manifest, Reading, Request

MANIFEST = Manifest(
    name="zammad",
    title="Zammad",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://admin-docs.zammad.org/en/latest/manage/webhook.html",
)


def verify(request: Request, secrets: Mapping[str, Any]) -> None:
    """Where the source has a secret, the body must be signed with it."""
    _sign.signed(request, _sign.secrets(secrets), "x-hub-signature", prefix="sha1=",
                 algorithm="sha1")  # fmt: skip


def read(request: Request) -> Reading:
    """The one ticket of a body, with its latest article."""
    body = _read.fields(request)
    found = _read.part(body, "ticket") or body
    number, title = _read.first(found, "number", "id"), _read.first(found, "title")
    if not number and not title:
        raise Malformed("there is no ticket in it", "ticket")
    customer = _read.part(found, "customer")
    alert = _tickets.ticket(
        _named(found, "state") or "open",
        number,
        title,
        tool="Zammad",
        priority=_named(found, "priority"),
        description=_read.first(_read.part(body, "article"), "body"),
        resource=_named(found, "organization") or _named(found, "group"),
        labels={"group": _named(found, "group"), "owner": _named(found, "owner"),
                "customer": _read.first(customer, "email", "login")},
        starts=found.get("created_at"),
        ends=found.get("close_at") or found.get("updated_at"),
    )  # fmt: skip
    return Reading((alert,))


def _named(found: dict[str, Any], name: str) -> str:
    """A word, or the object whose name it is."""
    return _read.first(found, name) or _read.first(_read.part(found, name), "name", "login")
