"""A page as an SMS, and as a call that reads it aloud and waits for a key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from integrations.base import Misconfigured, PageMessage, Permanent
from integrations.twilio import twiml
from integrations.twilio.api import E164, Api

LONGEST = 4_000
"""Characters of TwiML in a request."""


def _number(to: str) -> str:
    if not E164.fullmatch(to):
        raise Permanent("that is not a telephone number with + and country")
    return to


class Sms:
    """Sends one segment a page."""

    def __init__(self, api: Api, settings: Mapping[str, Any]) -> None:
        self._api, self._settings = api, settings

    async def page(self, to: str, message: PageMessage) -> str:
        """Send it; the message's SID."""
        return await self._send(to, message)

    async def follow(self, to: str, provider_id: str, message: PageMessage, state: str) -> None:
        """Tell once that it is over; that somebody has it wakes nobody."""
        if state == "resolved" and message.short and self._settings.get("tell_resolved"):
            await self._send(to, message)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._api.close()

    async def _send(self, to: str, message: PageMessage) -> str:
        form = {"To": _number(to), "Body": message.short, **self._sender()}
        if callback := self._settings.get("callback"):
            form["StatusCallback"] = f"{callback}/status?{urlencode({'key': message.key})}"
        return await self._api.post("Messages", form)

    def _sender(self) -> dict[str, str]:
        if service := self._settings.get("messaging_service_sid"):
            return {"MessagingServiceSid": str(service)}
        if number := self._settings.get("sms_from"):
            return {"From": str(number)}
        raise Misconfigured("no number is named that SMS come from", "twilio.sms_from")


class Voice:
    """Calls, reads the page aloud twice, and takes a key."""

    def __init__(self, api: Api, settings: Mapping[str, Any]) -> None:
        self._api, self._settings = api, settings

    async def page(self, to: str, message: PageMessage) -> str:
        """Let the telephone ring; the call's SID."""
        number = self._settings.get("voice_from") or self._settings.get("sms_from")
        if not number:
            raise Misconfigured("no number is named that calls come from", "twilio.voice_from")
        callback = str(self._settings.get("callback") or "")
        form = {
            "To": _number(to),
            "From": str(number),
            "Twiml": twiml.page(message.spoken, self._settings, message.key)[:LONGEST],
            "Timeout": str(self._settings.get("ring") or 25),
        }
        if callback:
            form["StatusCallback"] = f"{callback}/called?{urlencode({'key': message.key})}"
        if self._settings.get("detect_machine"):
            form["MachineDetection"] = "Enable"
        return await self._api.post("Calls", form)

    async def follow(self, to: str, provider_id: str, message: PageMessage, state: str) -> None:
        """Somebody has it: a telephone that still rings stops. Whoever listens already is not cut
        off, and hears it with the next key."""
        if not provider_id:
            return
        try:
            await self._api.post(f"Calls/{provider_id}", {"Status": "canceled"})
        except Permanent:
            return

    async def close(self) -> None:
        """Let go of the connections."""
        await self._api.close()
