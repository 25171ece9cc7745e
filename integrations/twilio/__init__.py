"""Twilio: pages by SMS and by telephone, answered by a reply or a key; REST API without an SDK."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.base import Capability, Manifest, Misconfigured, Pager, Setting
from integrations.twilio.api import E164, Api
from integrations.twilio.hooks import called, reply, verify
from integrations.twilio.pagers import Sms, Voice

__all__ = ["MANIFEST", "called", "check", "connect", "mistake", "reply", "verify"]

MANIFEST = Manifest(
    name="twilio",
    title="Twilio",
    capabilities=frozenset({Capability.PAGE, Capability.CALLBACK}),
    settings=(
        Setting("account_sid", "The account's SID (AC…), from the console's first page.",
                required=True),
        Setting("auth_token", "The account's auth token; webhooks are signed with it.",
                secret=True, required=True),
        Setting("sms_from", "The number messages come from, with + and country. Its incoming "
                "messages go to <url>/callback/twilio/sms (POST)."),
        Setting("messaging_service_sid", "A messaging service (MG…) instead of sms_from."),
        Setting("voice_from", "The number calls come from; sms_from where it is not named. Its "
                "incoming calls may go to <url>/callback/twilio/voice (POST)."),
        Setting("ring", "Seconds a telephone rings before it counts as not picked up.",
                default=25),
        Setting("language", "The language of the voice that reads.", default="en-GB"),
        Setting("detect_machine", "Whether a call is said to be not picked up when a machine "
                "takes it; Twilio asks extra for that.", default=False),
        Setting("tell_resolved", "Whether who was paged by SMS is told by SMS that it is over.",
                default=True),
        Setting("base_url", "Where the REST API is.", default="https://api.twilio.com"),
    ),
    docs="https://www.twilio.com/docs/usage/api",
    channels=("sms", "voice"),
    secret_addresses=True,
)  # fmt: skip


def check(settings: Mapping[str, Any]) -> None:
    """Misconfigured where a setting can't work."""
    if not str(settings["account_sid"]).startswith("AC"):
        raise Misconfigured("an account SID begins with AC", "account_sid")
    voice = settings.get("voice_from")
    if voice and not E164.fullmatch(str(voice)):
        raise Misconfigured("write the number as +4915112345678", "voice_from")
    service = settings.get("messaging_service_sid")
    if service and not str(service).startswith("MG"):
        raise Misconfigured("a messaging service's SID begins with MG", "messaging_service_sid")
    if not (service or settings.get("sms_from") or voice):
        raise Misconfigured("name sms_from, messaging_service_sid or voice_from", "sms_from")
    if not 5 <= int(settings["ring"]) <= 600:
        raise Misconfigured("a telephone rings 5 to 600 seconds", "ring")


def mistake(channel: str, address: str) -> str:
    """What is wrong with a number, or ""."""
    return "" if E164.fullmatch(address) else "write the number as +4915112345678"


def connect(settings: Mapping[str, Any]) -> Mapping[str, Pager]:
    """Both channels over one connection pool."""
    check(settings)
    api = Api(settings)
    return {"sms": Sms(api, settings), "voice": Voice(api, settings)}
