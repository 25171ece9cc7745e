"""Web Push: a page on the lock screen of whoever installed the console, by the browser's own push
service, encrypted so that only that browser reads it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

from integrations import _push_crypto as crypto
from integrations import _wire
from integrations._client import Client, cut, said
from integrations._outside import Outside
from integrations.base import (
    Capability,
    Manifest,
    Misconfigured,
    PageMessage,
    Permanent,
    Setting,
)

MANIFEST = Manifest(
    name="webpush",
    title="Web Push",
    capabilities=frozenset({Capability.PAGE}),
    settings=(
        Setting("subject", "Whom a push service may write to about us: mailto:… or https://…; "
                "else the console's address.", default=""),
        Setting("services", "The push services browsers may name, with * in a host name.",
                default=("fcm.googleapis.com", "*.push.services.mozilla.com", "*.push.apple.com",
                         "*.notify.windows.com", "*.wns.windows.com")),
    ),
    docs="https://developer.mozilla.org/docs/Web/API/Push_API",
)  # fmt: skip

KEPT = 12 * 3600
"""Seconds a push service keeps a page for a device that is off; older news is no page."""
_PROOF = 6 * 3600
TITLE, BODY = 110, (900, 300, 100, 0)
"""Characters of the body: the most that leaves room in one record is taken."""
GONE = (404, 410)


class Gone(Permanent):
    """The browser gave its subscription up; it will never take a page again."""


class WebPush:
    """Sends to one subscription: the JSON that a browser gives of it."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        if not settings.get("private_key"):
            raise Misconfigured("its key is kept in the database", "webpush")
        self._key = crypto.private_key(str(settings["private_key"]))
        self._now: Callable[[], int] = settings["now"]
        self._subject = str(settings.get("subject") or "mailto:pixelview@localhost")
        named = next(s.default for s in MANIFEST.settings if s.name == "services")
        self._services = tuple(map(str, settings.get("services") or named))
        self._client = Client("The push service", guard=_guard(self._services))

    @property
    def public_key(self) -> str:
        """What a browser subscribes with (``applicationServerKey``)."""
        return crypto.written(crypto.public_bytes(self._key))

    def endpoint(self, to: str) -> str:
        """Where a subscription is; Permanent where it is none we may push to."""
        return subscription(to, self._services)[0]

    async def page(self, to: str, message: PageMessage) -> str:
        """Send it; the push service's address of the message. Gone where the browser has left."""
        return await self._send(to, message, message.resolved)

    async def follow(self, to: str, provider_id: str, message: PageMessage, state: str) -> None:
        """Somebody has it or it is over: the notification turns into that, silently."""
        await self._send(to, message, True)

    async def _send(self, to: str, message: PageMessage, over: bool) -> str:
        endpoint, theirs, auth = subscription(to, self._services)
        try:
            body = crypto.sealed(payload(message, over), theirs, auth)
        except crypto.BadKey as error:
            raise Gone(f"the subscription is broken: {error}") from None
        answer = await self._client.send(
            "POST", endpoint, content=body, headers=self._headers(endpoint, message, over)
        )
        if answer.status_code in GONE:
            raise Gone("the browser gave its subscription up")
        if answer.status_code in (401, 403):
            raise Misconfigured(
                f"the push service does not know our key: {said(answer, answer.text)}", "webpush"
            )
        if not answer.is_success:
            raise Permanent(f"the push service refused it: {said(answer, answer.text)}")
        return str(answer.headers.get("Location", ""))[:200]

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()

    def _headers(self, endpoint: str, message: PageMessage, over: bool) -> dict[str, str]:
        parts = urlsplit(endpoint)
        until = self._now() // 1000 + _PROOF
        return {
            "Authorization": crypto.proof(
                self._key, f"{parts.scheme}://{parts.netloc}", self._subject, until
            ),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(KEPT),
            "Urgency": "normal" if over else "high",
            "Topic": topic(message),
        }


def connect(settings: Mapping[str, Any]) -> WebPush:
    """A pager from its settings; ``private_key`` and ``now`` (ms) come from the house."""
    return WebPush(settings)


def check(settings: Mapping[str, Any]) -> None:
    """Misconfigured where a setting can't work."""
    named = settings.get("services")
    if not isinstance(named, (list, tuple)) or not all(isinstance(n, str) for n in named):
        raise Misconfigured("write the push services as a list of host names", "services")
    subject = str(settings.get("subject") or "")
    if subject and not subject.startswith(("mailto:", "https://")):
        raise Misconfigured("write mailto:… or https://…", "subject")


def new_key() -> str:
    """A new private key for VAPID."""
    return crypto.new_key()


def topic(message: PageMessage) -> str:
    """What a waiting page replaces; at most 32 characters of base64url (RFC 8030)."""
    if message.incident:
        return f"pv-{message.incident}"
    return "pv-" + "".join(c for c in message.key if c.isascii() and c.isalnum())[-29:]


def _guard(services: tuple[str, ...]) -> Outside:
    """Browsers name where they are reached; a service the operator named whole may be our own."""
    return _wire.outside().also(each for each in services if "*" not in each)


def subscription(to: str, services: tuple[str, ...]) -> tuple[str, bytes, bytes]:
    """(endpoint, public key, authentication secret); Permanent where it is none, or at a service
    that is not among ours."""
    try:
        found = json.loads(to)
        endpoint, keys = str(found["endpoint"]), found["keys"]
        theirs, auth = crypto.read(str(keys["p256dh"])), crypto.read(str(keys["auth"]))
    except (ValueError, KeyError, TypeError):
        raise Gone("that is no subscription of a browser") from None
    parts = urlsplit(endpoint)
    host = parts.hostname or ""
    here = host in ("127.0.0.1", "localhost")
    if parts.scheme != "https" and not (here and parts.scheme == "http"):
        raise Permanent("a push service is reached by https")
    if not any(fnmatchcase(host, each) for each in services):
        raise Permanent(f"{host[:100]} is not among the push services of webpush.services")
    return endpoint, theirs, auth


def payload(message: PageMessage, over: bool) -> bytes:
    """What the service worker shows, short enough for one record."""
    words = {
        "title": cut(message.subject, TITLE),
        "body": "",
        "tag": str(message.incident) if message.incident else message.key,
        "url": message.url,
        "acknowledge": "" if over else message.acknowledge,
        "escalate": "" if over else message.escalate,
        "test": not message.incident,
        "over": over,
    }
    for room in BODY:
        words["body"] = cut(message.text, room) if room else ""
        found = json.dumps(words, ensure_ascii=False).encode("utf-8", "replace")
        if len(found) <= crypto.LONGEST:
            return found
    raise Permanent("the page's addresses are too long for a push")
