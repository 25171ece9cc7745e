"""PagerDuty: pages by Events API v2 under one dedup key per incident, and webhooks v3 back, so
that both sides stay in step."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from integrations import _json, _pagerduty_webhooks, _read, _sign, _text
from integrations._client import Client, body_of, cut, said
from integrations.base import (
    Answered,
    Called,
    Capability,
    Malformed,
    Manifest,
    Misconfigured,
    PageMessage,
    Permanent,
    Reading,
    Request,
    Setting,
    Transient,
)

MANIFEST = Manifest(
    name="pagerduty",
    title="PagerDuty",
    capabilities=frozenset(
        {Capability.PAGE, Capability.CALLBACK, Capability.DIRECTORY, Capability.RECEIVE}
    ),
    settings=(
        Setting("routing_key", "The Events API v2 integration key of the service that is paged "
                "for people whose address is default.", secret=True),
        Setting("webhook_secrets", "The secrets of the webhook subscriptions that call "
                "<url>/callback/pagerduty, or of those that post at an intake source; several "
                "while one is rotated.", secret=True),
        Setting("api_token", "A read-only REST API token: it tells the e-mail addresses of "
                "PagerDuty users, so that their answers are known as a person's.", secret=True),
        Setting("prefix", "What our dedup keys begin with; two PixelViews that share a service "
                "need different ones.", default="pixelview"),
        Setting("base_url", "Where the Events API is (EU: https://events.eu.pagerduty.com).",
                default="https://events.pagerduty.com"),
        Setting("api_url", "Where the REST API is (EU: https://api.eu.pagerduty.com).",
                default="https://api.pagerduty.com"),
    ),
    secret_addresses=True,
    docs="https://developer.pagerduty.com/docs/events-api-v2-overview",
)  # fmt: skip

DEFAULT = "default"
"""A person's address that means the routing key of the settings."""
SUMMARY, DETAILS = 1024, 8_000
REMEMBERED = 5_000
ACTIONS = {"acknowledged": "acknowledge", "resolved": "resolve"}
VERBS = {
    "incident.acknowledged": "ack",
    "incident.resolved": "resolve",
    "incident.unacknowledged": "unack",
    "incident.reopened": "reopen",
}
"""What an event of theirs does here. Escalations and reassignments of theirs stay theirs."""

_PERSON = ("user_reference", "user")


class PagerDuty:
    """Triggers, and later acknowledges and resolves, one PagerDuty incident per incident."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._default = str(settings.get("routing_key") or "")
        self._prefix = str(settings.get("prefix") or "pixelview")
        self._token = str(settings.get("api_token") or "")
        self._rung: dict[tuple[str, str], str] = {}
        self._events = Client("PagerDuty", _setting(settings, "base_url"))
        self._rest = Client("PagerDuty", _setting(settings, "api_url"))

    async def page(self, to: str, message: PageMessage) -> str:
        """Trigger; the dedup key. A copy falls on the incident that is there already.

        What is acknowledged there stays silent whatever is triggered, so once nobody has it any
        more it is resolved there first: the trigger then opens a new incident, which rings.
        """
        key = dedup_key(self._prefix, message)
        if message.again and self._rung.get((to, key)) != message.again:
            await self._enqueue(to, {"event_action": "resolve", "dedup_key": key}, key)
            self._rung[to, key] = message.again
            while len(self._rung) > REMEMBERED:
                del self._rung[next(iter(self._rung))]
        event = {"event_action": "trigger", "dedup_key": key, **_trigger(message)}
        return await self._enqueue(to, event, key)

    async def follow(self, to: str, provider_id: str, message: PageMessage, state: str) -> None:
        """Tell it that somebody has the incident, or that it is over."""
        key = provider_id or dedup_key(self._prefix, message)
        await self._enqueue(to, {"event_action": ACTIONS[state], "dedup_key": key}, key)

    async def email(self, account: str) -> str | None:
        """The e-mail address of a PagerDuty user; None without a token or where it is unknown."""
        if not self._token or not account.isalnum():
            return None
        headers = {
            "Authorization": f"Token token={self._token}",
            "Accept": "application/vnd.pagerduty+json;version=2",
        }
        try:
            answer = await self._rest.send("GET", f"/users/{account}", headers=headers)
        except Transient:
            return None
        found = body_of(answer).get("user")
        email = found.get("email") if isinstance(found, dict) else None
        return email if answer.status_code == 200 and isinstance(email, str) else None

    async def close(self) -> None:
        """Let go of the connections."""
        await self._events.close()
        await self._rest.close()

    async def _enqueue(self, to: str, event: dict[str, Any], key: str) -> str:
        routing = self._default if to.strip() in ("", DEFAULT) else to.strip()
        if not routing:
            raise Misconfigured("no routing key of PagerDuty is known", "pagerduty.routing_key")
        answer = await self._events.send(
            "POST", "/v2/enqueue", json={"routing_key": routing, **event}
        )
        body = body_of(answer)
        if answer.status_code != 202:
            errors = body.get("errors")
            words = "; ".join(map(str, errors)) if isinstance(errors, list) else ""
            raise Permanent(f"PagerDuty refused it: {said(answer, words or body.get('message'))}")
        return str(body.get("dedup_key") or key)


def connect(settings: Mapping[str, Any]) -> PagerDuty:
    """A pager from its settings."""
    return PagerDuty(settings)


def check(settings: Mapping[str, Any]) -> None:
    """Misconfigured where a setting can't work."""
    secrets = settings.get("webhook_secrets") or ()
    if not isinstance(secrets, (str, list, tuple)):
        raise Misconfigured("write the secrets as a list", "webhook_secrets")


