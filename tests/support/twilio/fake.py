"""The side of people: telephones that get messages and calls, answer, and press keys; every webhook
is signed as Twilio signs it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import aiohttp

from tests.support.twilio import checks
from tests.support.twilio.rest import Call, Message, Rest


def signature(token: str, url: str, form: dict[str, str]) -> str:
    """X-Twilio-Signature of a POST."""
    text = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    mac = hmac.new(token.encode(), text.encode(), hashlib.sha1)
    return base64.b64encode(mac.digest()).decode()


class FakeTwilio(Rest):
    """``hooks`` is the base of our own callbacks, as it is written into Twilio's console."""

    def __init__(self, hooks: str = "") -> None:
        super().__init__()
        self.hooks = hooks
        self.sign_with: str | None = None
        self.statuses: list[int] = []

    def phone(self, number: str) -> Phone:
        """A telephone."""
        return Phone(self, number)

    async def post(self, url: str, form: dict[str, str]) -> str:
        """One webhook, signed; the body of a 200, "" for anything else."""
        form = {"AccountSid": self.sid, "ApiVersion": "2010-04-01", **form}
        signed = signature(self.sign_with or self.token, url, form)
        headers = {
            "X-Twilio-Signature": signed,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=urlencode(form), headers=headers) as answer,
        ):
            self.statuses.append(answer.status)
            text = await answer.text()
            if answer.status == 200 and text:
                self.violations += checks.twiml(text)
            return text if answer.status == 200 else ""

    async def report(self, message: Message, state: str, code: int | None = None) -> None:
        """Tell what became of a message."""
        message.state = state
        if message.callback:
            form = {"MessageSid": message.sid, "MessageStatus": state, "To": message.to}
            failed = {"ErrorCode": str(code)} if code else {}
            await self.post(message.callback, form | failed)

    async def report_call(self, call: Call, state: str, **more: str) -> None:
        """Tell what became of a call."""
        call.state = state
        if call.callback:
            form = {"CallSid": call.sid, "CallStatus": state, "To": call.to, **more}
            await self.post(call.callback, form)


@dataclass
class Phone:
    """Somebody's telephone."""

    twilio: FakeTwilio
    number: str

    @property
    def inbox(self) -> list[str]:
        """What came by SMS, the oldest first."""
        return [m.body for m in self.twilio.messages if m.to == self.number]

    @property
    def message(self) -> Message:
        """The newest SMS."""
        return [m for m in self.twilio.messages if m.to == self.number][-1]

    @property
    def call(self) -> Call:
        """The newest call."""
        return [c for c in self.twilio.calls if c.to == self.number][-1]

    async def texts(self, body: str, sid: str = "", **more: str) -> list[str]:
        """Send an SMS to our number; what comes back."""
        sid = sid or self.twilio._sid("SM")
        form = {"MessageSid": sid, "SmsSid": sid, "From": self.number, "To": "+15005550006"}
        answer = await self.twilio.post(f"{self.twilio.hooks}/sms", form | {"Body": body} | more)
        root = ET.fromstring(answer) if answer else ET.Element("Response")
        said = [m.text or "" for m in root.iter("Message")]
        for text in said:
            self.twilio.violations += checks.against_the_house({"Body": text, "To": self.number})
        return said

    def picks_up(self) -> str:
        """Take the call; what the voice says."""
        self.call.state = "in-progress"
        return self._hears(self.call.twiml)

    def _hears(self, twiml: str) -> str:
        said = " ".join(s.text or "" for s in ET.fromstring(twiml).iter("Say"))
        self.call.heard.append(said)
        return said

    async def presses(self, digit: str) -> str:
        """Press a key while the voice waits for one; what it says then."""
        call = self.call
        gather = ET.fromstring(call.twiml).find("Gather")
        assert gather is not None, "no key is waited for"
        form = {
            "CallSid": call.sid, "Digits": digit, "From": "+15005550006", "To": self.number,
            "Direction": "outbound-api", "CallStatus": "in-progress",
        }  # fmt: skip
        answer = await self.twilio.post(gather.attrib["action"], form)
        if not answer:
            return ""
        call.twiml = answer
        return self._hears(answer)

    async def calls_back(self) -> str:
        """Ring our number; what the voice says."""
        sid = self.twilio._sid("CA")
        form = {"CallSid": sid, "From": self.number, "To": "+15005550006", "Direction": "inbound"}
        answer = await self.twilio.post(f"{self.twilio.hooks}/voice", form)
        self.twilio.calls.append(Call(sid, self.number, answer, state="in-progress"))
        return self._hears(answer)
