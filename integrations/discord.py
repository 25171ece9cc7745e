"""What Discord needs to be told, for the list of integrations; the surface itself is in bot/.

As a receiver it reads messages of tools that know only Discord's webhooks. What Discord itself
posts (pings, interactions, events of an application) is only information here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _chat, _read, _sign
from integrations.base import Capability, Malformed, Manifest, Reading, Request, Setting

MANIFEST = Manifest(
    name="discord",
    title="Discord",
    capabilities=frozenset({Capability.CARDS, Capability.PAGE, Capability.PRESENCE,
                            Capability.RECEIVE}),
    settings=(
        Setting("bot_token", "The bot's token, from the Developer Portal under Bot.", secret=True),
        Setting("guild", "The server's id. Needed where the bot is in several servers; with it "
                "commands are registered there, without it everywhere, direct messages too."),
        Setting("cards", "v2 (Components V2) or embed (text, embed and buttons).", default="v2"),
        Setting("message_content", "Read the words people write in threads of cards: turn on the "
                "Message Content Intent in the Developer Portal too.", default=False),
        Setting("presence", "See who is there: turn on the Presence Intent in the Developer "
                "Portal too.", default=False),
        Setting("public_key", "For a source Discord itself posts to: the application's public "
                "key; what is not signed with it is refused."),
        Setting("api_base", "Where Discord's API is.", default="https://discord.com/api/v10"),
        Setting("gateway_url", "Where Discord's gateway is, if not where it always is."),
    ),
    docs="https://discord.com/developers/docs/quick-start/getting-started",
)  # fmt: skip

_HEADERS = ("x-signature-ed25519", "x-signature-timestamp")
_PING = 1


SECRETS = ("public_key", "secret")


def verify(request: Request, secrets: Mapping[str, Any]) -> str:
    """Malformed 401 unless signed by Discord within these minutes, where the source has a
    ``public_key``."""
    if not (known := _sign.secrets(secrets, *SECRETS)):
        return ""
    signature, sent = (request.headers.get(name, "") for name in _HEADERS)
    _sign.fresh(request, sent, _HEADERS[1])
    signed = sent.encode("utf-8", "replace") + request.body
    if not any(_fits(key.decode(), signature, signed) for key in known):
        raise Malformed("the signature is not Discord's", _HEADERS[0], 401)
    return _sign.mark(signed)


def _fits(key: str, signature: str, signed: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
        public.verify(bytes.fromhex(signature), signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def read(request: Request) -> Reading:
    """The one message of a body; pings, presses and events of Discord are information."""
    body = _read.fields(request)
    kind = body.get("type")
    if "event" in body and "application_id" in body:
        event = _read.part(body, "event")
        said = _read.first(event, "type") or "event"
        return Reading((_chat.note(f"Discord: {said}", _key(body, said)),))
    if "embeds" in body or "content" in body:
        return Reading((_chat.message(body),))
    if kind == _PING:
        return Reading((_chat.note("Discord verifies this address"),), reply={"type": _PING})
    if "application_id" in body or isinstance(kind, int):
        name = _read.first(_read.part(body, "data"), "name", "custom_id")
        return Reading((_chat.note(f"Discord: {name or 'interaction'}", _key(body, name)),))
    return Reading((_chat.message(body),))


def _key(body: dict[str, Any], name: str) -> str:
    return f"{_read.first(body, 'application_id')} {name}".strip()