def mistake(channel: str, address: str) -> str:
    """What is wrong with a person's routing key, or ""."""
    fits = len(address) == 32 and address.isascii() and address.isalnum()
    said = f"a routing key of PagerDuty has 32 letters and digits (or: {DEFAULT})"
    return "" if fits or address == DEFAULT else said


def _setting(settings: Mapping[str, Any], name: str) -> str:
    default = next(s.default for s in MANIFEST.settings if s.name == name)
    return str(settings.get(name) or default).rstrip("/")


def dedup_key(prefix: str, message: PageMessage) -> str:
    """The incident's key at PagerDuty; a page about no incident has one of its own."""
    return f"{prefix}-{message.incident}" if message.incident else f"{prefix}-page-{message.key}"


def _trigger(message: PageMessage) -> dict[str, Any]:
    """The body of a trigger, in the Common Event Format."""
    links = [("Open in PixelView", message.url), ("Acknowledge", message.acknowledge)]
    return {
        "payload": {
            "summary": cut(message.subject, SUMMARY),
            "source": "PixelView",
            "severity": message.severity,
            "custom_details": {"text": cut(message.text, DETAILS)},
        },
        "links": [{"href": url, "text": text} for text, url in links if url],
        "client": "PixelView",
        **({"client_url": message.url} if message.url else {}),
    }


# what PagerDuty tells us


def read(request: Request) -> Reading:
    """Incidents of theirs as alerts, for a source of its own; what we opened there is left out."""
    prefix = str(request.settings.get("prefix") or "pixelview")
    return Reading(_pagerduty_webhooks.readings(_read.fields(request), prefix))


SECRETS = ("webhook_secrets", "secret")


def verify_webhook(request: Request, secrets: Mapping[str, Any]) -> str:
    """At an intake source, which has a token, the signature counts where a secret is known:
    Malformed 401 unless it was made with one."""
    known = _sign.secrets(secrets, *SECRETS)
    return _sign.signed(request, known, "x-pagerduty-signature", prefix="v1=")


def verify(request: Request, secrets: Mapping[str, Any]) -> None:
    """Malformed 403 unless one of the signatures was made with one of our secrets."""
    header = request.headers.get("x-pagerduty-signature", "")
    told = [part.strip()[3:] for part in header.split(",") if part.strip().startswith("v1=")]
    same = [
        hmac.compare_digest(mine.encode(), theirs.encode("utf-8", "replace"))
        for mine in _signatures(request.body, secrets.get("webhook_secrets"))
        for theirs in told[:10]
    ]
    if not any(same):
        raise Malformed("the signature is not PagerDuty's", "x-pagerduty-signature", 403)


def _signatures(body: bytes, secrets: Any) -> list[str]:
    known = (secrets,) if isinstance(secrets, str) else tuple(secrets or ())
    return [hmac.digest(str(s).encode(), body, hashlib.sha256).hex() for s in known if s]


def called(request: Request) -> Called:
    """What an event of webhooks v3 says. Only what a person did there is done here: an echo of
    our own events names an integration as its agent, or nobody."""
    event = _mapping(_json.parse(_json.body(request)), "event")
    verb = VERBS.get(str(event.get("event_type") or ""))
    agent = event.get("agent")
    found = _mapping(event, "data") if verb else {}
    key = str(found.get("incident_key") or "")
    if not verb or not key or not isinstance(agent, dict) or agent.get("type") not in _PERSON:
        return Called()
    prefix = str(request.settings.get("prefix") or "pixelview")
    incident = incident_of(prefix, key)
    if not incident and not key.startswith(f"{prefix}-page-"):
        return Called()  # a service of theirs holds incidents of other tools as well
    answered = Answered(
        verb,
        sender=str(agent.get("id") or ""),
        incident=incident,
        key=key,
        text=_text.title(str(agent.get("summary") or ""), 100),
        id=str(event.get("id") or ""),
    )
    return Called((answered,))


def incident_of(prefix: str, key: str) -> int:
    """Our incident behind a dedup key, 0 where it is none."""
    number = key.removeprefix(f"{prefix}-")
    plain = number != key and number.isascii() and number.isdecimal() and len(number) < 16
    return int(number) if plain else 0


def _mapping(holder: Any, name: str) -> dict[str, Any]:
    found = holder.get(name) if isinstance(holder, dict) else None
    if not isinstance(found, dict):
        raise Malformed(f"there is no {name}", name)
    return found
