"""Twilio's REST API as far as pages need it, and what its errors mean for a page that waits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import httpx

from integrations._client import Client, body_of, retry_after
from integrations.base import IntegrationError, Misconfigured, Permanent, Transient

E164 = re.compile(r"\+[1-9]\d{6,14}")
VERSION = "2010-04-01"

# https://www.twilio.com/docs/api/errors
WAIT = frozenset({20429, 21611, 14107, 30001, 10004})
"""Too many requests, a full queue, too many calls at once."""
OURS: Mapping[int, str] = {
    20003: "auth_token", 20008: "auth_token", 20404: "account_sid", 20005: "account_sid",
    20006: "account_sid", 10001: "account_sid", 10002: "account_sid", 30002: "account_sid",
    21210: "voice_from", 21212: "voice_from", 21213: "voice_from", 21216: "account_sid",
    21603: "sms_from", 21606: "sms_from", 21659: "sms_from", 21660: "sms_from",
    21701: "messaging_service_sid", 21703: "messaging_service_sid", 21704:
    "messaging_service_sid", 21705: "messaging_service_sid", 21609: "url", 21205: "url",
    21215: "account_sid", 21408: "account_sid", 13227: "account_sid",
}  # fmt: skip
"""Codes that a setting or a permission of the account mends, with its name."""
MEANS: Mapping[int, str] = {
    21610: "the recipient answered STOP",
    21211: "that is not a telephone number",
    21214: "that number can't be reached",
    21217: "that is not a telephone number",
    21408: "the account may not send to that country",
    21215: "the account may not call that country",
    21612: "there is no way to that number",
    21614: "that number can't get SMS",
    30003: "the telephone is off or out of reach",
    30004: "the recipient blocks messages",
    30005: "there is no such number",
    30006: "that number can't get SMS",
    30007: "the carrier took it for spam",
    30008: "the carrier does not say why",
    30034: "the sender is not registered for the United States",
}


class Api:
    """One account."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        sid, token = str(settings["account_sid"]), str(settings["auth_token"])
        base = str(settings["base_url"]).rstrip("/")
        self._path = f"/{VERSION}/Accounts/{sid}"
        self._client = Client("Twilio", base, auth=httpx.BasicAuth(sid, token))

    async def post(self, resource: str, form: Mapping[str, str]) -> str:
        """Make or change something; its SID. Raises the integration errors."""
        answer = await self._client.send("POST", f"{self._path}/{resource}.json", data=dict(form))
        found = body_of(answer)
        if answer.status_code >= 400:
            raise refused(found, answer.status_code, retry_after(answer))
        return str(found.get("sid") or "")

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()


def refused(body: Mapping[str, Any], status: int, wait: float) -> IntegrationError:
    """The error of an answer that is a no."""
    code = body.get("code")
    number = code if isinstance(code, int) else 0
    if number in WAIT:
        return Transient(f"Twilio {number}: it asks to wait", wait)
    said = words(number, str(body.get("message") or "")) if number else f"Twilio says {status}"
    if number in OURS or status in (401, 403):
        return Misconfigured(said, f"twilio.{OURS.get(number, 'auth_token')}")
    return Permanent(said)


def words(code: int, message: str = "") -> str:
    """``Twilio 21610: the recipient answered STOP``."""
    means = MEANS.get(code) or " ".join(message.split())[:160]
    return f"Twilio {code}: {means}".rstrip(": ")
